-- One row per framework: how its controls stand by their newest assessment.
-- every: 15m
WITH newest AS (
         SELECT DISTINCT ON (c.framework, c.control_id) c.framework, c.status
           FROM compliance_controls AS c
          WHERE c.last_assessed_at <= as_of
          ORDER BY c.framework, c.control_id, c.last_assessed_at DESC
     )
SELECT n.framework,
       count(*) FILTER (WHERE n.status = 'passing')::numeric
         / nullif(count(*) FILTER (WHERE n.status IN ('passing', 'failing')), 0) AS kpi_compliance_score_ratio,
       count(*) FILTER (WHERE n.status = 'failing') AS kpi_compliance_violations_open
  FROM newest AS n
 GROUP BY 1
