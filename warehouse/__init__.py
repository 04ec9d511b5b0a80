"""The PostgreSQL schema that numbers come from: migrations, contract tables and the demo company."""
