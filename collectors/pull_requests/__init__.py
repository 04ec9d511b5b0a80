"""The built-in collector of the domain pull requests: one `.sql` file per set of labels."""

from collectors.sql import SqlCollector

COLLECTOR = SqlCollector.of_domain(__file__)
