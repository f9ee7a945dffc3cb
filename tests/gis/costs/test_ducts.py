"""What a duct costs alone and in somebody's dig: every number by hand at the likely prices."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.costs.ducts import joint_eur_per_m, material_eur_per_m, own_eur_per_m
from gis.costs.prices import Basis, PriceLevel, Surface, Technique, default_prices
from gis.costs.utilities import Laid, Utility

BOOK, MID, ASPHALT = default_prices(), PriceLevel.MID, Surface.CARRIAGEWAY_ASPHALT
MATERIAL = 4 + 2 + 600 / 150  # duct, cable, and a handhole every 150 m
BED = (0.3 * (0.1 + 0.05 + 0.1) - math.pi * 0.05**2 / 4) * 38  # 0.3 m wide, 0.1 m below and above a duct of 0.05 m
DISPOSAL, CROSSINGS = 0.3 * 0.25 * 28, 6 / 100 * 40
SOIL = 0.3 * 0.6 * 40


@pytest.mark.parametrize(
    ("surface", "taken_up"),
    [(ASPHALT, 0.6 * 135), (Surface.FOOTWAY_PAVED, 0.6 * 70), (Surface.VERGE_SOFT, 0.3 * 8)],
)
def test_a_metre_dug_alone_costs_surface_soil_bed_and_material(surface: Surface, taken_up: float) -> None:
    """A hard surface is cut back by 0.15 m on either side of the trench of 0.3 m, grass is not."""
    by_hand = taken_up + (SOIL + BED + DISPOSAL + CROSSINGS) * 1.15 + MATERIAL
    assert own_eur_per_m(BOOK, surface, MID).eur == pytest.approx(by_hand)


def test_a_narrow_trench_and_a_plough_are_taken_where_they_are_allowed_and_cheaper() -> None:
    every = frozenset(Technique)
    assert own_eur_per_m(BOOK, ASPHALT, MID, every).eur == pytest.approx(40 + MATERIAL)
    assert own_eur_per_m(BOOK, Surface.VERGE_SOFT, MID, every).eur == pytest.approx(10 + MATERIAL)
    assert own_eur_per_m(BOOK, ASPHALT, MID, [Technique.PLOUGH]) == own_eur_per_m(BOOK, ASPHALT, MID)


def test_a_duct_beside_a_water_main_pays_for_what_it_makes_the_trench_wider() -> None:
    """
    A main DN 150 is 0.165 m thick and has 0.8 m for itself 1.8 m deep; a duct 0.3 m beside it needs 0.125 m on its
    other side: 0.3175 + 0.165 + 0.3 + 0.05 + 0.125 = 0.9575 m, so 0.1575 m more, down to 0.6 m. It crosses nothing
    more.
    """
    wider = 0.1575
    by_hand = wider * 135 + (wider * 0.6 * 40 + BED + DISPOSAL) * 1.15 + MATERIAL
    assert joint_eur_per_m(BOOK, ASPHALT, MID, Laid(Utility.WATER, 1.8, 150)).eur == pytest.approx(by_hand)


def test_a_new_surface_spares_a_duct_its_price_over_the_trench_and_nothing_below() -> None:
    added = joint_eur_per_m(BOOK, ASPHALT, MID, Laid(Utility.RESURFACING, 0.1)).eur
    assert added == pytest.approx(own_eur_per_m(BOOK, ASPHALT, MID).eur - 0.6 * 35)


def test_in_a_road_that_is_dug_out_only_what_is_deeper_than_it_is_dug() -> None:
    """The road is dug out 0.55 m and carries its soil away; a trench of 0.3 m goes 0.05 m further."""
    added = joint_eur_per_m(BOOK, ASPHALT, MID, Laid(Utility.ROAD)).eur
    further = 0.3 * 0.05
    assert added == pytest.approx(0.6 * (135 - 95) + (further * 40 + BED + further * 28) * 1.15 + MATERIAL)


@given(
    st.builds(Laid, st.sampled_from(Utility), st.none() | st.floats(0.05, 5), st.none() | st.floats(20, 1500)),
    st.sampled_from(Surface),
    st.sampled_from(PriceLevel),
    st.frozensets(st.sampled_from(Technique)),
)
def test_a_duct_in_a_dig_costs_no_more_than_alone_and_no_less_than_its_material(
    dig: Laid, surface: Surface, level: PriceLevel, techniques: frozenset[Technique]
) -> None:
    joint = joint_eur_per_m(BOOK, surface, level, dig, techniques)
    assert material_eur_per_m(BOOK, level).eur <= joint.eur + 1e-6
    assert joint.eur <= own_eur_per_m(BOOK, surface, level, techniques).eur
    assert all(cost >= 0 for cost in joint.by_basis.values())


def test_what_a_duct_in_a_dig_rests_on_adds_up_and_the_published_part_is_what_is_published() -> None:
    """Published: carrying soil away, and the duct's material."""
    joint = joint_eur_per_m(BOOK, ASPHALT, MID, Laid(Utility.WATER, 1.8, 150))
    assert sum(joint.by_basis.values()) == pytest.approx(joint.eur)
    assert joint.by_basis[Basis.PUBLISHED] == pytest.approx(DISPOSAL + 4)
    assert joint.by_basis[Basis.DERIVED] == pytest.approx(0.1575 * 135)
