-- One row per window: conversion between events, summed over complete days and then divided, so that large days weigh
-- more than small ones.
-- every: 5m
SELECT w."window",
       sum(c.offers_submitted) / nullif(sum(c.story_views), 0) AS kpi_offer_conversion_ratio,
       sum(c.payments_completed) / nullif(sum(c.offers_submitted), 0) AS kpi_payment_conversion_ratio
  FROM conversion_metrics AS c
  JOIN windows AS w ON c.event_date >= (as_of - w.span)::date
 WHERE c.event_date >= (as_of - (SELECT max(span) FROM windows))::date
   AND c.event_date < as_of::date
 GROUP BY 1
