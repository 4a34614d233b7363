-- landbridge's own schema in the workload's database. Run after roles.sql, by the same superuser; run
-- it again at any time. It replicates to the standby like everything else.

CREATE SCHEMA IF NOT EXISTS landbridge;

-- One row per change of the active site; the newest one says in which epoch a write was accepted.
CREATE TABLE IF NOT EXISTS landbridge.epoch (
    epoch bigint PRIMARY KEY,
    site text NOT NULL,
    run text NOT NULL,
    timeline int NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO landbridge.epoch (epoch, site, run, timeline)
VALUES (1, 'aws', 'first', 1)
ON CONFLICT DO NOTHING;

-- Written on the primary each minute; its age on the standby is the lag in seconds.
CREATE TABLE IF NOT EXISTS landbridge.heartbeat (
    site text PRIMARY KEY,
    beaten_at timestamptz NOT NULL,
    lsn pg_lsn NOT NULL
);

-- What /ready commits and reads back: a site is ready only when it takes writes.
CREATE TABLE IF NOT EXISTS landbridge.readiness (
    name text PRIMARY KEY,
    written_at timestamptz NOT NULL
);

GRANT USAGE ON SCHEMA landbridge TO landbridge, orders;
GRANT SELECT, INSERT, UPDATE ON landbridge.epoch, landbridge.heartbeat TO landbridge;
GRANT SELECT ON landbridge.epoch TO orders;
GRANT SELECT, INSERT, UPDATE ON landbridge.readiness TO orders, landbridge;
