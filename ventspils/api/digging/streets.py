"""The street graph over HTTP."""

from fastapi import APIRouter

from gis.register.models import DigImport
from gis.register.streets import present_streets
from ventspils.api.access import Surveying, TheSession
from ventspils.api.paging import Json
from ventspils.core.errors import NotFoundError

router = APIRouter(prefix="/api/v1", tags=["digging"])


@router.get("/streets")
def read_streets_summary(session: TheSession, access: Surveying) -> Json:
    """Tell which street graph holds."""
    found = present_streets(session)
    if found is None:
        raise NotFoundError("There are no streets yet; import some with `streets import`.")
    made = session.get_one(DigImport, found.import_id)
    return {
        "edges": found.edges, "crs": found.crs, "source": made.source, "attribution": made.attribution, "at": made.at,
        "version": found.digest,
    }  # fmt: skip
