-- Gives the reading role of docker-compose its password, from the environment of the database server.
\getenv password KPI_READER_PASSWORD
ALTER ROLE kpi_reader PASSWORD :'password';
