"""Telling the owners of chances: when one moved, and when its last day comes near."""

from datetime import timedelta

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register.models import Opportunity, Party, Work
from gis.sharing.opportunities import FIBRE
from monitoring.centre import notices
from monitoring.centre.notices import Message
from ventspils.centre.state import Centre

_NEAR = timedelta(days=14)
_TEXTS = {
    "en": {
        "moved": "A chance to dig together moved: {what}",
        "near": "Last day to join is {day}: {what}",
        "text": "{what}\nSaves about {eur} EUR.\nLast day to join: {day}\n{moved}\n{url}",
        "fibre": "fibre",
    },
    "lv": {
        "moved": "Mainījusies iespēja rakt kopā: {what}",
        "near": "Pēdējā diena pievienoties ir {day}: {what}",
        "text": "{what}\nIetaupa ap {eur} EUR.\nPēdējā diena pievienoties: {day}\n{moved}\n{url}",
        "fibre": "optika",
    },
}


def set_address(centre: Centre, party: Party, address: SecretStr | None) -> None:
    """
    Keep, sealed, where a party is told; an empty address takes it away.

    Raises:
        UsageError: an address that cannot be used.
    """
    text = address.get_secret_value() if address is not None else ""
    if text:
        notices.check_address(text)
    party.sealed_address = centre.vault.seal(text, f"party {party.id}") if text else None


def tell_owners(centre: Centre) -> int:
    """
    Tell owners of what they were not told yet; what was not taken is tried again the next time. Return how many were
    told.
    """
    with centre.sessions() as session:
        due = [(row.id, row.version, _message(centre, session, row, party)) for row, party in _to_tell(centre, session)]
    told = 0
    for chance_id, version, message in due:
        if notices.deliver(centre.post, message, chance=chance_id) is not None:
            continue
        with centre.sessions.begin() as session:
            row = session.get(Opportunity, chance_id)
            if row is not None:
                row.told_version = max(row.told_version, version)
        told += 1
    return told


def _to_tell(centre: Centre, session: Session) -> list[tuple[Opportunity, Party]]:
    """Return chances that moved, or wait and are due soon, in a version that their owner does not know of."""
    near = centre.today() + _NEAR
    moved = (Opportunity.moved != "") & Opportunity.state.in_(("open", "postponed", "accepted", "gone"))
    due = (Opportunity.state == "open") & (Opportunity.last_day <= near)
    rows = session.execute(
        select(Opportunity, Party)
        .join(Party, Party.name == Opportunity.owner)
        .where(Party.sealed_address.is_not(None), Opportunity.told_version < Opportunity.version, moved | due)
        .order_by(Opportunity.last_day, Opportunity.id)
    )
    return [(row, party) for row, party in rows.all()]


def _message(centre: Centre, session: Session, row: Opportunity, party: Party) -> Message:
    words = _TEXTS[party.language]
    assert party.sealed_address is not None
    work, wanted = session.get(Work, row.work_id), session.get(Work, row.wanted)
    names = [words["fibre"] if row.wanted == FIBRE else wanted.name if wanted else row.wanted]
    names.append(work.name if work else row.work_id)
    values = {
        "what": " + ".join(names),
        "eur": f"{row.mid_eur:.0f}",
        "day": row.last_day,
        "moved": row.moved,
        "url": f"{centre.settings.dashboard.public_url.rstrip('/')}/decide",
    }
    subject = words["moved" if row.moved else "near"].format(**values)
    address = centre.vault.open(party.sealed_address, f"party {party.id}")
    return Message(address, subject, words["text"].format(**values))
