"""The runbooks of a running exporter, as text and on a phone in a real Chromium."""

import re
import time
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import requests
from playwright.sync_api import Browser, Page

from exporter.artefacts import load
from exporter.assembly import assemble
from exporter.config import Config
from exporter.runbooks import RunbookPages
from tests.exporter.support import Exporter, wait_for, write_config
from tests.exporter.test_handbook import ids
from tests.exporter.test_page import LOWEST_CONTRAST

pytestmark = pytest.mark.xdist_group("runbooks")
ALERTS = [alert.name for group in load(Config()).rules for alert in group.alerts]
NASTY = "</title><script>document.title = 'owned'</script>"
PLUGIN = f"""\
from alert_rules import Alert, Group, Runbook, fires, silent
from alert_rules.teams import PRODUCT
from metrics import COUNT
from metrics.engagement import ACTIVE_USERS

TEXT = "{NASTY} [x](javascript:alert(1)) <img src=http://example.com/x>"
NOBODY = Alert(
    "NobodyIsHere",
    f"{{ACTIVE_USERS(window='1d')}} < 1",
    for_="10m",
    severity="info",
    team=PRODUCT,
    unit=COUNT,
    summary=TEXT,
    description="VALUE",
    runbook=Runbook(TEXT, TEXT, (TEXT,), (TEXT,)),
    board="nowhere",
    cases=(fires("a", {{}}, at="1m", value="1", description="1"), silent("b", {{}}, at="1m")),
)
GROUP = Group("plugin-group", (NOBODY,))
"""


@pytest.fixture(scope="module")
def exporter(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """An exporter with the built-in collectors and an alert of a plugin."""
    folder = tmp_path_factory.mktemp("runbooks")
    (folder / "plugins" / "alert_rules").mkdir(parents=True)
    (folder / "plugins" / "alert_rules" / "nobody.py").write_text(PLUGIN)
    config = write_config(folder, {"app": {"dsn": postgres.dsn(), "labels": {"shop": "north"}}}, built_in=True)
    with Exporter(config) as running:
        wait_for(lambda: running.answers("/-/healthy"))
        yield running


@pytest.fixture
def page(browser: Browser, exporter: Exporter) -> Iterator[Page]:
    """The runbook of an alert, on a phone."""
    opened = browser.new_page(viewport={"width": 390, "height": 844})
    opened.goto(f"{exporter.url}/runbooks/HighErrorRate")
    yield opened
    opened.close()


def test_every_alert_has_a_page_where_its_message_leads(exporter: Exporter) -> None:
    for name in ALERTS:
        answer = exporter.get(f"/runbooks/{name}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8"), name
        assert f"<h1>{name}</h1>" in answer.text


def test_a_page_has_the_fixed_headings_and_the_query_with_the_labels_of_the_sources(page: Page) -> None:
    assert page.get_by_role("heading", level=1).inner_text() == "HighErrorRate"
    headings = page.get_by_role("heading", level=2).all_inner_texts()
    assert headings == ["What it means", "How bad it is", "Check", "Mend", "Who", "The rule"]
    assert any("sum by (shop, service)" in block for block in page.locator("pre").all_inner_texts())


def test_links_lead_to_the_entries_of_the_handbook_and_to_grafana(exporter: Exporter) -> None:
    entries = set(ids(exporter.get("/handbook").text))
    html = exporter.get("/runbooks/HighErrorRate").text
    inside = re.findall(r'href="/handbook#([^"]*)"', html)
    assert "kpi_http_requests_total" in inside
    assert set(inside) <= entries
    assert 'href="http://localhost:3000/d/app-performance"' in html


def test_the_list_names_every_alert_and_leads_to_its_page(exporter: Exporter, page: Page) -> None:
    html = exporter.get("/runbooks/").text
    assert re.findall(r'href="/runbooks/(\w+)"', html).count("HighErrorRate") == 1
    assert set(re.findall(r'href="/runbooks/(\w+)"', html)) == {*ALERTS, "NobodyIsHere"}
    page.goto(f"{exporter.url}/handbook")
    page.get_by_role("link", name="Runbooks").click()
    page.get_by_role("link", name="HighErrorRate").first.click()
    assert page.url == f"{exporter.url}/runbooks/HighErrorRate"


def test_an_address_without_the_last_slash_leads_to_the_list(exporter: Exporter) -> None:
    assert exporter.get("/runbooks").url == f"{exporter.url}/runbooks/"


def test_an_alert_that_does_not_exist_is_told_in_a_sentence(exporter: Exporter) -> None:
    answer = exporter.get("/runbooks/<b>Nothing")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text == "there is no alert called <b>Nothing; /runbooks/ lists those there are"


def test_head_has_no_body_and_nothing_can_be_posted(exporter: Exporter) -> None:
    address = f"{exporter.url}/runbooks/HighErrorRate"
    answer = requests.head(address, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")
    assert requests.post(address, timeout=10).status_code == 405


def test_the_text_of_a_plugin_is_never_markup(exporter: Exporter, page: Page) -> None:
    for path in ("/runbooks/NobodyIsHere", "/runbooks/"):
        page.goto(exporter.url + path)
        assert "owned" not in page.title()
        assert NASTY in page.get_by_role("main").inner_text()
        assert page.locator("script, img, a[href^=javascript]").count() == 0


@pytest.mark.parametrize("path", ["/runbooks/", "/runbooks/HighErrorRate", "/runbooks/NobodyIsHere"])
@pytest.mark.parametrize("width", [320, 390, 1200])
def test_a_page_never_scrolls_sideways(page: Page, exporter: Exporter, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(exporter.url + path)
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(page: Page, exporter: Exporter, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    for path in ("/runbooks/", "/runbooks/HighErrorRate"):
        page.goto(exporter.url + path)
        assert page.evaluate(LOWEST_CONTRAST) >= 4.5


def test_a_page_asks_for_nothing_but_itself(browser: Browser, exporter: Exporter) -> None:
    opened = browser.new_page()
    addresses: list[str] = []
    opened.on("request", lambda request: addresses.append(request.url))
    opened.goto(f"{exporter.url}/runbooks/NobodyIsHere", wait_until="networkidle")
    assert [url for url in addresses if not url.startswith("data:")] == [f"{exporter.url}/runbooks/NobodyIsHere"]


def test_rules_are_read_once_for_each_assembly() -> None:
    pages, assembly = RunbookPages(), assemble(Config())
    assert pages.page(assembly, Config(), "HighErrorRate") is not None
    started = time.perf_counter()
    assert pages.page(assembly, Config(), "NoSuchAlert") is None
    assert time.perf_counter() - started < 0.01
