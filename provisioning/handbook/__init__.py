"""The handbook: Markdown that is generated from the declarations of metrics, queries, tables, boards, alerts and codes.

    pages(discover().collectors, boards, groups)    # path -> text

`kpi build` writes these pages under `docs/`. The exporter serves the entries of what it runs at `/handbook` and the
runbooks at `/runbooks`; `kpi metrics NAME` prints an entry.
"""

from provisioning.handbook.book import pages

__all__ = ["pages"]
