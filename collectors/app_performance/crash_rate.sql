-- One row per operating system: crashes for each 1,000 active devices of the last day. A device that crashed was
-- active, even when it sent nothing else.
-- every: 5m
-- windows: 1d
WITH crashes AS (
         SELECT w."window", coalesce(c.device_os, 'unknown') AS device_os, c.device_id
           FROM windows AS w
           JOIN crash_reports AS c ON c.created_at > as_of - w.span AND c.created_at <= as_of
     ),
     devices AS (
         SELECT w."window", coalesce(m.device_os, 'unknown') AS device_os, m.device_id
           FROM windows AS w
           JOIN mobile_metrics AS m ON m.recorded_at > as_of - w.span AND m.recorded_at <= as_of
          UNION
         SELECT "window", device_os, device_id
           FROM crashes
     ),
     totals AS (
         SELECT d."window", d.device_os, count(*) AS devices
           FROM devices AS d
          GROUP BY 1, 2
     )
SELECT device_os, "window",
       1000 * count(c.device_id)::numeric / t.devices AS kpi_crashes_per_1000_devices
  FROM totals AS t
  LEFT JOIN crashes AS c USING (device_os, "window")
 GROUP BY 1, 2, t.devices
