"""Teams work in sprints of two weeks: stories are written in one, done in the next, and a few are carried over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from warehouse.demo.calendar import Day
from warehouse.demo.dice import Dice
from warehouse.demo.engineering.plan import OWNED, Plan, Service
from warehouse.demo.engineering.record import Record, Steps
from warehouse.demo.engineering.working_hours import at_work, hours_of

DEVELOPERS = 4
_FIRST_MONDAY = date(2024, 1, 1)
_DAYS = 14
_HOURS = 100
_SPRINTS_BEFORE = 12  # that the teams look back on when the company begins
_SIZES = (1, 2, 2, 3, 3, 3, 5, 5, 8, 13)
_WRITTEN_IN_A_DAY = (0, 1, 1, 1, 2, 2)
_LIMITS = {"In Development": 5, "In Review": 3}


@dataclass(frozen=True)
class Story:
    """A story; `sprint` is the first one that it is in. One that is given up is never reviewed, tested or done."""

    number: str
    sprint: int
    size: int
    assignee: str
    written: datetime
    started: datetime
    reviewed: datetime
    tested: datetime
    done: datetime
    is_added: bool
    is_given_up: bool

    @property
    def is_carried_over(self) -> bool:
        return self.done.date() >= first_day(self.sprint + 1)

    @property
    def finishing_sprint(self) -> int:
        return self.sprint + self.is_carried_over


def sprint_of(day: date) -> int:
    """The number of the sprint that a day belongs to."""
    return (day - _FIRST_MONDAY).days // _DAYS


def first_day(sprint: int) -> date:
    return _FIRST_MONDAY + timedelta(days=_DAYS * sprint)


def records(plan: Plan, day: Day) -> Iterator[Record]:
    """The sprints that begin and the stories that are written on a day; on the first one also those before."""
    sprint = sprint_of(day.date)
    for service in OWNED:
        if day.number == 0:
            yield from _limits(service, day)
            for number in range(sprint - _SPRINTS_BEFORE, sprint + 1):
                if first_day(number) < day.date:
                    yield _sprint(plan, service, number, day.midnight)
                yield from (
                    _row(service, story, day)
                    for story in written(plan, service, number)
                    if story.written < day.midnight
                )
        if first_day(sprint) == day.date:
            yield _sprint(plan, service, sprint, day.midnight)
        yield from (
            _row(service, story, day) for story in written(plan, service, sprint) if story.written.date() == day.date
        )


@lru_cache(maxsize=256)
def written(plan: Plan, service: Service, sprint: int) -> tuple[Story, ...]:
    """The stories that a team writes during a sprint: for the next one, but for a few that cannot wait."""
    found: list[tuple[Dice, datetime]] = []
    for number in range(_DAYS):
        day = plan.company.day(first_day(sprint) + timedelta(days=number))
        rng = plan.dice(f"stories/{service.team}", day)
        if plan.is_working_day(day):
            found += [(rng, plan.working_moment(rng, day)) for _ in range(rng.choice(_WRITTEN_IN_A_DAY))]
    return tuple(_story(rng, service, sprint, (place, len(found)), moment) for place, (rng, moment) in enumerate(found))


def _story(rng: Dice, service: Service, sprint: int, place: tuple[int, int], moment: datetime) -> Story:
    """The stories of a sprint are begun one after the other, up to a day before its end."""
    size = rng.choice(_SIZES)
    is_added = rng.random() < 0.08
    if is_added:
        monday = moment.date() - timedelta(days=moment.weekday())
        begun = hours_of(moment) + 3 * rng.random()
    else:
        sprint += 1
        monday = first_day(sprint)
        begun = 0.9 * _HOURS * (place[0] + rng.random()) / place[1]
    reviewed = begun + min(40.0, (4 + 1.6 * size) * rng.lognormvariate(0, 0.35))
    tested = reviewed + min(15.0, rng.lognormvariate(1.3, 0.6))
    done = tested + min(15.0, rng.lognormvariate(1.5, 0.6))
    return Story(
        number=f"{service.team}-{moment:%Y%m%d}-{place[0]}",
        sprint=sprint,
        size=size,
        assignee=f"{service.team}-{1 + rng.randrange(DEVELOPERS)}",
        written=moment,
        started=at_work(monday, begun),
        reviewed=at_work(monday, reviewed),
        tested=at_work(monday, tested),
        done=at_work(monday, done),
        is_added=is_added,
        is_given_up=rng.random() < 0.02,
    )


def _row(service: Service, story: Story, day: Day) -> Record:
    given_up = story.reviewed if story.is_given_up else None
    reviewed, tested, done = (None,) * 3 if given_up else (story.reviewed, story.tested, story.done)
    hours = round((story.done - story.started) / timedelta(hours=1), 2)
    joined = story.written if story.is_added else _begin(story.sprint)
    carried = _begin(story.sprint + 1) if done and story.is_carried_over else None
    return Record(
        "story_metrics",
        max(story.written, day.midnight),
        {
            "story_id": story.number,
            "project": service.project,
            "team": service.team,
            "sprint_id": Steps(
                (None, story.written),
                (_name(service, story.sprint), joined),
                (_name(service, story.sprint + 1), carried),
            ),
            "story_size": str(story.size),
            "status": Steps(
                ("Backlog", story.written),
                ("In Development", story.started),
                ("In Review", reviewed),
                ("In QA", tested),
                ("Done", done),
                ("Cancelled", given_up),
            ),
            "assignee": Steps((None, story.written), (story.assignee, story.started)),
            "cycle_time_hours": Steps((None, story.written), (hours, done)),
            "created_at": story.written,
            "started_at": story.started,
            "in_review_at": reviewed,
            "in_qa_at": tested,
            "done_at": done,
            "cancelled_at": given_up,
        },
    )


def _sprint(plan: Plan, service: Service, number: int, born: datetime) -> Record:
    """Planned is what is in it when it begins; done is what is done in it, planned or not."""
    stories = [story for each in (number - 2, number - 1, number) for story in written(plan, service, each)]
    mine = [story for story in stories if story.sprint == number]
    carried = [story for story in stories if story.sprint == number - 1 and story.is_carried_over]
    planned = sum(story.size for story in (*mine, *carried) if not (story.sprint == number and story.is_added))
    done = [story for story in (*mine, *carried) if story.finishing_sprint == number and not story.is_given_up]
    points = _sums([(story.done, story.size) for story in done])
    begin = _begin(number)
    return Record(
        "sprint_metrics",
        born,
        {
            "project": service.project,
            "team": service.team,
            "sprint_id": _name(service, number),
            "sprint_number": number,
            "starts_on": first_day(number).isoformat(),
            "ends_on": (first_day(number + 1) - timedelta(days=1)).isoformat(),
            "story_points_planned": planned,
            "story_points_completed": Steps((0, begin), *((total, moment) for moment, total in points)),
            "story_points_added": Steps(
                (0, begin),
                *((total, at) for at, total in _sums([(one.written, one.size) for one in mine if one.is_added])),
            ),
            "completion_rate": Steps(
                (0.0, begin), *((round(100 * total / max(1, planned), 3), moment) for moment, total in points)
            ),
        },
    )


def _sums(points: list[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """The moments in order, each with the points up to it."""
    found, total = [], 0
    for moment, more in sorted(points):
        total += more
        found.append((moment, total))
    return found


def _limits(service: Service, day: Day) -> Iterator[Record]:
    for column, limit in _LIMITS.items():
        yield Record(
            "wip_limits",
            day.midnight,
            {"team": service.team, "column_name": column, "limit_value": limit, "set_at": day.midnight},
        )


def _begin(sprint: int) -> datetime:
    return at_work(first_day(sprint), 0)


def _name(service: Service, sprint: int) -> str:
    return f"{service.team}-{sprint}"
