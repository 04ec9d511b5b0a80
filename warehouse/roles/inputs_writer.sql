-- A role that may give values with `kpi input`, correct, withdraw and list them, and nothing else.
--
-- Run it as the owner of the database, after `kpi migrate`, once per schema; it may be repeated:
--     psql "$DSN" -v role=kpi_inputs -v schema=public -f warehouse/roles/inputs_writer.sql
-- Then set the password where no history keeps it:
--     psql "$DSN" -c '\password kpi_inputs'
-- Where the role of `warehouse` keeps alerts, too (alerts_writer.sql), give that role both: -v role=kpi_alerts.

\set ON_ERROR_STOP on
\if :{?role}
\else
    \set role kpi_inputs
\endif
\if :{?schema}
\else
    \set schema public
\endif

BEGIN;

SELECT format('CREATE ROLE %I LOGIN CONNECTION LIMIT 10', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role')
\gexec

ALTER ROLE :"role" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE :"role" SET statement_timeout = '1min';
ALTER ROLE :"role" SET idle_in_transaction_session_timeout = '1min';

-- A value is never overwritten: a correction or withdrawal marks the former one, and that is all that may change.
GRANT USAGE ON SCHEMA :"schema" TO :"role";
GRANT SELECT, INSERT, UPDATE (superseded_by, superseded_at) ON :"schema".manual_metric_values TO :"role";

COMMIT;
