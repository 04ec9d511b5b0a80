"""K2xx: what is said about PromQL expressions. The examples are checked: each raises its own code."""

from metrics import is_not
from metrics.app_performance import APDEX, HTTP_REQUEST_DURATION, HTTP_REQUESTS
from metrics.commerce import PAYMENTS_AMOUNT, REVENUE
from metrics.engagement import ACTIVE_USERS, SESSION_DURATION
from provisioning.lint.code import Code

_RATE = "[$__rate_interval]"
_REQUESTS = f"rate({HTTP_REQUESTS}{_RATE})"
_BUCKETS = f"rate({HTTP_REQUEST_DURATION.bucket}{_RATE})"

PROMQL = (
    Code(
        "K201",
        "The expression is not PromQL",
        "Prometheus would refuse the expression, or its result is nothing that a panel can draw, such as a range "
        "vector. Some Grafana versions show an empty panel in its place, without an error.",
        f"sum by (currency) ({REVENUE}",
        "Mend the syntax at the place that the message names.",
    ),
    Code(
        "K202",
        "Matchers are joined by 'or'",
        '`{a="1" or b="2"}` is a dialect of other databases. Prometheus refuses it.',
        f'{REVENUE}{{currency="EUR" or category="art"}}',
        "Write two selectors and join them by the operator `or`.",
    ),
    Code(
        "K203",
        "A matcher names an unknown label",
        "The metric does not carry the label. A matcher on a missing label compares with the empty text, so `=` "
        "selects nothing and `!=` everything. Labels of the source, such as tenant, and Prometheus' own job and "
        "instance are known on every collected metric.",
        f'{REVENUE}{{curency="EUR"}}',
        "Use a label of the declaration.",
    ),
    Code(
        "K204",
        "A grouping or matching names an unknown label",
        "A label in `by`, `without`, `on`, `ignoring`, `group_left` or `label_replace` is not there at that place: the "
        "metric does not carry it, or an inner aggregation has dropped it. Prometheus groups by the empty text then, "
        "and the split that the author wanted is lost without an error.",
        f"sum by (country) ({_REQUESTS})",
        "Use labels that the inner expression yields; keep them in the inner `by` where they are needed further out.",
    ),
    Code(
        "K205",
        "The legend shows a label that the result does not have",
        "The expression drops the label, so that the legend shows the raw braces or nothing, and series cannot be "
        "told apart.",
        f"sum by (service) ({_REQUESTS}) with the legend {{{{route}}}}",
        "Keep the label in `by`, or take it out of the legend.",
    ),
    Code(
        "K206",
        "The value of 'le' is no declared bucket",
        "A bucket is selected by the exact text of its bound. The exporter writes bounds as floating point numbers, "
        'such as `le="60.0"`, and `le="+Inf"`; any other text selects nothing.',
        f"increase({SESSION_DURATION.bucket(le='61.0')}[$__range])",
        "Use a bound of the declaration, or add the bound to its buckets.",
    ),
    Code(
        "K207",
        "A gauge is treated as a counter",
        "`rate`, `irate`, `increase` and `resets` take each fall of the value for a restart of a counter, and invent "
        "growth. A gauge falls for honest reasons. An expression over a subquery is no counter either.",
        f"rate({ACTIVE_USERS}{_RATE})",
        "Use `delta` or `deriv` on gauges, or compare with an `offset`.",
    ),
    Code(
        "K208",
        "A counter is treated as a gauge",
        "`delta`, `idelta`, `deriv` and `predict_linear` do not know that counters restart at 0, and turn each restart "
        "into a fall.",
        f"delta({HTTP_REQUESTS}[1h])",
        "Use `rate` or `increase`.",
    ),
    Code(
        "K209",
        "A counter is shown as it stands",
        "The value of a counter depends on when its process started. Only its growth has a meaning, and the growth "
        "must be taken before anything is added up, because a sum hides the restarts. The buckets, the sum and the "
        "count of a histogram are counters. Whether and how many series exist may be asked of the counter itself: "
        "`absent`, `count`, `present_over_time`, the right side of `and` and `unless`.",
        f"sum by (currency) ({PAYMENTS_AMOUNT})",
        "Wrap the selector in `rate` or `increase`, inside the aggregation.",
    ),
    Code(
        "K210",
        "The window of a rate is too short",
        "A rate needs two samples in its window. A fixed window under two minutes, or `$__interval`, which shrinks "
        "with the time range, leaves holes or an empty panel when scrapes are a minute apart or one is missed. So does "
        "a window under twice the interval at which the metric is collected.",
        f"sum(rate({HTTP_REQUESTS}[$__interval]))",
        "Use `$__rate_interval`, or a fixed window of at least two minutes and two collections.",
    ),
    Code(
        "K211",
        "A quantile over buckets without 'le'",
        "`histogram_quantile` reads the bounds of the buckets from the label `le`. An aggregation that drops it leaves "
        "nothing to compute from.",
        f"histogram_quantile(0.95, sum by (service) ({_BUCKETS}))",
        "Add `le` to the `by` of the inner aggregation.",
    ),
    Code(
        "K212",
        "A quantile over something else than growing buckets",
        "`histogram_quantile` needs the growth of `…_bucket` series: `rate` or `increase` of them. Over the bare "
        "buckets it gives the quantile of everything since the process started; over other series it gives nothing.",
        f"histogram_quantile(0.95, sum by (le) ({HTTP_REQUEST_DURATION.bucket}))",
        "Take `rate` or `increase` of the declaration's `.bucket`.",
    ),
    Code(
        "K213",
        "A quantile outside of 0 to 1",
        "Quantiles are given from 0 to 1. Outside of that Prometheus returns an infinite number.",
        f"histogram_quantile(95, sum by (le) ({_BUCKETS}))",
        "Divide the percentage by 100.",
    ),
    Code(
        "K214",
        "An aggregation mixes windows, currencies or buckets",
        "The values for 1 day and for 30 days overlap, and euros and yen have no sum, nor a common mean or maximum. An "
        "aggregation over such series must keep the label `window` or `currency`, or the selector must choose one "
        "value of it by `=`. What is not an amount, such as a number of payments, may be added over currencies. "
        "Nor may the buckets of a histogram be combined: each holds the smaller ones.",
        f"sum by (currency) ({REVENUE(currency=is_not(''))})",
        'Add the label to `by`, or choose a value: `{window="30d"}`.',
    ),
    Code(
        "K215",
        "Values are added up or averaged that cannot be",
        "The sum of ratios is no ratio, and their mean gives a group of three users the weight of a group of three "
        "thousand. The same holds for scores, for means and rates per user, and for distinct users of groups that "
        "overlap: a declaration says by `adds_over` over which labels its values add up. `min`, `max`, `quantile` and "
        "`count` are fine, and so is the mean over time, `avg_over_time`.",
        f"avg({APDEX})",
        "Keep the labels in `by`, show the worst by `min` or `max`, or divide the sums of both parts.",
    ),
    Code(
        "K216",
        "Two sides that can never match",
        "Without `on` or `ignoring`, Prometheus pairs series whose labels are all equal. Here one side carries labels "
        "that the other lacks, or a label is pinned to different values, so that no pair exists and the result is "
        "empty.",
        f"{ACTIVE_USERS(window='1d')} / {ACTIVE_USERS(window='30d')}",
        "Aggregate both sides by the same labels, or say which labels count: `/ on (…)` or `/ ignoring (…)`.",
    ),
    Code(
        "K217",
        "The top series of a range query",
        "In a range query `topk` and `bottomk` choose anew at each step, so that the legend grows far beyond the "
        "wanted number, and lines come and go.",
        f"topk(5, sum by (route) ({_REQUESTS}))",
        "Make the query instant (table, bars), or fix the moment of choice: `… and topk(5, … @ end())`.",
    ),
    Code(
        "K218",
        "A regular expression without need",
        "The pattern holds no special character, so that plain equality says the same, is faster, and pins the label. "
        "Patterns with a Grafana variable are left alone, because several values may be chosen.",
        f'{REVENUE}{{currency=~"EUR"}}',
        "Use `=` for `=~`, and `!=` for `!~`.",
    ),
    Code(
        "K219",
        "A function that Prometheus does not offer by default",
        "Experimental functions work only where Prometheus was started with a feature flag, and may change or vanish.",
        f"mad_over_time({APDEX}[1h])",
        "Use the stable functions.",
    ),
)
