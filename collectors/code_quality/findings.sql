-- One row per repository and severity: the findings of the latest scan of each tool. A day without a scan shows the one
-- before, and a scan that found nothing shows 0. A scan is known by its day, so it counts once that day is over.
-- every: 15m
WITH scans AS (
         SELECT s.repo, lower(s.severity) AS severity,
                rank() OVER (PARTITION BY s.repo, s.tool ORDER BY s.scan_date DESC) AS age
           FROM static_analysis_metrics AS s
          WHERE s.scan_date >= as_of::date - 90
            AND s.scan_date < as_of::date
     ),
     findings AS (
         SELECT repo, severity
           FROM scans
          WHERE age = 1
     ),
     severities AS (
         SELECT severity
           FROM (VALUES ('critical'), ('high'), ('medium'), ('low')) AS usual (severity)
          UNION
         SELECT severity
           FROM findings
          WHERE severity <> 'none'
     )
SELECT r.repo, s.severity,
       count(f.severity) AS kpi_static_analysis_issues
  FROM (SELECT DISTINCT repo FROM findings) AS r
 CROSS JOIN severities AS s
  LEFT JOIN findings AS f USING (repo, severity)
 GROUP BY 1, 2
