"""What a visit leaves in the tables of engagement, and the stories that it views."""

from collections.abc import Iterator
from random import Random

from warehouse.demo.people import Visit

Row = tuple[str, float, tuple[str, ...]]  # table, second of the visit's day, values in the order of the columns

_FEATURES = {"search": 30, "save_story": 22, "comments": 17, "share": 13, "bid_alerts": 11, "live_chat": 7}  # per cent
_FEATURE_OF_DRAW = tuple(feature for feature, weight in _FEATURES.items() for _ in range(weight))
_ACTIONS = ("search", "like", "share")
_STORIES = 400


def rows(rng: Random, visit: Visit, views: int) -> Iterator[Row]:
    """The session, what was done in it, and `views` stories."""
    person, day, second = visit.person, visit.day, visit.second
    if visit.signs_up:
        yield _activity(visit, "sign_up", second)
    yield _activity(visit, "app_open", second)
    if rng.random() < 0.35:
        yield _activity(visit, _ACTIONS[int(rng.random() * len(_ACTIONS))], _later(visit, 30))
    minutes = rng.lognormvariate(1.5, 0.9)
    yield (
        "user_session_metrics",
        second,
        (
            f"session-{visit.number}",
            person.id,
            person.platform,
            person.source,
            day.text,
            f"{minutes:.3f}",
        ),
    )
    if rng.random() < 0.6:
        feature = _FEATURE_OF_DRAW[int(rng.random() * 100)]
        uses = 1 + int(rng.random() * 4)
        yield "feature_usage_metrics", second, (person.id, feature, person.segment, day.text, str(uses))
    for number in range(views):
        story = f"story-{1 + int(_STORIES * rng.random() ** 2):04}"
        yield "story_view_metrics", _later(visit, 10 * number), (story, person.id, person.source, day.text)


def _activity(visit: Visit, kind: str, second: float) -> Row:
    person, day = visit.person, visit.day
    return (
        "user_activity_metrics",
        second,
        (
            person.id,
            person.user_type,
            kind,
            person.platform,
            day.text,
            day.stamp(second),
        ),
    )


def _later(visit: Visit, seconds: float) -> float:
    """A moment in the visit, on the visit's day."""
    return visit.second if visit.live else min(visit.second + seconds, 86_399.999)
