"""Links on the pages of devices, made from templates."""

import re
import uuid
from collections.abc import Sequence
from string import Formatter
from urllib.parse import quote, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitoring.centre.models import Device, PageLink
from ventspils.core.errors import ConflictError, NotFoundError, UsageError
from ventspils.core.places import checked_name

SCHEMES = ("http", "https", "ssh", "telnet", "mailto", "tel")
NAMES = ("host", "name", "id", "site", "agency")


def list_links(session: Session) -> Sequence[PageLink]:
    """Return the links that pages of devices show, by name."""
    return session.scalars(select(PageLink).order_by(PageLink.name)).all()


def add_link(session: Session, name: str, template: str) -> PageLink:
    """
    Add a link that the page of every device shows.

    Raises:
        ConflictError: there is one of that name.
        UsageError: a name or a template that cannot be one.
    """
    name = checked_name(name, "link's name")
    check_template(template)
    if session.scalar(select(PageLink.id).where(PageLink.name == name)) is not None:
        raise ConflictError(f"Link {name!r} exists already.")
    link = PageLink(id=uuid.uuid4().hex[:16], name=name, template=template)
    session.add(link)
    session.flush()
    return link


def remove_link(session: Session, link_id: str) -> PageLink:
    """
    Remove a link and return what it was.

    Raises:
        NotFoundError: there is none.
    """
    link = session.get(PageLink, link_id)
    if link is None:
        raise NotFoundError(f"Link {link_id!r} is unknown.")
    session.delete(link)
    return link


def check_template(template: str) -> None:
    """
    Accept an address in which only the names of NAMES stand in braces.

    Raises:
        UsageError: another scheme than those of SCHEMES, another name, or no address.
    """
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        raise UsageError(f"Link {template[:80]!r}: a brace is not closed.") from None
    for _, name, form, conversion in parts:
        if name is not None and (name not in NAMES or form or conversion):
            raise UsageError(
                f"Link {template[:80]!r}: {{{name}}} is unknown; use {', '.join(f'{{{n}}}' for n in NAMES)}."
            )
    scheme = urlsplit(template).scheme if not re.search(r"[\s<>\x00-\x1f\x7f]", template) else ""
    if scheme not in SCHEMES or len(template) > 500:
        raise UsageError(f"Link {template[:80]!r} must begin with one of {', '.join(SCHEMES)} and hold no blanks.")


def fill(link: PageLink, device: Device) -> str:
    """
    Return the address of a link for a device; what a device is called is escaped, so that it adds nothing to the
    address.
    """
    host = f"[{device.host}]" if ":" in device.host else device.host
    named = {"name": device.name, "id": device.id, "site": device.site.name, "agency": device.site.agency.name}
    return link.template.format(host=quote(host, safe="[]:"), **{k: quote(v, safe="") for k, v in named.items()})
