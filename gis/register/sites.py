"""Sites that want fibre and places that have it: of files and by hand, the latest of each name."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.reading import ReadSite
from gis.register.models import DigImport, DigSite
from gis.register.streets import load_town
from gis.streets import FURTHEST_SITE_M, nearest_nodes
from ventspils.core.errors import NotFoundError, UsageError


def present_sites(session: Session) -> list[DigSite]:
    """Return the latest site of each name from imports that were not undone."""
    rows = session.scalars(
        select(DigSite).join(DigImport).where(DigImport.undone_at.is_(None)).order_by(DigImport.at, DigSite.name)
    )
    latest = {site.name: site for site in rows}
    return [site for site in latest.values() if site.removed_at is None]


def find_site(session: Session, site_id: str) -> DigSite:
    """
    Return a present site.

    Raises:
        NotFoundError: there is none.
    """
    found = next((site for site in present_sites(session) if site.id == site_id), None)
    if found is None:
        raise NotFoundError(f"Site {site_id!r} is unknown.")
    return found


def has_fibre(site: DigSite) -> bool:
    """Whether a site has fibre: it had some, or a plan's section that connects it was built."""
    return site.has_fibre or site.connected_on is not None


def tell_far_from_streets(session: Session, sites: Sequence[ReadSite]) -> list[str]:
    """Tell which sites no plan can connect, as they lie too far from every street; nothing where there are none."""
    try:
        graph = load_town(session).streets.graph
    except UsageError:
        return []
    if not sites or not graph.nodes:
        return []
    _, far = nearest_nodes(graph.node_xy, np.array([[site.x_m, site.y_m] for site in sites]))
    names = [site.name for site, metres in zip(sites, far, strict=True) if metres > FURTHEST_SITE_M]
    if not names:
        return []
    shown = ", ".join(repr(name) for name in names[:5])
    told = (
        f"{len(names)} of {len(sites)} sites lie more than {FURTHEST_SITE_M:.0f} m from every street, such as {shown}"
    )
    return [f"{told}: is the CRS right?"]
