"""The options of collectors: read, checked with lines, and given to each run."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from collectors import Collector, Run
from collectors.durations import parse_duration
from collectors.option import Option
from collectors.redis_server import servers
from exporter.config import Config, ConfigError, load
from exporter.config_options import read_options
from exporter.job import Job
from metrics import Reading

Read = Callable[[str], Config]


class Tickets(Collector):
    """Asks a helpdesk."""

    name = "tickets"
    metrics = ()
    options: Sequence[Option] = (
        Option("url", "Where it is."),
        Option("token", "Opens it.", secret=True),
        Option("slow_after", "Slow.", "1s", parse_duration),
    )

    def collect(self, run: Run) -> Iterable[Reading]:
        return ()


class Caches(Tickets):
    """Asks Redis servers."""

    options = (Option("url", "Where they are.", parse=servers, secret=True),)


KNOWN = {"tickets": Tickets()}


@pytest.fixture
def config(tmp_path: Path) -> Read:
    """`config(options)` is a configuration with these options of the collector tickets, each on a line of its own."""

    def read(options: str) -> Config:
        path = tmp_path / "kpi.yaml"
        path.write_text(
            "collectors:\n  tickets:\n    options:\n" + "".join(f"      {o}\n" for o in options.split("; "))
        )
        return load(path, {"TOKEN": "open sesame"})

    return read


def test_values_are_parsed_and_what_is_not_set_has_its_default(config: Read) -> None:
    assert read_options(Config(), KNOWN) == {"tickets": {"url": None, "token": None, "slow_after": 1}}
    given = config("url: https://help; token: ${TOKEN}; slow_after: 1m")
    assert read_options(given, KNOWN) == {"tickets": {"url": "https://help", "token": "open sesame", "slow_after": 60}}


def test_a_secret_may_lie_in_a_file_beside_the_configuration(config: Read, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from a file\n")
    assert read_options(config("token_file: token"), KNOWN)["tickets"]["token"] == "from a file"


def test_each_run_gets_the_options_of_its_job() -> None:
    (collector,) = KNOWN.values()
    job = Job(collector, (collector,), 60, 180, options={"url": "https://help"})
    assert job.new_run(collector, None, job.moment(None), live=True).options == {"url": "https://help"}


def test_faults_come_all_at_once_with_their_lines_and_without_secrets(config: Read, tmp_path: Path) -> None:
    given = config("ulr: x; token: hush; slow_after: long; token_file: nowhere")
    with pytest.raises(ConfigError) as caught:
        read_options(given, KNOWN)
    place = f"{tmp_path}/kpi.yaml"
    assert caught.value.problems == [
        f"{place}:4: collectors.tickets.options.ulr: unknown option; did you mean url?",
        f"{place}:5: collectors.tickets.options.token: expected token or token_file, got both",
        f"{place}:6: collectors.tickets.options.slow_after: expected a duration such as 10s, 15m or 1h30m, got 'long'",
        f"{place}:7: collectors.tickets.options.token_file: could not read the file 'nowhere': "
        "No such file or directory",
    ]
    assert "hush" not in str(caught.value)


def test_a_collector_that_is_off_needs_no_good_options(config: Read) -> None:
    given = config("ulr: x")
    off = given.model_copy(
        update={"collectors": {"tickets": given.collectors["tickets"].model_copy(update={"enabled": False})}}
    )
    assert read_options(off, KNOWN) == {}


@pytest.mark.parametrize("written", ["5", "0x1F", "1_000", "5.50", ".5", "yes", "2026-11-01", "7" * 80])
def test_a_number_or_a_truth_value_is_taken_as_the_text_that_the_file_has(config: Read, written: str) -> None:
    assert read_options(config(f"url: {written}"), KNOWN)["tickets"]["url"] == written


def test_a_merged_option_is_taken_as_it_is_written_too(config: Read) -> None:
    given = config("<<: {token: 007, url: 1}; url: 0x5; slow_after: 1m")
    assert read_options(given, KNOWN)["tickets"] == {"url": "0x5", "token": "007", "slow_after": 60}


def test_an_option_without_a_value_counts_as_not_given(config: Read) -> None:
    assert read_options(config("url:; slow_after: ~"), KNOWN)["tickets"] == {
        "url": None,
        "token": None,
        "slow_after": 1,
    }


def test_options_of_a_wrong_type_are_told_with_all_other_faults(config: Read, tmp_path: Path) -> None:
    given = config("url: [hush]; token: {a: hush}; slow_after: 5; ulr: x; token_file: ''")
    with pytest.raises(ConfigError) as caught:
        read_options(given, KNOWN)
    place = f"{tmp_path}/kpi.yaml"
    assert caught.value.problems == [
        f"{place}:4: collectors.tickets.options.url: expected text, a number, true or false, got a list",
        f"{place}:5: collectors.tickets.options.token: expected text, a number, true or false, got a mapping",
        f"{place}:6: collectors.tickets.options.slow_after: expected a duration such as 10s, 15m or 1h30m, got '5'",
        f"{place}:7: collectors.tickets.options.ulr: unknown option; did you mean url?",
        f"{place}:8: collectors.tickets.options.token_file: expected text that is not empty",
    ]


@pytest.mark.parametrize(
    "written",
    ["redis://h:99999", "redis://u:hu@sh/hush@h:6379", "redis://u:hu sh, it's@h", "redis", "rediss://:hush@h#@"],
)
def test_what_an_address_must_look_like_is_told_in_full_and_a_password_in_it_never(
    config: Read, tmp_path: Path, written: str
) -> None:
    (tmp_path / "url").write_text(written)
    for given, behind in ((f'url: "{written}"', ""), ("url_file: url", ", in the file that it names")):
        with pytest.raises(ConfigError) as caught:
            read_options(config(given), {"tickets": Caches()})
        assert caught.value.problems == [
            f"{tmp_path}/kpi.yaml:4: collectors.tickets.options.{given.partition(':')[0]}: expected addresses such as "
            "redis://server or rediss://server, and the port if it is not 6379, several with spaces between them, "
            "each server once; "
            f"in a password write %40 for the at sign and %2F for /{behind}"
        ]


@pytest.mark.parametrize("secret", [True, False])
@pytest.mark.parametrize("quoted", ["{0}", "{0!r}", "{1}"])
def test_a_parser_that_quotes_an_address_shows_no_password(config: Read, secret: bool, quoted: str) -> None:
    def parse(text: str) -> str:
        raise ValueError(f"expected an address such as https://help:443, got {quoted.format(text, text[:31])}")

    class Careless(Tickets):
        options = (Option("url", "Where it is.", parse=parse, secret=secret),)

    for password in ("hush", "hu@hush", "hush/hush", "hush'hush"):
        with pytest.raises(ConfigError) as caught:
            read_options(config(f'url: "https://me:{password}@help https://help"'), {"tickets": Careless()})
        assert "https://…" in str(caught.value)
        assert "hush" not in str(caught.value)
