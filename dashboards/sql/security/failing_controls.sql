-- One row per control that fails by its newest assessment, the one that was assessed first at the top.
SELECT n.framework AS "Framework",
       n.control_id AS "Control",
       n.last_assessed_at AS "Assessed"
  FROM (SELECT DISTINCT ON (c.framework, c.control_id) c.framework, c.control_id, c.status, c.last_assessed_at
          FROM compliance_controls AS c
         ORDER BY c.framework, c.control_id, c.last_assessed_at DESC) AS n
 WHERE n.status = 'failing'
 ORDER BY 3, 1, 2
 LIMIT 20
