"""Pages as browsers load them: load time and the Core Web Vitals, judged by their 75th percentile."""

from metrics import SCORE, SECONDS, Histogram

PAGE_LOAD_DURATION = Histogram(
    "kpi_page_load_duration_seconds",
    "Time until a page was loaded, as browsers report it.",
    unit=SECONDS,
    labels=("page",),
    owner="web",
    better="lower",
    target=2,
    warning=2,
    buckets=(0.25, 0.5, 1, 1.5, 2, 3, 5, 10),
    cap=100,
    other=("page",),
)

WEB_VITALS_LCP = Histogram(
    "kpi_web_vitals_lcp_seconds",
    "Largest contentful paint: time until the main content is seen. Good is at most 2.5 s, poor above 4 s.",
    unit=SECONDS,
    labels=("page",),
    owner="web",
    better="lower",
    target=2.5,
    warning=2.5,
    critical=4,
    buckets=(0.5, 1, 1.5, 2, 2.5, 3, 4, 6, 10),
    cap=100,
    other=("page",),
)

WEB_VITALS_INP = Histogram(
    "kpi_web_vitals_inp_seconds",
    "Interaction to next paint: time until the page reacts to a click. Good is at most 0.2 s, poor above 0.5 s.",
    unit=SECONDS,
    labels=("page",),
    owner="web",
    better="lower",
    target=0.2,
    warning=0.2,
    critical=0.5,
    buckets=(0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2),
    cap=100,
    other=("page",),
)

WEB_VITALS_CLS = Histogram(
    "kpi_web_vitals_cls_score",
    "Cumulative layout shift: how much of the page jumps while it loads. Good is at most 0.1, poor above 0.25.",
    unit=SCORE,
    labels=("page",),
    owner="web",
    better="lower",
    target=0.1,
    warning=0.1,
    critical=0.25,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1),
    cap=100,
    other=("page",),
)
