-- One row per rule that the latest scan of a repository found broken, of those whose day was over at the end of the
-- chosen time: the day of a scan is all that is known, and it may be half done.
WITH scans AS (
         SELECT s.repo, s.rule_id, lower(s.severity) AS severity, s.scan_date,
                rank() OVER (PARTITION BY s.repo, s.tool ORDER BY s.scan_date DESC) AS age
           FROM static_analysis_metrics AS s
          WHERE s.scan_date >= $__timeTo()::timestamptz::date - 90
            AND s.scan_date < $__timeTo()::timestamptz::date
     )
SELECT s.repo AS "Repository",
       s.rule_id AS "Rule",
       s.severity AS "Severity",
       count(*) AS "Findings",
       s.scan_date::timestamptz AS "Scan"
  FROM scans AS s
 WHERE s.age = 1
   AND s.rule_id IS NOT NULL
 GROUP BY 1, 2, 3, 5
 ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], s.severity), 4 DESC, 1, 2
 LIMIT 20
