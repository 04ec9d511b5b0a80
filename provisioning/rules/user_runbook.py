"""The one runbook of all alerts that users define: whoever defined one knows what it means."""

NAME = "UserDefinedAlert"
SUMMARY = "An alert that somebody defined by 'kpi alerts add'."
TEXT = """\
## What it means

The description of the alert says which metric it watches, the value, and the limit. The label `alert_id` names the
definition: `kpi alerts list` shows it, with the condition in short.

## How bad it is

As bad as its severity says: critical means act now, warning act today, info good to know. Whoever defined the alert
chose it; `kpi alerts list --format json` tells who that was, in `created_by`.

## Check

1. Open the board that the alert links to, and look since when the value is where it is.
2. Did it fire before? `kpi alerts events --alert ID` tells when, for how long, and at which value.
3. Is the number itself good? The handbook has the entry of the metric, with the tables behind it.

## Mend

1. Mend what moved the number.
2. Where the limit is wrong, define the alert anew with another one, and remove this one by `kpi alerts remove ID`.
3. To have quiet for now, silence it in Alertmanager, or let it rest by `kpi alerts disable ID`.

## Who

Whoever the alert told: its channels and recipients are part of the definition.
"""
