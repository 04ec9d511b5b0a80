-- One row per stage, mode and window: distinct users, over the same complete days in all four stages.
-- The mode `closed` follows each user from the first view to the first offer after it, and so on; an offer on the day
-- of the view counts as after it, because views carry only a date.
-- every: 5m
-- timeout: 30s
WITH days AS (
         SELECT w."window", (as_of - w.span)::date AS first_day, as_of::date AS end_day
           FROM windows AS w
     ),
     viewed AS (
         SELECT d."window", v.user_id, min(v.view_date)::timestamptz AS moment
           FROM days AS d
           JOIN story_view_metrics AS v ON v.view_date >= d.first_day AND v.view_date < d.end_day
          GROUP BY 1, 2
     ),
     offered AS (
         SELECT d."window", o.user_id, o.created_at AS moment
           FROM days AS d
           JOIN offer_metrics AS o ON o.created_at >= d.first_day AND o.created_at < d.end_day
     ),
     participated AS (
         SELECT d."window", a.user_id, a.created_at AS moment
           FROM days AS d
           JOIN auction_participation_metrics AS a ON a.created_at >= d.first_day AND a.created_at < d.end_day
     ),
     paid AS (
         SELECT d."window", p.user_id, p.payment_date AS moment
           FROM days AS d
           JOIN payment_metrics AS p ON p.payment_date >= d.first_day AND p.payment_date < d.end_day
          WHERE p.status = 'completed'
     ),
     offered_next AS (
         SELECT "window", user_id, min(o.moment) AS moment
           FROM viewed AS v
           JOIN offered AS o USING ("window", user_id)
          WHERE o.moment >= v.moment
          GROUP BY 1, 2
     ),
     participated_next AS (
         SELECT "window", user_id, min(a.moment) AS moment
           FROM offered_next AS o
           JOIN participated AS a USING ("window", user_id)
          WHERE a.moment >= o.moment
          GROUP BY 1, 2
     ),
     paid_next AS (
         SELECT "window", user_id
           FROM participated_next AS a
           JOIN paid AS p USING ("window", user_id)
          WHERE p.moment >= a.moment
     ),
     steps AS (
         SELECT 'Story Views' AS stage, 'open' AS mode, "window", user_id FROM viewed
          UNION ALL
         SELECT 'Offers Submitted', 'open', "window", user_id FROM offered
          UNION ALL
         SELECT 'Auctions Participated', 'open', "window", user_id FROM participated
          UNION ALL
         SELECT 'Payments Completed', 'open', "window", user_id FROM paid
          UNION ALL
         SELECT 'Story Views', 'closed', "window", user_id FROM viewed
          UNION ALL
         SELECT 'Offers Submitted', 'closed', "window", user_id FROM offered_next
          UNION ALL
         SELECT 'Auctions Participated', 'closed', "window", user_id FROM participated_next
          UNION ALL
         SELECT 'Payments Completed', 'closed', "window", user_id FROM paid_next
     )
SELECT stage, mode, "window",
       count(DISTINCT s.user_id) AS kpi_funnel_stage_users
  FROM windows AS w
 CROSS JOIN (VALUES ('Story Views'), ('Offers Submitted'), ('Auctions Participated'), ('Payments Completed'))
            AS stages (stage)
 CROSS JOIN (VALUES ('open'), ('closed')) AS modes (mode)
  LEFT JOIN steps AS s USING (stage, mode, "window")
 GROUP BY 1, 2, 3
