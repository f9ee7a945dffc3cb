"""Prices over HTTP: the defaults, and the town's own before them."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from gis.costs import Basis, OwnPrice, default_prices, group_of, reading_order
from gis.register import prices
from ventspils.api.access import Planning, Surveying, TheCentre, TheLog, TheSession
from ventspils.api.paging import Body, Day, Json, ThePage

router = APIRouter(prefix="/api/v1", tags=["money"])
Money = Annotated[float, Field(ge=0, le=1e12)]


class PriceBody(Body):
    """A price of the town's own, without VAT, with the contract or invoice that it comes from."""

    name: Annotated[str, Field(max_length=100)]
    value: Money
    basis: Literal["contract", "invoice"]
    document: Annotated[str, Field(min_length=1, max_length=500)]
    dated: Day


@router.get("/prices")
def list_prices(session: TheSession, access: Surveying, page: ThePage) -> Json:
    """
    List what digging costs, group by group, the trench first: each parameter with its range, what it rests on and where
    from; the town's own come before defaults.
    """
    book, defaults = prices.load_prices(session), default_prices()
    ids = {row.name: row.id for row in prices.list_own_prices(session)}
    items = [
        {
            "name": name, "group": group_of(name).value, "unit": price.unit,
            "low": price.low, "mid": price.mid, "high": price.high,
            "basis": price.basis.value,
            "sources": [book.sources.get(source, source) for source in price.sources], "year": price.year,
            "note": price.note,
            "own_id": ids.get(name), "default_mid": defaults.price(name).mid,
        }
        for name, price in sorted(book.prices.items(), key=lambda one: reading_order(one[0]))
    ]  # fmt: skip
    return page.of(items) | {"currency": book.currency, "price_year": book.price_year, "index": book.index}


@router.post("/prices", status_code=201)
def add_price(centre: TheCentre, session: TheSession, access: Planning, log: TheLog, body: PriceBody) -> Json:
    """Put a price of the town's own before a default."""
    own = OwnPrice(body.name, body.value, Basis(body.basis), body.document, body.dated)
    row = prices.add_price(session, own, access.caller.name, centre.today(), centre.now())
    log("price added", row.name, value=row.value, document=row.document)
    return {"id": row.id, **body.model_dump()}


@router.delete("/prices/{price_id}")
def withdraw_price(centre: TheCentre, session: TheSession, access: Planning, log: TheLog, price_id: str) -> Json:
    """Let a price of the town's own hold no longer."""
    row = prices.withdraw_price(session, price_id, centre.now())
    log("price withdrawn", row.name, document=row.document)
    return {"id": row.id, "name": row.name}
