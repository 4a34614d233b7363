-- Sequences that keep up with their columns. Run after schema.sql, by a superuser in the workload's
-- database; run it again at any time. It replicates to the standby like everything else.
--
-- The tables are the workload's, and some were made while the other site was active, by roles that
-- nobody listed. So who may read all their columns and move all their sequences?
--   Grants on what exists miss what is made later; default privileges are per creating role.
--   pg_read_all_data and pg_write_all_data for landbridge itself would let a role with a password
--   write every row, and row security would still hide rows from its max().
--   A superuser's SECURITY DEFINER function reads everything, but planning a query on a table folds
--   its indexes' predicates and constraints: their functions are the table owner's code, which then
--   runs as superuser.
-- Hence two functions. `resequence` belongs to a role that cannot log in, reads all rows and writes
-- none; landbridge may call it and nothing else. `move_sequence` belongs to the superuser, touches no
-- table, moves one sequence forward and nothing back; only the first function may call it.

SELECT 'CREATE ROLE landbridge_resequencer'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'landbridge_resequencer') \gexec
-- Row security must not hide the largest value.
ALTER ROLE landbridge_resequencer NOLOGIN BYPASSRLS;
GRANT pg_read_all_data TO landbridge_resequencer;

BEGIN;

-- Each sequence that a serial or identity column owns, in every schema. `tree` is the table with all
-- its partitions and children, which a max() on it reads.
CREATE OR REPLACE VIEW landbridge.owned_sequence AS
SELECT s.seqrelid AS sequence,
       sn.nspname AS schema_name,
       sc.relname AS name,
       tn.nspname AS table_schema,
       tc.relname AS table_name,
       a.attname AS column_name,
       tc.relkind IN ('r', 'p') AND NOT tree.foreign_members AS readable,
       COALESCE(under.oid, type.oid) AS column_type,
       s.seqincrement AS increment,
       -- The last value that both have room for, and whose type ends there: a smallint's sequence
       -- may itself be a bigint, and a value that the column cannot hold is no next value.
       CASE WHEN s.seqincrement > 0 THEN LEAST(s.seqmax, ends.highest)
            ELSE GREATEST(s.seqmin, ends.lowest) END AS last_limit,
       CASE WHEN s.seqincrement > 0 AND ends.highest <= s.seqmax
              OR s.seqincrement < 0 AND ends.lowest >= s.seqmin
            THEN ends.type ELSE s.seqtypid END AS limited_by,
       s.seqcycle AS cycles,
       -- What max() must read whole, for want of an index that begins with the column.
       tree.unindexed_bytes,
       -- Locks that looking at it takes, kept to the end of the transaction: the server has a limit.
       1 + tree.relations AS locks
FROM pg_sequence s
JOIN pg_class sc ON sc.oid = s.seqrelid
JOIN pg_namespace sn ON sn.oid = sc.relnamespace
JOIN pg_depend d
  ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.objsubid = 0
 AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
 AND d.deptype IN ('a', 'i')  -- serial or OWNED BY, and identity
JOIN pg_class tc ON tc.oid = d.refobjid
JOIN pg_namespace tn ON tn.oid = tc.relnamespace
JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
JOIN pg_type type ON type.oid = a.atttypid
LEFT JOIN pg_type under ON under.oid = type.typbasetype  -- a domain's own type
LEFT JOIN (VALUES
    ('smallint'::regtype::oid, (-32768)::bigint, 32767::bigint),
    ('integer'::regtype::oid, (-2147483648)::bigint, 2147483647::bigint),
    ('bigint'::regtype::oid, (-9223372036854775808)::bigint, 9223372036854775807::bigint)
) AS ends (type, lowest, highest) ON ends.type = COALESCE(under.oid, type.oid)
CROSS JOIN LATERAL (
    WITH RECURSIVE members AS (
        SELECT tc.oid AS member
        UNION
        SELECT i.inhrelid FROM members JOIN pg_inherits i ON i.inhparent = member
    )
    SELECT sum(1 + indexes.number) AS relations,
           bool_or(c.relkind = 'f') AS foreign_members,
           COALESCE(sum(CASE
               WHEN c.relkind = 'r' AND NOT indexes.serve THEN pg_relation_size(member)
           END), 0) AS unindexed_bytes
    FROM members
    JOIN pg_class c ON c.oid = member
    JOIN pg_attribute ma ON ma.attrelid = member AND ma.attname = a.attname
    CROSS JOIN LATERAL (
        SELECT count(*) AS number,
               COALESCE(bool_or(
                   x.indkey[0] = ma.attnum AND x.indisvalid AND x.indpred IS NULL
                   AND ic.relam = (SELECT oid FROM pg_am WHERE amname = 'btree')
               ), false) AS serve
        FROM pg_index x JOIN pg_class ic ON ic.oid = x.indexrelid
        WHERE x.indrelid = member
    ) AS indexes
) AS tree
WHERE sc.relpersistence <> 't';

-- Move one sequence forward to `target`, its last value handed out; return whether it moved.
-- Between a look at a sequence and its setval others may pass the target, and setval would take them
-- back. Giving the sequence to the owner that it has changes nothing, but it is the one command that
-- locks a sequence (of a serial as of an identity column) against everybody's nextval and setval.
CREATE OR REPLACE FUNCTION landbridge.move_sequence(sequence oid, target bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Less than deadlock_timeout: who is in the way goes on, and this sequence waits for another run.
SET lock_timeout = '500ms'
AS $$
DECLARE
    found record;
    now_at record;
BEGIN
    SELECT n.nspname, c.relname, pg_get_userbyid(c.relowner) AS owner, s.seqincrement AS increment
    INTO STRICT found
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_sequence s ON s.seqrelid = c.oid
    WHERE c.oid = sequence;
    EXECUTE format('ALTER SEQUENCE %I.%I OWNER TO %I', found.nspname, found.relname, found.owner);
    EXECUTE format('SELECT last_value, is_called FROM %I.%I', found.nspname, found.relname)
    INTO STRICT now_at;
    IF sign(target::numeric - now_at.last_value) = sign(found.increment)
       OR (target = now_at.last_value AND NOT now_at.is_called) THEN
        PERFORM setval(sequence::regclass, target, true);
        RETURN true;
    END IF;
    RETURN false;
END
$$;

-- Look at these sequences and move those that would next hand out a value that their column has, or
-- has passed; with dry_run only look. A column that no index serves, in tables larger than scan_bytes,
-- is not read. Returns a row for each sequence that moved (kind `moved`: from `was`, null where it was
-- never used, to `upto`) and for each that a person should know of:
--   maximum    the next value would pass it, `upto`; `detail` is the type of it, or of its
--              column where that one ends first
--   minimum    the same, descending
--   cycle      it begins again by itself, so no value is behind or ahead
--   unindexed  `detail` bytes would have to be read
--   type       the column, of the type `detail`, holds no whole numbers
--   foreign    the column's rows are a view's, or partly another server's
--   failed     `detail` is PostgreSQL's reason; it stops none of the others
CREATE OR REPLACE FUNCTION landbridge.resequence(
    sequences oid[], dry_run boolean, scan_bytes bigint
) RETURNS TABLE (
    sequence text, "column" text, kind text, was bigint, upto bigint, detail text
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- An error, rather than a max() of some rows, should the role lose its BYPASSRLS.
SET row_security = off
AS $$
DECLARE
    one landbridge.owned_sequence;
    late landbridge.owned_sequence[] := '{}';
    lasts bigint[] := '{}';
    targets bigint[] := '{}';
    extreme numeric;
    next_value numeric;
    direction int;
BEGIN
    FOR one IN
        SELECT * FROM landbridge.owned_sequence o WHERE o.sequence = ANY (sequences)
        ORDER BY o.schema_name, o.name
    LOOP
        sequence := format('%I.%I', one.schema_name, one.name);
        "column" := format('%I.%I.%I', one.table_schema, one.table_name, one.column_name);
        kind := NULL;
        was := NULL;
        upto := NULL;
        detail := NULL;
        IF one.cycles THEN
            kind := 'cycle';
        ELSIF NOT one.readable THEN
            kind := 'foreign';
        ELSIF one.column_type NOT IN (
            'smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype
        ) THEN
            -- Another type's max() may be the code of whoever made it.
            kind := 'type';
            detail := format_type(one.column_type, NULL);
        ELSIF one.unindexed_bytes > scan_bytes THEN
            kind := 'unindexed';
            detail := one.unindexed_bytes;
        ELSE
            BEGIN
                direction := sign(one.increment);
                -- First the column, then its sequence: a value is handed out before it is committed,
                -- so a sequence that is well never looks as if it were behind.
                EXECUTE format(
                    'SELECT %I(%I)::numeric FROM %I.%I',
                    CASE WHEN direction > 0 THEN 'max' ELSE 'min' END,
                    one.column_name, one.table_schema, one.table_name
                ) INTO STRICT extreme;
                was := pg_sequence_last_value(one.sequence);
                IF was IS NULL THEN  -- never used, so its last_value is the first to come
                    EXECUTE format('SELECT last_value FROM %I.%I', one.schema_name, one.name)
                    INTO STRICT next_value;
                ELSE
                    next_value := was::numeric + one.increment;
                END IF;
                -- Steps of the increment keep the sequence's phase. Numeric, since bigint would
                -- overflow next to its end; div, since it is exact.
                IF direction * (extreme - next_value) >= 0 THEN
                    kind := 'moved';
                    next_value := next_value
                        + one.increment * (div(extreme - next_value, one.increment) + 1);
                    upto := next_value - one.increment;
                END IF;
                IF direction * (next_value - one.last_limit) > 0 THEN
                    kind := CASE WHEN direction > 0 THEN 'maximum' ELSE 'minimum' END;
                    upto := one.last_limit;
                    detail := format_type(one.limited_by, NULL);
                END IF;
            EXCEPTION WHEN OTHERS THEN
                kind := 'failed';
                detail := SQLERRM;
            END;
        END IF;
        IF kind = 'moved' AND NOT dry_run THEN
            late := late || one;
            lasts := lasts || was;
            targets := targets || upto;
        ELSIF kind IS NOT NULL THEN
            RETURN NEXT;
        END IF;
    END LOOP;

    -- All moves at the end: a sequence that is locked waits for no other table's max().
    FOR number IN 1 .. cardinality(targets) LOOP
        one := late[number];
        sequence := format('%I.%I', one.schema_name, one.name);
        "column" := format('%I.%I.%I', one.table_schema, one.table_name, one.column_name);
        was := lasts[number];
        upto := targets[number];
        detail := NULL;
        BEGIN
            CONTINUE WHEN NOT landbridge.move_sequence(one.sequence, upto);
            kind := 'moved';
        EXCEPTION WHEN OTHERS THEN
            kind := 'failed';
            detail := SQLERRM;
        END;
        RETURN NEXT;
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA landbridge TO landbridge_resequencer;
ALTER FUNCTION landbridge.resequence(oid[], boolean, bigint) OWNER TO landbridge_resequencer;
REVOKE ALL ON FUNCTION landbridge.resequence(oid[], boolean, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION landbridge.move_sequence(oid, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION landbridge.move_sequence(oid, bigint) TO landbridge_resequencer;
GRANT EXECUTE ON FUNCTION landbridge.resequence(oid[], boolean, bigint) TO landbridge;
GRANT SELECT ON landbridge.owned_sequence TO landbridge;

COMMIT;
