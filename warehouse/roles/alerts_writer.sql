-- A role that may write the two tables of alerts and nothing else: what the exporter keeps alerts of users and events
-- with.
--
-- Run it as the owner of the database, after `kpi migrate`; it may be repeated. With KPI_ALERTS_PASSWORD in the
-- environment the role gets that password; without, set one where no history keeps it:
--     psql "$DSN" -f warehouse/roles/alerts_writer.sql
--     psql "$DSN" -c '\password kpi_alerts'

\set ON_ERROR_STOP on
\getenv password KPI_ALERTS_PASSWORD

BEGIN;

SELECT 'CREATE ROLE kpi_alerts LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kpi_alerts')
\gexec

ALTER ROLE kpi_alerts NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 10;
ALTER ROLE kpi_alerts SET statement_timeout = '1min';
ALTER ROLE kpi_alerts SET idle_in_transaction_session_timeout = '1min';

GRANT SELECT, INSERT, UPDATE, DELETE ON metric_alerts TO kpi_alerts;
GRANT SELECT, INSERT, UPDATE ON alert_events TO kpi_alerts;

\if :{?password}
    ALTER ROLE kpi_alerts PASSWORD :'password';
\endif

COMMIT;
