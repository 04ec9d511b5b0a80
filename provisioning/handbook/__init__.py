"""The handbook: Markdown that is generated from the declarations of metrics, queries, tables, boards and codes.

    pages(discover().collectors, boards)    # path -> text

`kpi build` writes these pages under `docs/`. The exporter serves the entries of what it runs at `/handbook`, and
`kpi metrics NAME` prints one.
"""

from provisioning.handbook.book import pages

__all__ = ["pages"]
