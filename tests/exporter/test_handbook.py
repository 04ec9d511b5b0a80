"""The handbook page of a running exporter, as text and in a real Chromium."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import bcrypt
import pytest
import requests
import yaml
from playwright.sync_api import Browser, Page

from exporter.assembly import assemble
from exporter.config import Config
from exporter.handbook import Handbook
from tests.exporter.support import Exporter, wait_for, write_config, write_query
from tests.exporter.test_page import LOWEST_CONTRAST

pytestmark = pytest.mark.xdist_group("handbook")
NASTY = "Orders | <script>document.title = 'owned'</script> [x](javascript:alert) `y` " + "x" * 300


@pytest.fixture(scope="module")
def exporter(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """A ready exporter with the built-in collectors and a plugin."""
    folder = tmp_path_factory.mktemp("handbook")
    write_query(folder / "plugins", "orders", "SELECT 5 AS kpi_orders", help=NASTY, every="1h")
    config = write_config(folder, {"app": postgres.dsn()}, built_in=True)
    with Exporter(config) as running:
        wait_for(lambda: running.answers("/-/healthy"))
        yield running


@pytest.fixture
def page(browser: Browser, exporter: Exporter) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    opened.goto(f"{exporter.url}/handbook")
    yield opened
    opened.close()


def ids(html: str) -> list[str]:
    return re.findall(r' id="([^"]*)"', html)


def test_every_metric_and_every_table_has_an_anchor_of_its_own_and_every_link_has_a_target(exporter: Exporter) -> None:
    answer = exporter.get("/handbook")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    found = ids(answer.text)
    assert {"kpi_revenue_amount", "kpi_orders", "kpi_exporter_collector_up", "payment_metrics"} <= set(found)
    assert len(set(found)) == len(found)
    links = re.findall(r'href="#([^"]*)"', answer.text)
    assert len(links) > 100
    assert set(links) <= set(found)


def test_head_has_the_headers_of_get_and_no_body(exporter: Exporter) -> None:
    answer = requests.head(exporter.url + "/handbook", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"], answer.content) == (
        200,
        "text/html; charset=utf-8",
        b"",
    )
    assert int(answer.headers["Content-Length"]) > 10_000
    assert requests.post(exporter.url + "/handbook", timeout=10).status_code == 405


def test_the_status_page_links_to_it(exporter: Exporter, page: Page) -> None:
    page.goto(exporter.url)
    page.get_by_role("link", name="Handbook").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Handbook"
    page.get_by_role("link", name="Status", exact=True).click()
    assert page.url == f"{exporter.url}/"


def test_a_link_of_a_panel_leads_to_the_entry_which_stands_out(exporter: Exporter, page: Page) -> None:
    page.goto(f"{exporter.url}/handbook#kpi_revenue_amount")
    heading = page.locator("h3:target")
    assert heading.inner_text() == "kpi_revenue_amount"
    box = heading.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 50
    ground = "getComputedStyle(document.querySelector('h3:target')).backgroundColor"
    assert page.evaluate(ground) == "rgb(227, 240, 236)"


def test_an_entry_shows_its_facts_and_its_example(page: Page) -> None:
    entry = page.locator("h3#kpi_revenue_amount ~ table").first
    rows = dict(entry.locator("tbody tr").evaluate_all("rows => rows.map(row => [...row.cells].map(c => c.innerText))"))
    assert rows["labels"] == "currency, category, window"
    assert rows["file"] == "collectors/commerce/revenue.sql"
    assert rows["runs"] == "every 60 s"
    entry.get_by_role("link", name="payment_metrics").click()
    assert page.locator("h3:target").inner_text() == "payment_metrics"
    example = page.locator("h3#kpi_revenue_amount ~ pre").first
    assert example.inner_text().strip() == 'kpi_revenue_amount{window="30d"}'


def test_the_text_of_a_plugin_is_shown_as_text_and_never_as_markup(page: Page) -> None:
    paragraph = page.locator("h3#kpi_orders + p")
    assert paragraph.inner_text() == f"Orders. {NASTY}"
    assert page.title() == "Handbook – KPI Exporter"
    assert page.locator("script").count() == 0
    assert page.locator("a[href^=javascript]").count() == 0


@pytest.mark.parametrize("width", [320, 390, 840, 1200])
def test_page_never_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    overflowing = """() => [...document.querySelectorAll("main *:not(pre code)")]
      .filter((element) => element.getBoundingClientRect().right > innerWidth).map((element) => element.outerHTML)"""
    assert page.evaluate(overflowing) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_text_has_enough_contrast(page: Page, scheme: Literal["light", "dark"], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 20)"
    assert dark == (scheme == "dark")
    assert page.evaluate(LOWEST_CONTRAST) >= 4.5


def test_page_asks_for_nothing_but_itself_and_reports_no_console_error(browser: Browser, exporter: Exporter) -> None:
    opened = browser.new_page()
    addresses: list[str] = []
    messages: list[str] = []
    opened.on("request", lambda request: addresses.append(request.url))
    opened.on("console", lambda message: messages.append(message.text))
    opened.goto(f"{exporter.url}/handbook", wait_until="networkidle")
    assert [url for url in addresses if not url.startswith("data:")] == [f"{exporter.url}/handbook"]
    assert messages == []


def test_scripts_and_assets_of_others_are_forbidden_by_the_page(exporter: Exporter) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', exporter.get("/handbook").text)
    (of_status,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', exporter.get("/").text)
    assert policy == of_status
    assert "default-src 'none'" in policy


def test_landmarks_and_headings_guide_a_screen_reader(page: Page) -> None:
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts() == [
        "Status",
        "All metrics",
        "Contract tables",
        "Runbooks",
    ]
    headings = page.get_by_role("heading", level=2).all_inner_texts()
    collected = ["Domain: App performance", "Domain: Commerce", "Domain: Engagement", "Domain: Orders"]
    assert [heading for heading in headings if heading in collected] == collected
    assert headings[-2:] == ["The exporter itself", "Contract tables"]


def test_a_password_guards_it_like_every_page(tmp_path: Path, postgres: Any) -> None:
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    (tmp_path / "web.yaml").write_text(yaml.safe_dump({"basic_auth_users": {"sre": hashed}}))
    config = write_config(tmp_path, {"app": postgres.dsn()}, web_config_file="web.yaml")
    with Exporter(config) as running:
        answer = wait_for(lambda: _get(running, None))
        assert answer == 401
        assert _get(running, ("sre", "secret")) == 200


def _get(running: Exporter, auth: tuple[str, str] | None) -> int:
    try:
        return running.get("/handbook", auth=auth).status_code
    except requests.ConnectionError:
        return 0


def test_a_reload_brings_the_entry_of_a_new_plugin_and_takes_that_of_a_removed_one(
    tmp_path: Path, postgres: Any
) -> None:
    first = write_query(tmp_path / "plugins", "orders", "SELECT 5 AS kpi_orders")
    with Exporter(write_config(tmp_path, {"app": postgres.dsn()})) as running:
        running.ready()
        assert "kpi_orders" in ids(running.get("/handbook").text)
        first.unlink()
        write_query(tmp_path / "plugins", "returns", "SELECT 5 AS kpi_returns")
        assert "kpi_orders" in ids(running.get("/handbook").text)
        assert requests.post(f"{running.url}/-/reload", timeout=10).status_code == 200
        found = ids(running.get("/handbook").text)
        assert "kpi_returns" in found
        assert "kpi_orders" not in found


def test_the_page_is_rendered_once_for_each_assembly() -> None:
    book, assembly = Handbook(), assemble(Config())
    first = book.page(assembly, Config())
    started = time.perf_counter()
    assert book.page(assembly, Config()) is first
    assert time.perf_counter() - started < 0.01
    assert book.page(assemble(Config()), Config()) is not first
