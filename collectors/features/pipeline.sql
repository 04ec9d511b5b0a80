-- One row per stage: the features in it that are neither released nor withdrawn, 0 where there are none. The stage is
-- the one of now, so what it was is not known.
-- every: 15m
-- history: false
WITH pipeline AS (
         SELECT coalesce(lower(f.pipeline_stage), 'unknown') AS stage
           FROM features AS f
          WHERE f.released_at IS NULL
            AND f.deprecated_at IS NULL
     ),
     stages AS (
         SELECT stage FROM (VALUES ('idea'), ('discovery'), ('development'), ('beta')) AS usual (stage)
          UNION
         SELECT stage FROM pipeline
     )
SELECT stage,
       count(p.stage) AS kpi_innovation_pipeline_items
  FROM stages AS s
  LEFT JOIN pipeline AS p USING (stage)
 GROUP BY 1
