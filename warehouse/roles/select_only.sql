-- A role that can read one schema and nothing else: what the exporter logs in as. It may read every table there, so
-- keep views for the exporter in a schema of their own where others hold what it must not see.
--
-- Run it as the owner of the database, once per schema, and again after a change; it may be repeated:
--     psql "$DSN" -v role=kpi_reader -v schema=public -f warehouse/roles/select_only.sql
-- Then set the password where no history keeps it:
--     psql "$DSN" -c '\password kpi_reader'

\set ON_ERROR_STOP on
\if :{?role}
\else
    \set role kpi_reader
\endif
\if :{?schema}
\else
    \set schema public
\endif

BEGIN;

SELECT format('CREATE ROLE %I LOGIN', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role')
\gexec

-- No rights beyond reading, even where the role existed before.
ALTER ROLE :"role" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- Two connections per source are the default of the exporter; the rest is room for a second one and for psql.
ALTER ROLE :"role" CONNECTION LIMIT 10;

-- A second fence behind the grants, and an end to statements that run away. The exporter sets shorter times itself.
ALTER ROLE :"role" SET default_transaction_read_only = on;
ALTER ROLE :"role" SET statement_timeout = '5min';
ALTER ROLE :"role" SET lock_timeout = '5s';
ALTER ROLE :"role" SET idle_in_transaction_session_timeout = '1min';
ALTER ROLE :"role" SET search_path = :"schema";

-- PUBLIC may create temporary tables in a new database, and before PostgreSQL 15 tables in the schema public. A revoke
-- from the role alone would not help, and one from PUBLIC takes the right from every role of the database: it is done
-- only with -v revoke_public=on. Without it the role is held by default_transaction_read_only alone there.
\if :{?revoke_public}
SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database())
\gexec
REVOKE CREATE ON SCHEMA :"schema" FROM PUBLIC;
\endif
REVOKE ALL ON ALL TABLES IN SCHEMA :"schema" FROM :"role";
REVOKE ALL ON ALL SEQUENCES IN SCHEMA :"schema" FROM :"role";
REVOKE ALL ON SCHEMA :"schema" FROM :"role";

SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), :'role')
\gexec
GRANT USAGE ON SCHEMA :"schema" TO :"role";
GRANT SELECT ON ALL TABLES IN SCHEMA :"schema" TO :"role";

-- Tables and views that the same owner adds later.
ALTER DEFAULT PRIVILEGES IN SCHEMA :"schema" GRANT SELECT ON TABLES TO :"role";

COMMIT;
