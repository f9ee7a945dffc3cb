"""
The town's own prices: kept with document and date, put before the defaults, and withdrawn without
being forgotten.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.costs import Basis, OwnPrice, PriceBook, default_prices
from gis.register.models import OwnPriceRow
from ventspils.core.errors import NotFoundError, UsageError


def load_prices(session: Session) -> PriceBook:
    """Return all parameters with the town's own prices in the place of defaults; those of a name that is gone rest."""
    book = default_prices()
    return book.with_own([_own(row) for row in list_own_prices(session) if row.name in book.prices])


def list_own_prices(session: Session) -> Sequence[OwnPriceRow]:
    """Return the town's own prices that hold; of several of one name the last counts."""
    fits = select(OwnPriceRow).where(OwnPriceRow.withdrawn_at.is_(None))
    return session.scalars(fits.order_by(OwnPriceRow.dated, OwnPriceRow.at)).all()


def _own(row: OwnPriceRow) -> OwnPrice:
    return OwnPrice(row.name, row.value, Basis(row.basis), row.document, row.dated)


_FAR = 20.0  # times the default's range; a price beyond is a slip of the pen


def add_price(session: Session, own: OwnPrice, actor: str, today: date, now: datetime) -> OwnPriceRow:
    """
    Keep a price of the town's own.

    Raises:
        UsageError: a parameter that is unknown, a value far from any that is known for it, a day that has not come, or
            a basis that is no document.
    """
    default_prices().with_own([own])
    known = default_prices().price(own.name)
    if own.dated > today:
        raise UsageError(
            f"Price {own.name!r}: {own.dated} has not come yet; a price holds from the day of its document."
        )
    if not known.low / _FAR <= own.value <= known.high * _FAR:
        raise UsageError(
            f"Price {own.name!r}: {own.value:g} {known.unit} is none; {known.low:g} to {known.high:g} are usual, "
            f"and from {known.low / _FAR:g} to {known.high * _FAR:g} can be."
        )
    row = OwnPriceRow(
        id=uuid.uuid4().hex[:16],
        name=own.name,
        value=own.value,
        basis=own.basis.value,
        document=own.document,
        dated=own.dated,
        at=now,
        actor=actor,
        withdrawn_at=None,
    )
    session.add(row)
    session.flush()
    return row


def withdraw_price(session: Session, price_id: str, now: datetime) -> OwnPriceRow:
    """
    Let a price of the town's own hold no longer.

    Raises:
        NotFoundError: there is none, or it was withdrawn already.
    """
    row = session.get(OwnPriceRow, price_id)
    if row is None or row.withdrawn_at is not None:
        raise NotFoundError(f"Price {price_id!r} is unknown.")
    row.withdrawn_at = now
    return row
