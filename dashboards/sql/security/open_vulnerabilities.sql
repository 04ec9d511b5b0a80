-- One row per vulnerability that is open now, the one that is due first at the top.
SELECT v.vulnerability_id AS "Number",
       v.asset AS "Asset",
       v.source AS "Source",
       lower(v.severity) AS "Severity",
       v.discovered_at AS "Found",
       v.patch_due_at AS "Due"
  FROM vulnerabilities AS v
 WHERE v.fixed_at IS NULL
   AND v.accepted_at IS NULL
 ORDER BY v.patch_due_at NULLS LAST, v.discovered_at
 LIMIT 20
