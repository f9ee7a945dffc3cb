"""Messages over real ways: a mail server and a web server of the test's own; what happens while these are away."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy.orm import Session, sessionmaker

from monitoring.centre import notices
from monitoring.centre.models import CollectorRow, Device, Incident, Notice, NoticeRule
from monitoring.centre.notice_texts import MessageFacts, say, subject_of, text_of
from ventspils.core.database.engine import close_registry, open_registry
from ventspils.core.errors import UsageError
from ventspils.core.i18n import LANGUAGES
from ventspils.core.places import Agency, Contact, Site
from ventspils.core.security.models import Token
from ventspils.core.security.secrets import Vault

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


class MailServer:
    """A real SMTP server that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.messages.append(envelope.content.decode())
        return "250 OK"

    def stop(self) -> None:
        self._controller.stop()


class WebServer:
    """A real web server that keeps what is posted to it; `status` is what it answers."""

    def __init__(self) -> None:
        self.posted: list[Any] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if outer.status == 200:
                    outer.posted.append(json.loads(body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def web() -> Iterator[WebServer]:
    server = WebServer()
    yield server
    server.stop()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "key")


@pytest.fixture
def sessions(tmp_path: Path, copy_registry: Callable[[Path], str]) -> Iterator[sessionmaker[Session]]:
    made = open_registry(copy_registry(tmp_path / "r.sqlite"))
    with made.begin() as session:
        session.add(Agency(id="a", name="Mūzikas skola"))
        session.flush()
        session.add(Site(id="s", agency_id="a", name="Akmeņu iela 2"))
        session.flush()
        session.add(Device(id="d", name="sw-1", site_id="s", host="10.0.0.1", port=161, reach="icmp", zone="default"))
        session.add(Token(id="t", name="t", scope="write", hash="h", created_at=NOW))
        session.flush()
        session.add(
            CollectorRow(
                id="c",
                name="c",
                zone="default",
                public_key=b"",
                token_hash="x",
                write_token_id="t",
                sealed_write_token=b"",
                enrolled_at=NOW,
            )
        )
        session.add(Contact(id="k", agency_id="a", kind="caretaker", name="Jānis", phone="+371 20000000"))
        session.add(
            Incident(
                id="i",
                collector_id="c",
                device_id="d",
                agency_id="a",
                rule="unreachable",
                object="",
                severity="critical",
                detail="",
                raised_at=NOW,
                turned_at=NOW,
                settled_at=NOW,
            )
        )
    yield made
    close_registry(made)


def add_rule(sessions: sessionmaker[Session], vault: Vault, address: str, *, language: str = "lv") -> None:
    with sessions.begin() as session:
        rule = NoticeRule(id="r", name="duty", kind="x", least_severity="warning", language=language)
        rule.sealed_address = vault.seal(address, "notice rule r")
        session.add(rule)


def post(sessions: sessionmaker[Session], vault: Vault) -> notices.Post:
    return notices.Post(sessions, vault, "https://centre.example", "Europe/Riga")


def run(sessions: sessionmaker[Session], vault: Vault, now: datetime = NOW) -> int:
    with sessions.begin() as session:
        notices.queue(session, now)
    return notices.send_due(post(sessions, vault), now)


def states(sessions: sessionmaker[Session]) -> list[tuple[str, int, bool]]:
    with sessions() as session:
        return [(n.state, n.tries, n.may_repeat) for n in session.query(Notice).order_by(Notice.id)]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_mail_says_what_where_since_when_whom_to_call_and_links_to_the_problem(
    sessions: sessionmaker[Session], vault: Vault, mail: MailServer
) -> None:
    import email
    from email.header import decode_header, make_header

    add_rule(sessions, vault, f"mailto://127.0.0.1:{mail.port}?from=centre@town.example&to=duty@town.example")
    assert run(sessions, vault) == 1
    (message,) = mail.messages
    parsed = email.message_from_string(message)
    assert str(make_header(decode_header(parsed["Subject"]))) == "Traucējums: sw-1 neatbild"
    text = "".join(
        part.get_payload(decode=True).decode()
        for part in parsed.walk()
        if part.get_content_type().startswith("text/")  # type: ignore[union-attr]
    )
    for part in ("Mūzikas skola", "Akmeņu iela 2", "26.11.2026 14:00", "Jānis", "+371 20000000", "/problems?problem=i"):
        assert part in text, part


def test_a_webhook_is_told_once_and_again_when_it_is_over(
    sessions: sessionmaker[Session], vault: Vault, web: WebServer
) -> None:
    add_rule(sessions, vault, f"json://127.0.0.1:{web.port}/hook", language="en")
    assert [run(sessions, vault), run(sessions, vault), run(sessions, vault, NOW + timedelta(hours=2))] == [1, 0, 0]
    assert [m["title"] for m in web.posted] == ["Problem: sw-1 does not answer"]
    with sessions.begin() as session:
        session.get_one(Incident, "i").cleared_at = NOW + timedelta(hours=2)
    run(sessions, vault, NOW + timedelta(hours=2, minutes=1))
    assert [m["title"] for m in web.posted] == ["Problem: sw-1 does not answer", "Over: sw-1 does not answer"]


def test_while_the_other_side_is_away_messages_wait_and_arrive_once(
    sessions: sessionmaker[Session], vault: Vault, web: WebServer
) -> None:
    add_rule(sessions, vault, f"json://127.0.0.1:{web.port}/hook")
    web.status = 503
    assert run(sessions, vault) == 0
    assert run(sessions, vault, NOW + timedelta(seconds=5)) == 0  # not due yet
    assert states(sessions) == [("queued", 1, False)]
    web.status = 200
    assert run(sessions, vault, NOW + timedelta(minutes=2)) == 1
    assert len(web.posted) == 1
    assert states(sessions) == [("sent", 2, False)]


def test_a_dead_mail_server_is_given_up_after_a_day_with_the_reason(
    sessions: sessionmaker[Session], vault: Vault
) -> None:
    add_rule(sessions, vault, "mailto://127.0.0.1:9?from=a@b.example&to=c@d.example")
    assert run(sessions, vault) == 0
    assert run(sessions, vault, NOW + timedelta(hours=25)) == 0
    with sessions() as session:
        (notice,) = session.query(Notice).all()
    assert notice.state == "given up"
    assert notice.trouble


def test_a_message_under_way_when_the_process_died_is_sent_again_and_says_so(
    sessions: sessionmaker[Session], vault: Vault, web: WebServer
) -> None:
    add_rule(sessions, vault, f"json://127.0.0.1:{web.port}/hook", language="en")

    class DiedError(BaseException):
        pass

    def die(*_: str) -> None:
        raise DiedError

    dying = notices.Post(sessions, vault, "https://centre.example", "Europe/Riga", die)  # type: ignore[arg-type] # it never returns
    with sessions.begin() as session:
        notices.queue(session, NOW)
    with pytest.raises(DiedError):
        notices.send_due(dying, NOW)
    assert states(sessions) == [("sending", 1, False)]
    with sessions.begin() as session:
        notices.recover(session)
    assert notices.send_due(post(sessions, vault), NOW) == 1
    assert "may be a repeat" in web.posted[0]["message"]


def test_a_rule_hears_only_of_its_institution_and_of_what_is_bad_enough(
    sessions: sessionmaker[Session], vault: Vault, web: WebServer
) -> None:
    add_rule(sessions, vault, f"json://127.0.0.1:{web.port}/hook")
    with sessions.begin() as session:
        session.add(Agency(id="b", name="other"))
        session.flush()
        session.get_one(NoticeRule, "r").agency_id = "b"
    assert run(sessions, vault) == 0
    with sessions.begin() as session:
        rule = session.get_one(NoticeRule, "r")
        rule.agency_id, rule.least_severity = "a", "critical"
        session.get_one(Incident, "i").severity = "warning"
    assert run(sessions, vault) == 0
    with sessions.begin() as session:
        session.get_one(Incident, "i").severity = "critical"
    assert run(sessions, vault) == 1


@pytest.mark.parametrize("address", ["", "nonsense", "syslog://x", "dbus://", "file:///etc/passwd", "mailto://"])
def test_addresses_that_cannot_be_or_act_on_this_machine_are_refused(address: str) -> None:
    with pytest.raises(UsageError):
        notices.check_address(address)


def told(**change: Any) -> MessageFacts:
    base: dict[str, Any] = {
        "is_over": False, "may_repeat": False, "rule": "port_down", "object": "Gi0/1 {x} <b>", "detail": "{0}",
        "severity": "critical",
        "device": "sw", "site": "s", "agency": "a", "behind": 3, "at": NOW, "link": "l",
    }  # fmt: skip
    return MessageFacts(**(base | change))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "rule",
    [
        "unreachable",
        "snmp_silent",
        "port_down",
        "utilisation",
        "errors",
        "sensor",
        "clock",
        "spool",
        "store",
        "collector_silent",
        "x",
    ],
)
def test_every_rule_has_words_and_text_of_devices_stays_text(language: str, rule: str) -> None:
    one = told(rule=rule)
    assert (say(one, language) == f"{one.object} {one.detail}") is (rule == "x")
    assert "sw" in subject_of(one, language)
    assert "3" in text_of(one, language)


def test_what_is_no_news_any_more_when_the_other_side_is_back_is_not_sent(
    sessions: sessionmaker[Session], vault: Vault, web: WebServer
) -> None:
    add_rule(sessions, vault, f"json://127.0.0.1:{web.port}/hook")
    web.status = 503
    run(sessions, vault)
    with sessions.begin() as session:
        session.get_one(Incident, "i").acknowledged_at = NOW
    web.status = 200
    assert run(sessions, vault, NOW + timedelta(minutes=5)) == 0
    assert web.posted == []
    assert states(sessions) == [("given up", 1, False)]
    with sessions.begin() as session:
        session.get_one(Incident, "i").cleared_at = NOW + timedelta(minutes=6)
    assert run(sessions, vault, NOW + timedelta(minutes=7)) == 0  # who never heard of it hears nothing of its end


def test_an_address_that_does_not_open_holds_no_other_message_up(
    sessions: sessionmaker[Session], vault: Vault, web: WebServer
) -> None:
    add_rule(sessions, vault, f"json://127.0.0.1:{web.port}/hook")
    with sessions.begin() as session:
        bad = NoticeRule(
            id="b", name="bad", kind="x", least_severity="warning", language="en", sealed_address=b"nothing"
        )
        session.add(bad)
    assert run(sessions, vault) == 1
    assert sorted(state for state, _, _ in states(sessions)) == ["queued", "sent"]


def test_an_institution_whose_devices_hang_on_anothers_dead_one_hears_of_it_once(
    sessions: sessionmaker[Session], vault: Vault, web: WebServer
) -> None:
    add_rule(sessions, vault, f"json://127.0.0.1:{web.port}/hook")
    with sessions.begin() as session:
        session.add(Agency(id="b", name="other"))
        session.flush()
        session.get_one(NoticeRule, "r").agency_id = "b"
        for k in range(3):
            session.add(
                Incident(
                    id=f"child-{k}",
                    collector_id="c",
                    device_id=f"x{k}",
                    agency_id="b",
                    rule="unreachable",
                    object="",
                    severity="critical",
                    detail="",
                    raised_at=NOW,
                    turned_at=NOW,
                    settled_at=NOW,
                    root_id="i",
                )
            )
    assert run(sessions, vault) == 1
    assert run(sessions, vault, NOW + timedelta(minutes=1)) == 0
