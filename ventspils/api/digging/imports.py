"""Files of the digging half over HTTP: works, needs, streets, sites and cable routes in, and undone again."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from gis.register import imports, undo
from gis.register.files import ImportKind
from gis.register.models import DigImport
from ventspils.api.access import Planning, Surveying, TheCentre, TheLog, TheSession
from ventspils.api.paging import Json, ThePage
from ventspils.centre.import_runs import ImportQuestion, run_import

router = APIRouter(prefix="/api/v1", tags=["digging"])


@router.post("/imports/{kind}", status_code=201)
async def import_file(
    request: Request,
    centre: TheCentre,
    access: Planning,
    kind: ImportKind,
    name: Annotated[str, Query(min_length=1, max_length=200)],
    crs: Annotated[str, Query(max_length=200)] = "",
    feed: Annotated[str, Query(max_length=100)] = "",
    party: Annotated[str, Query(max_length=200)] = "",
    dry_run: bool = False,
) -> Json:
    """
    Take a file in; each record is accepted, repaired with a mark, or rejected with a reason.

    `party` is whose works or needs a list holds, where none of its columns says so.
    """
    asked = ImportQuestion(kind, name, crs or None, feed, party, dry_run)
    answer = await run_in_threadpool(run_import, centre, asked, await request.body(), access.caller.name)
    return {"import_id": answer.import_id, **asdict(answer.report)}


@router.get("/imports")
def list_imports(session: TheSession, access: Surveying, page: ThePage) -> Json:
    """List imports, the latest first."""
    return page.of([_describe_import(row) for row in imports.list_imports(session)])


def _describe_import(row: DigImport) -> Json:
    counts = {name: row.report.get(name) for name in ("read", "accepted", "unchanged")}
    names = ("id", "kind", "at", "actor", "source", "attribution", "undone_at")
    return {name: getattr(row, name) for name in names} | counts | {"rejected": len(row.report.get("rejected", []))}


@router.post("/imports/{import_id}/undo")
def undo_import(centre: TheCentre, session: TheSession, access: Planning, log: TheLog, import_id: str) -> Json:
    """Make everything what it was before an import."""
    made = undo.undo_import(session, import_id, access.caller.name, centre.now())
    session.flush()
    log("import undone", made.source, import_id=import_id)
    return _describe_import(made)
