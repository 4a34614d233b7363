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

-- A standby that is about to be promoted keeps its WAL for the other site from here on, so that the
-- way back is a rewind rather than a fresh copy. Making a slot needs REPLICATION, which would let
-- landbridge read all data; hence a function that makes these two slots and no other. Returns why
-- there is none, empty where there is. Without a limit the slot of a site that stays away would fill
-- the serving site's disk.
CREATE OR REPLACE FUNCTION landbridge.keep_wal_for(site text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF site NOT IN ('aws', 'azure') THEN
        RETURN format('%s is not a site', site);
    ELSIF current_setting('max_slot_wal_keep_size') = '-1' THEN
        RETURN 'max_slot_wal_keep_size has no limit';
    END IF;
    -- One left from an earlier time may have lost its WAL.
    PERFORM pg_drop_replication_slot(slot_name) FROM pg_replication_slots
    WHERE slot_name = site AND NOT active;
    IF NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = site) THEN
        PERFORM pg_create_physical_replication_slot(site, true);
    END IF;
    RETURN '';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
REVOKE ALL ON FUNCTION landbridge.keep_wal_for(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION landbridge.keep_wal_for(text) TO landbridge;

-- pg_hba.conf's lines, for the preflight. pg_hba_file_rules shows a line's options too, and an LDAP
-- line's may hold a password: so superusers alone may read it, and this leaves them out.
CREATE OR REPLACE FUNCTION landbridge.access_rules() RETURNS TABLE (
    place text, type text, databases text[], users text[], address text, method text, error text
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT regexp_replace(file_name, '.*/', '') || ' line ' || line_number,
           coalesce(type, ''), coalesce(database, '{}'), coalesce(user_name, '{}'),
           coalesce(address, ''), coalesce(auth_method, ''), coalesce(error, '')
    FROM pg_hba_file_rules
    ORDER BY rule_number, line_number
$$;
REVOKE ALL ON FUNCTION landbridge.access_rules() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION landbridge.access_rules() TO landbridge;
