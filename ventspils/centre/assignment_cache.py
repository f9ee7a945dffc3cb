"""Which assignment each collector has, remembered until something changes that assignments are made of."""

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, sessionmaker

from monitoring.centre.models import CollectorRow, Credential, Device, PortPolicyRow
from ventspils.core.places import Agency, Site


class AssignmentCache:
    """
    Which assignment each collector has, for as long as nothing that assignments are made of has changed.

    Nothing but this process changes the registry, so that its own commits tell.
    """

    _PARTS = (Agency, CollectorRow, Credential, Device, PortPolicyRow, Site)

    def __init__(self) -> None:
        self._tags: dict[str, str] = {}
        self.changes = 0

    def watch(self, sessions: sessionmaker[Session]) -> None:
        """Forget everything whenever a session changes one of the parts."""

        @event.listens_for(sessions, "after_flush")
        def _on_flush(session: Session, _: object) -> None:
            touched = (*session.new, *session.deleted, *(x for x in session.dirty if session.is_modified(x)))
            if any(isinstance(x, self._PARTS) and not _is_report(session, x) for x in touched):
                session.info["parts_changed"] = True

        @event.listens_for(sessions, "after_commit")
        def _on_commit(session: Session) -> None:
            if session.info.pop("parts_changed", False):
                self.changes += 1
                self._tags.clear()

    def tag(self, collector_id: str) -> str | None:
        """Return the tag of the collector's assignment; None where it has to be made anew."""
        return self._tags.get(collector_id)

    def put(self, collector_id: str, tag: str, changes: int) -> None:
        """Remember the tag of an assignment, made when there had been so many changes, unless there were more since."""
        if changes == self.changes:
            self._tags[collector_id] = tag


def _is_report(session: Session, changed: object) -> bool:
    """Whether nothing of a collector changed but what it last said."""
    if not isinstance(changed, CollectorRow) or changed not in session.dirty:
        return False
    state = inspect(changed)
    return all(attribute.key.startswith("last_") for attribute in state.attrs if attribute.history.has_changes())
