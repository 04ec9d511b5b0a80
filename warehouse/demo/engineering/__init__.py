"""How the demo company builds and runs its product: a module per domain, on one plan of deployments and outages."""
