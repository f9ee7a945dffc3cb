"""An import undone: everything that it changed is what it was before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any  # JSON documents

from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register.models import DigImport, Work, WorkVersion
from gis.register.works import document_in, document_of, keep_version, restore
from ventspils.core.errors import ConflictError, NotFoundError


def undo_import(session: Session, import_id: str, actor: str, now: datetime) -> DigImport:
    """
    Make everything what it was before an import.

    Raises:
        NotFoundError: there is no such import.
        ConflictError: it was undone already, or a later change of the same works stands on it.
    """
    made = session.get(DigImport, import_id)
    if made is None:
        raise NotFoundError(f"Import {import_id!r} is unknown.")
    if made.undone_at is not None:
        raise ConflictError(f"Import {import_id!r} was undone already.")
    later = session.scalars(
        select(DigImport).where(DigImport.kind == made.kind, DigImport.undone_at.is_(None), DigImport.at > made.at)
    )
    if leaning := next((each for each in later if each.report.get("unchanged")), None):
        raise ConflictError(
            f"The later import of {leaning.source!r} found records of this one unchanged; undo that one first."
        )
    for version in session.scalars(select(WorkVersion).where(WorkVersion.import_id == import_id)).all():
        work = session.get_one(Work, version.work_id)
        if _without_joint(document_of(work)) != _without_joint(document_in(version)):
            raise ConflictError(f"Work {work.title!r} was changed after this import; undo the later change first.")
        before = session.get(WorkVersion, (work.id, version.version - 1))
        if before is None:
            work.removed_at = now
        else:
            restore(work, before, now)
        keep_version(session, work, actor, now)
    made.undone_at = now
    return made


def _without_joint(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a version without the bundle that the work is in, which decisions about chances set."""
    return {name: value for name, value in document.items() if name != "joint_work_id"}
