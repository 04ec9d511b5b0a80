"""Builds, checks and applies what Grafana, Prometheus and Alertmanager load; the built files lie here too."""
