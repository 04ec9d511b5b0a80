"""The built-in collector of the domain infrastructure: one `.sql` file per table and set of labels."""

from collectors.sql import SqlCollector

COLLECTOR = SqlCollector.of_domain(__file__)
