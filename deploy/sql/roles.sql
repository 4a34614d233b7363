-- Roles that landbridge and the workload need, and nothing more. Run by a superuser in the workload's
-- database on the primary (a standby gets it by replication); run it again at any time.
-- Passwords are psql variables: landbridge_password, replicator_password, orders_password.

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['landbridge', 'replicator', 'orders']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE landbridge PASSWORD :'landbridge_password';
ALTER ROLE replicator REPLICATION PASSWORD :'replicator_password';
ALTER ROLE orders PASSWORD :'orders_password';

-- Looking: pg_stat_replication, pg_stat_wal_receiver and settings without being superuser.
GRANT pg_monitor TO landbridge;
-- A checkpoint after promotion, so that a later pg_rewind reads the new timeline.
GRANT pg_checkpoint TO landbridge;
-- The fence ends the workload's sessions.
GRANT pg_signal_backend TO landbridge;
-- Sessions whose commits wait for a lost standby can use up all others (set reserved_connections).
GRANT pg_use_reserved_connections TO landbridge;

-- Promoting, and resuming a paused replay first.
GRANT EXECUTE ON FUNCTION pg_promote(boolean, integer) TO landbridge;
GRANT EXECUTE ON FUNCTION pg_wal_replay_resume() TO landbridge;

-- The fence's switch, and reading the changed configuration.
GRANT ALTER SYSTEM ON PARAMETER default_transaction_read_only TO landbridge;
GRANT EXECUTE ON FUNCTION pg_reload_conf() TO landbridge;

-- pg_rewind reads the serving site's files; it connects to this database. The rebuild also asks
-- pg_stat_file whether a WAL file is still there.
GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean) TO replicator;
GRANT EXECUTE ON FUNCTION pg_stat_file(text, boolean) TO replicator;
GRANT EXECUTE ON FUNCTION pg_read_binary_file(text) TO replicator;
GRANT EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean) TO replicator;
-- AWS waits for nobody while it comes back, and for its standby once that streams.
GRANT ALTER SYSTEM ON PARAMETER synchronous_standby_names TO landbridge;
