-- One row per project, component and source: the newest coverage. Reports of CI are the source of truth; the runs of
-- test suites know no project, and repeat the coverage of the whole run in each of their rows. A component that a tool
-- calls all is the whole. It is as reported, unless a component was reported later: then components are weighed by
-- their lines, and one without lines does not count.
-- every: 15m
WITH reports AS (
         SELECT DISTINCT ON (1, 2)
                c.project, nullif(c.component, 'all') AS component, c."timestamp" AS reported,
                c.coverage_percentage / 100 AS coverage, c.metric_value AS lines
           FROM code_metrics AS c
          WHERE c.metric_type = 'test_coverage'
            AND c."timestamp" > as_of - interval '90 days'
            AND c."timestamp" <= as_of
            AND c.coverage_percentage BETWEEN 0 AND 100
          ORDER BY 1, 2, c."timestamp" DESC, c.id DESC
     ),
     runs AS (
         SELECT DISTINCT ON (coalesce(t.suite, 'unknown'))
                coalesce(t.suite, 'unknown') AS suite, t.coverage_percentage / 100 AS coverage
           FROM test_execution_metrics AS t
          WHERE t.execution_date > as_of - interval '90 days'
            AND t.execution_date <= as_of
            AND t.coverage_percentage BETWEEN 0 AND 100
          ORDER BY coalesce(t.suite, 'unknown'), t.execution_date DESC, t.id DESC
     ),
     projects AS (
         SELECT r.project,
                CASE WHEN max(r.reported) FILTER (WHERE r.component IS NULL) = max(r.reported)
                     THEN max(r.coverage) FILTER (WHERE r.component IS NULL)
                     ELSE sum(r.coverage * r.lines) FILTER (WHERE r.component IS NOT NULL)
                          / sum(r.lines) FILTER (WHERE r.component IS NOT NULL)
                END AS coverage
           FROM reports AS r
          WHERE r.component IS NULL
             OR r.lines > 0
          GROUP BY 1
     )
SELECT r.project, r.component, 'ci' AS source, r.coverage AS kpi_test_coverage_ratio
  FROM reports AS r
 WHERE r.component IS NOT NULL
 UNION ALL
SELECT p.project, 'all', 'ci', p.coverage
  FROM projects AS p
 UNION ALL
SELECT 'unknown', r.suite, 'test_run', r.coverage
  FROM runs AS r
