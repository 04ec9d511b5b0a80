-- One row per project: its technical debt as a share of its lines, and the effort to clear it. A measure of the project
-- as a whole goes before those of its components, unless one of them is newer.
-- every: 15m
WITH measures AS (
         SELECT DISTINCT ON (1, 2, 3)
                c.project, nullif(c.component, 'all') AS component, c.metric_type, c.metric_value,
                c."timestamp" AS measured
           FROM code_metrics AS c
          WHERE c.metric_type IN ('technical_debt', 'technical_debt_hours', 'total_lines')
            AND c."timestamp" > as_of - interval '90 days'
            AND c."timestamp" <= as_of
            AND c.metric_value >= 0
          ORDER BY 1, 2, 3, c."timestamp" DESC, c.id DESC
     ),
     parts AS (
         SELECT project, component IS NULL AS whole,
                max(metric_value) FILTER (WHERE metric_type = 'technical_debt') AS debt,
                max(metric_value) FILTER (WHERE metric_type = 'total_lines') AS lines,
                max(metric_value) FILTER (WHERE metric_type = 'technical_debt_hours') AS hours,
                max(measured) FILTER (WHERE metric_type = 'technical_debt') AS debt_measured,
                max(measured) FILTER (WHERE metric_type = 'technical_debt_hours') AS hours_measured
           FROM measures
          GROUP BY project, component
     ),
     projects AS (
         SELECT project, whole,
                sum(least(debt, lines)) FILTER (WHERE debt >= 0 AND lines > 0)
                / sum(lines) FILTER (WHERE debt >= 0 AND lines > 0) AS ratio,
                max(debt_measured) FILTER (WHERE debt >= 0 AND lines > 0) AS debt_measured,
                sum(hours) * 3600 AS seconds,
                max(hours_measured) AS hours_measured
           FROM parts
          GROUP BY project, whole
     )
SELECT project,
       (array_agg(ratio ORDER BY debt_measured DESC, whole DESC) FILTER (WHERE ratio >= 0))[1] AS kpi_technical_debt_ratio,
       (array_agg(seconds ORDER BY hours_measured DESC, whole DESC) FILTER (WHERE seconds >= 0))[1]
           AS kpi_technical_debt_remediation_seconds
  FROM projects
 GROUP BY project
