"""Looking for chances to dig once: whenever something changed that they are found from, and when the day does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC

from sqlalchemy.orm import Session

from gis.sharing import opportunity_register
from ventspils.centre.state import Centre


def bring_up_to_date(centre: Centre) -> None:
    """
    Look for chances if something changed since they were last looked for, or the day did; in a transaction of its own.

    Where nothing did, they are known to be as they would be found now.
    """
    with centre.chances_lock:
        now, asked = centre.now(), (centre.today(), centre.digs.count)
        if centre.chances_of != asked:
            with centre.sessions.begin() as session:
                opportunity_register.look(session, asked[0], now, centre.settings.town.fibre_party)
            centre.chances_of = asked
        centre.chances_as_of = now


@contextmanager
def changing_chances(centre: Centre) -> Iterator[Session]:
    """
    Give a session for a change on which chances hang; they are brought up to date with it in one transaction, while
    nobody else looks for them.
    """
    with centre.chances_lock, centre.sessions.begin() as session:
        yield session
        session.flush()
        opportunity_register.look(session, centre.today(), centre.now(), centre.settings.town.fibre_party)


def as_of(centre: Centre) -> str | None:
    """
    Return the time for which chances are known, in ISO 8601; None before they were first looked for.

    Ask before reading them: a look may end in between, and what was read then is of before.
    """
    known = centre.chances_as_of
    return None if known is None else known.astimezone(UTC).isoformat()
