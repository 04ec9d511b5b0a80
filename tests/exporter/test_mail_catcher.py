"""The mail server of the demo takes what any client sends, and shows it."""

import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
import requests

from exporter.mail_catcher import MailCatcher
from tests.exporter.support import free_port


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    with MailCatcher(free_port(), free_port(), most=3) as running:
        yield running


def send(
    catcher: MailCatcher, subject: str, text: str = "", html: str = "", to: str = "on-call@company.example"
) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "alertmanager@company.example", to
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    host, _, port = catcher.address.partition(":")
    with smtplib.SMTP(host, int(port), timeout=5) as client:
        client.send_message(message)


def test_a_mail_is_kept_with_both_its_texts(catcher: MailCatcher) -> None:
    send(catcher, "37 % of the payments fail – Stripe", "Look: äöü €", "<p>Look: <b>äöü €</b></p>")
    (mail,) = catcher.mails
    assert mail.subject == "37 % of the payments fail – Stripe"
    assert mail.to == "on-call@company.example"
    assert mail.text == "Look: äöü €"
    assert mail.html == "<p>Look: <b>äöü €</b></p>"


def test_only_the_last_mails_are_kept(catcher: MailCatcher) -> None:
    for number in range(5):
        send(catcher, f"number {number}")
    assert [mail.subject for mail in catcher.mails] == ["number 2", "number 3", "number 4"]


def test_the_page_shows_the_newest_first(catcher: MailCatcher) -> None:
    assert "There is none yet." in requests.get(catcher.url, timeout=5).text
    send(catcher, "older", "with text")
    send(catcher, "newer", "", "<p>with HTML</p>")
    answer = requests.get(catcher.url, timeout=5)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.text.index("<h2>newer") < answer.text.index("<h2>older")
    assert "<pre>with text</pre>" in answer.text
    assert "&lt;p&gt;with HTML&lt;/p&gt;" in answer.text
    assert requests.get(f"{catcher.url}/1", timeout=5).status_code == 404


def test_what_a_mail_says_cannot_act_on_the_page(catcher: MailCatcher) -> None:
    attack = "\"></iframe><script>alert('1')</script>"
    send(catcher, attack, attack, attack)
    send(catcher, attack, attack)
    answer = requests.get(catcher.url, timeout=5)
    assert "<script>" not in answer.text
    assert "</iframe><script" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(("place", "status"), [("chat", 200), ("pager", 202), ("elsewhere", 404)])
def test_messages_to_chat_and_pager_are_accepted_and_dropped(catcher: MailCatcher, place: str, status: int) -> None:
    address = catcher.url.replace("/mails", f"/{place}")
    assert requests.post(address, json={"text": "37 % of the payments fail"}, timeout=5).status_code == status
    assert catcher.mails == []


def test_its_ports_are_free_again_when_it_ends() -> None:
    ports = free_port(), free_port()
    for _ in range(2):
        with MailCatcher(*ports) as running:
            send(running, "here I am")
            assert len(running.mails) == 1
        for port in ports:
            with socket.socket() as probe:
                assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_taken_port_is_told_and_nothing_stays_open(catcher: MailCatcher) -> None:
    taken = int(catcher.url.removesuffix("/mails").rpartition(":")[2])
    port = free_port()
    with pytest.raises(OSError, match="in use"), MailCatcher(port, taken):
        pass
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
