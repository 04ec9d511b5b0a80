-- One row per window: auctions completed in it, and users who joined an auction in it; 0 where there were none.
WITH completed AS (
         SELECT a.auction_id, a.auction_completed_at
           FROM auction_participation_metrics AS a
          WHERE a.auction_completed_at > as_of - (SELECT max(span) FROM windows)
            AND a.auction_completed_at <= as_of
     ),
     joined AS (
         SELECT a.user_id, a.created_at
           FROM auction_participation_metrics AS a
          WHERE a.created_at > as_of - (SELECT max(span) FROM windows)
            AND a.created_at <= as_of
     )
SELECT w."window",
       (SELECT count(DISTINCT c.auction_id) FROM completed AS c WHERE c.auction_completed_at > as_of - w.span)
       AS kpi_auctions_completed,
       (SELECT count(DISTINCT j.user_id) FROM joined AS j WHERE j.created_at > as_of - w.span)
       AS kpi_auction_participants
  FROM windows AS w
