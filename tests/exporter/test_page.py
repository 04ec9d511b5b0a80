"""The status page, as text and in a real Chromium."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
import uvicorn
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse
from starlette.routing import Route

from exporter.page import age, ahead, length, render
from exporter.status import PartStatus, ProcessStatus

pytestmark = pytest.mark.xdist_group("page")
NOW = datetime(2026, 3, 4, 12, 30, 5, tzinfo=UTC)
NASTY = "could not run refunds.sql: <script>document.title = 'owned'</script> & \"more\" " + "x" * 300 + "\nsecond line"


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


PROCESS = ProcessStatus("0.1.0", NOW, ago(273_840), "kpi.yaml", ago(7300))
UP = PartStatus("commerce", "payments", "app", "up", ago(14), ago(-46), 0.0812, 60, 1204)
DOWN = PartStatus("commerce", "refunds", "acme", "down", ago(4000), ago(-206), 10.004, 60, 0, NASTY, stale=True)
OFF = PartStatus(
    "app_performance", "crashes", "app", "off", None, ago(-300), 0.003, 300, 0, "table crash_reports is missing"
)
WAITING = PartStatus("engagement", "retention", "app", "waiting", ago(86_000), ago(-2), None, 3600, 240, restored=True)
ROWS = [UP, DOWN, OFF, WAITING]

# The lowest contrast ratio of any visible text against what lies behind it (WCAG 2, 1.4.3).
LOWEST_CONTRAST = """() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => channels(colour).slice(0, 3).map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    const clear = channels(colour)[3] === 0;
    return clear && element.parentElement ? behind(element.parentElement) : colour;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let lowest = 21;
  while (walker.nextNode()) {
    if (!walker.currentNode.textContent.trim()) continue;
    const element = walker.currentNode.parentElement;
    const pair = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a);
    lowest = Math.min(lowest, (pair[0] + 0.05) / (pair[1] + 0.05));
  }
  return lowest;
}"""


@contextmanager
def serving(html: str) -> Iterator[str]:
    """A server that answers `/` with the page; yields its address."""

    async def page(_request: HttpRequest) -> HTMLResponse:
        return HTMLResponse(html)

    app = Starlette(routes=[Route("/", page)])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server ended before it had started"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(render(ROWS, PROCESS)) as served:
        yield served


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    opened.goto(address)
    yield opened
    opened.close()


def test_a_screen_reader_finds_landmarks_headings_and_a_captioned_table_per_collector(page: Page) -> None:
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("navigation", name="Endpoints").get_by_role("link").all_inner_texts() == [
        "Handbook",
        "Runbooks",
        "All metrics",
        "Readiness",
        "Health",
    ]
    assert page.get_by_role("heading", level=1).inner_text().startswith("KPI Exporter")
    for name in ("app_performance", "commerce", "engagement"):
        region = page.get_by_role("region", name=name, exact=True)
        assert region.get_by_role("heading", level=2, name=name).count() == 1
        assert region.get_by_role("table", name=f"Parts of {name}").count() == 1
        link = region.get_by_role("link", name=f"Values of {name}")
        assert link.get_attribute("href") == f"/collectors/{name}"


def test_cells_have_row_and_column_headers_on_a_wide_and_on_a_narrow_screen(page: Page) -> None:
    for width in (1200, 390):
        page.set_viewport_size({"width": width, "height": 844})
        table = page.get_by_role("table", name="Parts of commerce")
        headers = table.get_by_role("columnheader", include_hidden=True).all_text_contents()
        assert headers == ["Part", "State", "Source", "Values from", "Next run", "Every", "Last run took", "Series"]
        assert table.get_by_role("rowheader").all_text_contents() == ["payments", "refunds"]
        cells = table.get_by_role("row").filter(has_text="payments").get_by_role("cell").all_text_contents()
        assert [cell.strip() for cell in cells] == ["Up", "app", "14 s ago", "in 46 s", "1 min", "81 ms", "1,204"]


def test_tab_reaches_every_link_in_reading_order_with_a_visible_focus(page: Page) -> None:
    reached = []
    for _ in range(page.get_by_role("link").count()):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert reached == [
        "Handbook",
        "Runbooks",
        "All metrics",
        "Readiness",
        "Health",
        "commerce / refunds",
        "Values of app_performance",
        "Values of commerce",
        "Values of engagement",
        "Show the present state",
    ]


@pytest.mark.parametrize("width", [320, 390, 840, 1200])
def test_page_never_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_text_has_enough_contrast(page: Page, scheme: Literal["light", "dark"], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 20)"
    assert dark == (scheme == "dark")
    assert page.evaluate(LOWEST_CONTRAST) >= 4.5


def test_page_asks_for_nothing_but_itself_and_reports_no_console_error(browser: Browser, address: str) -> None:
    opened = browser.new_page()
    addresses: list[str] = []
    messages: list[str] = []
    opened.on("request", lambda request: addresses.append(request.url))
    opened.on("console", lambda message: messages.append(message.text))
    opened.goto(address, wait_until="networkidle")
    assert [url for url in addresses if not url.startswith("data:")] == [address]
    assert messages == []


def test_an_error_is_shown_in_full_as_text_and_never_as_markup(page: Page) -> None:
    assert page.title() == "1 down – KPI Exporter"
    error = page.locator("td.error pre").filter(has_text="refunds.sql")
    assert error.text_content() == NASTY
    assert page.locator("script").count() == 0


def test_page_is_the_same_without_scripts(browser: Browser, address: str) -> None:
    opened = browser.new_context(java_script_enabled=False).new_page()
    opened.goto(address)
    assert opened.get_by_role("table").count() == 3


def test_the_link_to_a_part_that_is_down_leads_to_its_row(page: Page) -> None:
    page.get_by_role("link", name="commerce / refunds").click()
    assert page.locator("tr:target").get_by_role("rowheader").inner_text() == "refunds"


@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_reason_of_a_source_is_given_once_and_other_faults_stand_out(
    browser: Browser, scheme: Literal["light", "dark"], width: int
) -> None:
    reason = "could not reach the source acme: <b>connection refused</b> " + "x" * 300
    away = [replace(DOWN, part=f"query_{number}", error="", source_down=True) for number in range(40)]
    former = replace(away[0], part="was_faulty", error="the server refused: division by zero")
    process = replace(PROCESS, sources_down={"acme": reason})
    with serving(render([*ROWS, *away, former, replace(UP, source="acme")], process)) as served:
        opened = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
        opened.goto(served)
        (told,) = opened.get_by_role("region", name="1 source is down").get_by_role("listitem").all_inner_texts()
        assert told.split("\n", 1) == ["acme, and with it 41 of 43 parts", reason]
        other = opened.get_by_role("region", name="1 more part is down")
        assert other.get_by_role("listitem").all_inner_texts() == ["commerce / refunds on acme"]
        assert opened.locator("td.error.down pre").all_text_contents() == [NASTY]
        row = opened.get_by_role("row").filter(has_text="query_7")
        assert row.get_by_role("cell").nth(0).inner_text() == "Down"
        assert row.get_by_role("cell").nth(1).inner_text().split() == ["acme", "did", "not", "answer"]
        assert opened.evaluate("document.documentElement.scrollWidth") == width
        assert opened.evaluate(LOWEST_CONTRAST) >= 4.5
        opened.close()
    assert "sources are down" in render(ROWS, replace(PROCESS, sources_down={"acme": "no", "zen": "no"}))
    assert "down-sources" not in render(ROWS, PROCESS)


def test_what_a_good_run_had_to_do_without_is_shown_with_the_reason_until_a_run_fails(browser: Browser) -> None:
    missing = {"cache-2:6379": "<b>refused</b>", "cache-1:6379": "TimeoutError: no answer"}
    part = replace(UP, collector="redis", part="redis", source="", missing=missing)
    with serving(render([*ROWS, part], PROCESS)) as served:
        opened = browser.new_page(viewport={"width": 390, "height": 844})
        opened.goto(served)
        told = opened.get_by_role("table", name="Parts of redis").locator("pre").inner_text()
        assert told.splitlines() == ["cache-1:6379: TimeoutError: no answer", "cache-2:6379: <b>refused</b>"]
        assert opened.evaluate("document.documentElement.scrollWidth") == 390
        assert opened.evaluate(LOWEST_CONTRAST) >= 4.5
        opened.close()
    failed = render([replace(part, state="down", error="KeyError: 'no'")], PROCESS)
    assert "cache-1" not in failed


def test_page_tells_stale_and_restored_values_apart() -> None:
    text = render(ROWS, PROCESS)
    assert text.count("too old, no longer served") == 1
    assert text.count("from before the start") == 1
    assert "from before the start" not in render([replace(WAITING, restored=False)], PROCESS)


def test_a_collector_is_off_only_when_all_of_its_parts_are() -> None:
    def heading(*rows: PartStatus) -> str:
        return render(rows, PROCESS).split('<h2 id="collector-', 1)[1].split("</div>", 1)[0]

    crashes_up = replace(OFF, part="requests", state="up", error="")
    assert "Off" in heading(OFF)
    assert "Up" in heading(OFF, crashes_up)
    assert "Down" in heading(replace(OFF, state="down"), crashes_up)


def test_collector_without_sources_has_no_source_column() -> None:
    text = render([replace(UP, source="")], PROCESS)
    assert "Source" not in text
    assert 'colspan="7"' in render([replace(DOWN, source="")], PROCESS)


def test_failed_reload_is_shown_with_its_reason_and_a_good_one_is_not() -> None:
    reason = "kpi.yaml:14: sources.app.statement_timeout: expected a duration such as 10s, got <ten>"
    text = render(ROWS, replace(PROCESS, config_error=reason))
    assert "The last reload failed" in text
    assert reason.replace("<ten>", "&lt;ten&gt;") in text
    assert "The last reload failed" not in render(ROWS, PROCESS)


def test_collectors_that_could_not_be_loaded_are_listed_and_linked_from_the_configuration(browser: Browser) -> None:
    broken = "could not load broken.py: <script>document.title = 'owned'</script> " + "x" * 300
    with serving(render(ROWS, replace(PROCESS, problems=(broken, "could not load refused.sql: no SELECT")))) as served:
        opened = browser.new_page(viewport={"width": 390, "height": 844})
        opened.goto(served)
        section = opened.get_by_role("region", name="2 collectors are left out")
        assert section.get_by_role("listitem").all_inner_texts() == [broken, "could not load refused.sql: no SELECT"]
        assert opened.evaluate("document.documentElement.scrollWidth") == 390
        assert opened.evaluate(LOWEST_CONTRAST) >= 4.5
        opened.get_by_role("link", name="2 left out").click()
        assert opened.locator("h2:target").inner_text() == "2 collectors are left out"
    assert "1 collector is left out" in render(ROWS, replace(PROCESS, problems=("no",)))
    assert "left out" not in render(ROWS, PROCESS)


def test_process_facts_are_shown() -> None:
    text = render(ROWS, PROCESS)
    for fact in ("0.1.0", "3 d 4 h", "1,444", "kpi.yaml", "2 h 1 min ago", "2026-03-04 12:30:05 UTC"):
        assert fact in text


def test_page_without_collectors_says_what_to_do() -> None:
    assert "No collector is enabled" in render([], PROCESS)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0004, "0 ms"),
        (0.0812, "81 ms"),
        (0.9999, "1 s"),
        (1.0, "1 s"),
        (2.412, "2.4 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (206, "3 min 26 s"),
        (734, "12 min"),
        (3600, "1 h"),
        (7300, "2 h 1 min"),
        (86_400, "1 d"),
        (273_840, "3 d 4 h"),
    ],
)
def test_lengths_of_time_read_as_people_say_them(seconds: float, text: str) -> None:
    assert length(seconds) == text


def test_moments_read_as_distances_and_a_moment_that_has_come_is_now() -> None:
    assert age(ago(75), NOW) == "1 min 15 s ago"
    assert age(ago(-3), NOW) == "now"
    assert ahead(ago(-75), NOW) == "in 1 min 15 s"
    assert ahead(ago(30), NOW) == "now"
