from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from ventspils.core.database.engine import close_registry, open_registry
from ventspils.core.errors import DamagedError
from ventspils.core.security.audit import record, verify
from ventspils.core.security.models import AuditEntry, AuditHead

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def sessions(tmp_path: Path, copy_registry: Callable[[Path], str]) -> Iterator[sessionmaker[Session]]:
    made = open_registry(copy_registry(tmp_path / "r.sqlite"))
    with made.begin() as session:
        for k in range(5):
            record(session, actor="anna", what="device added", on=f"sw-{k}", detail={"k": k}, now=NOW)
    yield made
    close_registry(made)


def test_an_untouched_log_is_whole(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        found = verify(session)
        assert found.entries == 5
        assert found.head == session.scalars(select(AuditHead.hash)).one()


def test_a_change_that_is_rolled_back_leaves_no_entry(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        record(session, actor="anna", what="x", on="y", now=NOW)
        session.rollback()
    with sessions() as session:
        assert verify(session).entries == 5


@pytest.mark.parametrize("column", ["at", "actor", "what", "object", "detail", "hash"])
@pytest.mark.parametrize("number", [1, 3, 5])
def test_any_altered_field_shows(sessions: sessionmaker[Session], column: str, number: int) -> None:
    with sessions.begin() as session:
        session.execute(update(AuditEntry).where(AuditEntry.number == number).values({column: "altered"}))
    with sessions() as session, pytest.raises(DamagedError, match=f"Entry {number} "):
        verify(session)


@pytest.mark.parametrize("number", [1, 3, 5])
def test_any_removed_entry_shows(sessions: sessionmaker[Session], number: int) -> None:
    with sessions.begin() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.number == number))
    with sessions() as session, pytest.raises(DamagedError):
        verify(session)


def test_an_entry_put_behind_the_end_shows(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        session.add(AuditEntry(number=6, at="", actor="", what="", object="", detail="", hash="x"))
    with sessions() as session, pytest.raises(DamagedError, match="Entry 6"):
        verify(session)
