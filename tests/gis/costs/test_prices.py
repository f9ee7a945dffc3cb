"""What digging costs, and what each sum rests on."""

from datetime import date

import pytest

from gis.costs.prices import (
    Basis,
    OwnPrice,
    PriceLevel,
    Surface,
    Total,
    default_prices,
    discounts,
    surface_of,
    with_vat,
)
from ventspils.core.errors import UsageError


def test_every_parameter_has_a_range_in_order_a_basis_and_known_sources() -> None:
    book = default_prices()
    for price in book.prices.values():
        assert price.low <= price.mid <= price.high, price.name
        assert set(price.sources) <= set(book.sources), price.name
        assert price.sources or price.basis is Basis.ASSUMPTION, price.name
    assert book.months_without_digging[PriceLevel.MID] == (12, 1, 2)


def test_a_sum_tells_what_it_rests_on() -> None:
    book, sum_ = default_prices(), Total()
    sum_.add(book.price("trench.micro"), 2, PriceLevel.MID)
    sum_.add(book.price("handhole"), 0.2, PriceLevel.MID)
    assert sum_.eur == pytest.approx(2 * 40 + 0.2 * 600)
    assert sum_.shares() == pytest.approx({Basis.PUBLISHED: 80 / 200, Basis.ASSUMPTION: 120 / 200})


def test_a_sum_less_another_keeps_its_euros_and_no_basis_below_nothing() -> None:
    """By hand: 10 and 6 less 4 and 8 and 1 leaves 3 in all, and only the first basis has anything left."""
    whole = Total({Basis.PUBLISHED: 10.0, Basis.DERIVED: 6.0})
    left = whole.less(Total({Basis.PUBLISHED: 4.0, Basis.DERIVED: 8.0, Basis.ASSUMPTION: 1.0}))
    assert left.by_basis == pytest.approx({Basis.PUBLISHED: 3.0})
    assert whole.less(whole).eur == 0


def test_the_towns_own_price_takes_the_place_of_a_default_and_the_latest_counts() -> None:
    old = OwnPrice("crossing", 11, Basis.CONTRACT, "contract 12/2025", date(2025, 3, 1))
    new = OwnPrice("crossing", 12.5, Basis.INVOICE, "invoice 7", date(2026, 3, 1))
    book = default_prices().with_own([new, old])
    price = book.price("crossing")
    assert (price.low, price.mid, price.high, price.basis, price.year) == (12.5, 12.5, 12.5, Basis.INVOICE, 2026)
    assert price.sources == ("invoice 7, 2026-03-01",)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (OwnPrice("gold", 1, Basis.INVOICE, "x", date(2026, 1, 1)), "'gold' is unknown"),
        (OwnPrice("duct.depth", 0, Basis.CONTRACT, "x", date(2026, 1, 1)), "is none from 0.1 to 5"),
        (OwnPrice("frost.depth", 31, Basis.CONTRACT, "x", date(2026, 1, 1)), "is none from 0 to 30"),
        (OwnPrice("diameter.water", 0.5, Basis.CONTRACT, "x", date(2026, 1, 1)), "is none from 1 to 4000"),
        (OwnPrice("site.overhead", 1.5, Basis.CONTRACT, "x", date(2026, 1, 1)), "is none from 0 to 1"),
        (OwnPrice("handhole", -1, Basis.INVOICE, "x", date(2026, 1, 1)), "is none from"),
        (OwnPrice("handhole", float("nan"), Basis.INVOICE, "x", date(2026, 1, 1)), "is none from"),
        (OwnPrice("handhole", 1, Basis.ASSUMPTION, "x", date(2026, 1, 1)), "needs a contract or an invoice"),
        (OwnPrice("handhole", 1, Basis.INVOICE, " ", date(2026, 1, 1)), "needs a contract or an invoice"),
    ],
)
def test_a_price_of_ones_own_without_proof_is_refused(own: OwnPrice, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        default_prices().with_own([own])


@pytest.mark.parametrize(
    ("highway", "surface", "expected"),
    [
        ("residential", "asphalt", Surface.CARRIAGEWAY_ASPHALT),
        ("residential", None, Surface.CARRIAGEWAY_ASPHALT),
        ("residential", "gravel", Surface.VERGE_SOFT),
        ("footway", "paving_stones", Surface.FOOTWAY_PAVED),
        ("path", None, Surface.VERGE_SOFT),
        (None, None, Surface.CARRIAGEWAY_ASPHALT),
    ],
)
def test_the_surface_of_a_street_is_told_by_its_tags(
    highway: str | None, surface: str | None, expected: Surface
) -> None:
    assert surface_of(highway, surface) is expected


def test_money_later_counts_less_by_the_rate() -> None:
    assert discounts(default_prices(), PriceLevel.MID, 3, 0.5) == pytest.approx([1, 1.04**-0.5, 1.04**-1])


def test_tax_is_added_to_the_cent() -> None:
    assert with_vat(100.01, 0.21) == 121.01
