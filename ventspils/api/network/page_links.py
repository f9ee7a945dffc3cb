"""Links on the pages of devices, over HTTP."""

from fastapi import APIRouter

from monitoring.centre import devices, page_links
from monitoring.centre.models import PageLink
from ventspils.api.access import ConfiguringAll, Seeing, TheLog, TheSession
from ventspils.api.paging import Body, Json, ThePage

router = APIRouter(prefix="/api/v1", tags=["links"])


class LinkBody(Body):
    """A new link: in its template {host}, {name}, {id}, {site} and {agency} stand for the device's own."""

    name: str
    template: str


@router.get("/links")
def list_links(session: TheSession, access: Seeing, page: ThePage) -> Json:
    """List the links that pages of devices show."""
    return page.of([_describe(link) for link in page_links.list_links(session)])


@router.post("/links", status_code=201)
def add_link(session: TheSession, access: ConfiguringAll, log: TheLog, body: LinkBody) -> Json:
    """Add a link to the pages of all devices."""
    link = page_links.add_link(session, body.name, body.template)
    log("link added", link.name, template=link.template)
    return _describe(link)


@router.delete("/links/{link_id}")
def remove_link(session: TheSession, access: ConfiguringAll, log: TheLog, link_id: str) -> Json:
    """Remove a link from the pages of all devices."""
    link = page_links.remove_link(session, link_id)
    log("link removed", link.name, template=link.template)
    return _describe(link)


@router.get("/devices/{device_id}/links")
def list_device_links(session: TheSession, access: Seeing, page: ThePage, device_id: str) -> Json:
    """Give the links of one device, filled in."""
    device = devices.find_device(session, device_id, access.scope)
    return page.of(
        [{"name": link.name, "url": page_links.fill(link, device)} for link in page_links.list_links(session)]
    )


def _describe(link: PageLink) -> Json:
    return {"id": link.id, "name": link.name, "template": link.template}
