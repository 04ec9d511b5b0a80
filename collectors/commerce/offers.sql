-- One row per window: the offers submitted in it, 0 where there were none.
WITH recent AS (
         SELECT o.created_at
           FROM offer_metrics AS o
          WHERE o.created_at > as_of - (SELECT max(span) FROM windows)
            AND o.created_at <= as_of
     )
SELECT w."window",
       count(r.created_at) AS kpi_offers_submitted
  FROM windows AS w
  LEFT JOIN recent AS r ON r.created_at > as_of - w.span
 GROUP BY 1
