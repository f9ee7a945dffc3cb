"""What digging costs, and what each sum rests on."""

from datetime import date

import pytest

from gis.costs.prices import (
    Basis,
    OwnPrice,
    PriceLevel,
    Surface,
    default_prices,
    discounts,
    joint_eur_per_m,
    own_eur_per_m,
    surface_of,
    with_vat,
)
from ventspils.core.errors import UsageError

MATERIAL = 4 + 2 + 600 / 150  # duct, cable, and a handhole every 150 m


def test_every_parameter_has_a_range_in_order_a_basis_and_known_sources() -> None:
    book = default_prices()
    for price in book.prices.values():
        assert price.low <= price.mid <= price.high, price.name
        assert set(price.sources) <= set(book.sources), price.name
        assert price.sources or price.basis is Basis.ASSUMPTION, price.name
    assert book.months_without_digging[PriceLevel.MID] == (12, 1, 2)


@pytest.mark.parametrize(
    ("surface", "trench"),
    [(Surface.CARRIAGEWAY_ASPHALT, 100), (Surface.FOOTWAY_PAVED, 60), (Surface.VERGE_SOFT, 20)],
)
def test_a_metre_dug_alone_costs_trench_and_material(surface: Surface, trench: float) -> None:
    assert own_eur_per_m(default_prices(), surface, PriceLevel.MID).eur == pytest.approx(trench + MATERIAL)


def test_a_metre_in_somebodys_trench_costs_the_increment_and_material() -> None:
    assert joint_eur_per_m(default_prices(), PriceLevel.MID).eur == pytest.approx(15 + MATERIAL)


@pytest.mark.parametrize(("depth_m", "dug"), [(None, 0), (0.6, 0), (2.5, 0), (0.3, 20 / 2), (0.0, 20)])
def test_what_somebodys_trench_lacks_of_a_ducts_depth_is_dug_as_in_soft_ground(
    depth_m: float | None, dug: float
) -> None:
    total = joint_eur_per_m(default_prices(), PriceLevel.MID, depth_m)
    assert total.eur == pytest.approx(15 + dug + MATERIAL)
    assert total.by_basis[Basis.PUBLISHED] == pytest.approx(4 + dug)


def test_a_duct_lies_deeper_at_the_dear_end_and_shallower_at_the_cheap_one() -> None:
    """A trench of 0.6 m is three quarters of 0.8 m and more than 0.4 m."""
    dear = (
        joint_eur_per_m(default_prices(), PriceLevel.HIGH, 0.6).eur
        - joint_eur_per_m(default_prices(), PriceLevel.HIGH).eur
    )
    assert dear == pytest.approx(40 / 4)
    assert joint_eur_per_m(default_prices(), PriceLevel.LOW, 0.6) == joint_eur_per_m(default_prices(), PriceLevel.LOW)


def test_a_sum_tells_what_it_rests_on() -> None:
    shares = joint_eur_per_m(default_prices(), PriceLevel.MID).shares()
    assert shares == pytest.approx({Basis.DERIVED: 15 / 25, Basis.PUBLISHED: 4 / 25, Basis.ASSUMPTION: 6 / 25})
    assert sum(shares.values()) == pytest.approx(1)


def test_the_towns_own_price_takes_the_place_of_a_default_and_the_latest_counts() -> None:
    old = OwnPrice("joint.increment", 11, Basis.CONTRACT, "contract 12/2025", date(2025, 3, 1))
    new = OwnPrice("joint.increment", 12.5, Basis.INVOICE, "invoice 7", date(2026, 3, 1))
    book = default_prices().with_own([new, old])
    price = book.price("joint.increment")
    assert (price.low, price.mid, price.high, price.basis, price.year) == (12.5, 12.5, 12.5, Basis.INVOICE, 2026)
    assert price.sources == ("invoice 7, 2026-03-01",)
    assert joint_eur_per_m(book, PriceLevel.HIGH).by_basis[Basis.INVOICE] == 12.5


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (OwnPrice("gold", 1, Basis.INVOICE, "x", date(2026, 1, 1)), "'gold' is unknown"),
        (OwnPrice("duct.depth", 0, Basis.CONTRACT, "x", date(2026, 1, 1)), "is none from 0.1 to 5"),
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
