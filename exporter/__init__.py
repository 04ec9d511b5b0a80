"""The running process: configuration, schedule, `/metrics` and the command line."""
