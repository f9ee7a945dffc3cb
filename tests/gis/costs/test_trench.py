"""What a trench costs depends on what lies in it, and a joint one is the union of its cross-sections."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from gis.costs.prices import Basis, OwnPrice, PriceBook, PriceLevel, Surface, default_prices
from gis.costs.sections import Line, line_of, steps_of
from gis.costs.trench import Part, TrenchPrice, coordination_eur, trench_eur_per_m
from gis.costs.utilities import Laid, Utility

BOOK = default_prices()
MID, ASPHALT = PriceLevel.MID, Surface.CARRIAGEWAY_ASPHALT
CENT = 0.0001

lines = st.builds(
    Laid,
    st.sampled_from([u for u in Utility if u not in (Utility.ROAD, Utility.RESURFACING)]),
    st.none() | st.just(0.0) | st.floats(0.05, 6),
    st.none() | st.floats(20, 1500),
)
roads = st.builds(Laid, st.sampled_from([Utility.ROAD, Utility.RESURFACING]), st.none() | st.floats(0, 1.5))
anything = st.lists(lines | roads, min_size=1, max_size=5)
levels, surfaces = st.sampled_from(PriceLevel), st.sampled_from(Surface)


def price(laid: Sequence[Laid], surface: Surface = ASPHALT, level: PriceLevel = MID) -> TrenchPrice:
    return trench_eur_per_m(BOOK, level, surface, laid)


def own(values: dict[str, float]) -> PriceBook:
    """Return prices in which all that has a price costs nothing but what is named."""
    free = {
        name: replace(p, low=0, mid=0, high=0) if p.unit.startswith("EUR") or p.unit == "share" else p
        for name, p in BOOK.prices.items()
    }
    free |= {name: replace(BOOK.prices[name], low=v, mid=v, high=v) for name, v in values.items()}
    return replace(BOOK, prices=free)


@given(anything, surfaces, levels)
def test_a_joint_trench_costs_no_more_than_each_alone_and_no_less_than_the_dearest(
    laid: list[Laid], surface: Surface, level: PriceLevel
) -> None:
    alone = [price([each], surface, level).eur_per_m for each in laid]
    together = price(laid, surface, level).eur_per_m
    assert max(alone) - CENT <= together <= sum(alone) + CENT


@given(anything, lines | roads, surfaces, levels)
def test_a_client_more_never_makes_a_trench_cheaper_part_by_part(
    laid: list[Laid], more: Laid, surface: Surface, level: PriceLevel
) -> None:
    before, after = price(laid, surface, level).parts, price([*laid, more], surface, level).parts
    assert all(after[part] >= before[part] - CENT for part in Part)


@given(anything, lines, st.floats(0, 6), st.floats(0, 6), surfaces, levels)
def test_deeper_is_never_cheaper(
    laid: list[Laid], line: Laid, one: float, other: float, surface: Surface, level: PriceLevel
) -> None:
    shallow, deep = (
        price([*laid, Laid(line.utility, depth, line.diameter_mm)], surface, level).eur_per_m
        for depth in sorted((one, other))
    )
    assert shallow <= deep + CENT


@given(
    st.lists(lines | roads, max_size=4).flatmap(lambda laid: st.tuples(st.just(laid), st.permutations(laid))), surfaces
)
def test_the_order_in_which_clients_are_told_does_not_matter(
    both: tuple[list[Laid], list[Laid]], surface: Surface
) -> None:
    assert price(both[0], surface).parts == pytest.approx(price(both[1], surface).parts)


@given(anything, surfaces)
def test_parts_add_up_and_are_in_order_of_their_level(laid: list[Laid], surface: Surface) -> None:
    low, mid, high = (price(laid, surface, level) for level in PriceLevel)
    for one in (low, mid, high):
        assert one.eur_per_m == pytest.approx(sum(one.parts.values()))
        assert one.by_basis.eur == pytest.approx(one.eur_per_m)
    assert all(low.parts[p] <= mid.parts[p] + CENT and mid.parts[p] <= high.parts[p] + CENT for p in Part)


@given(lines, surfaces, levels)
def test_a_new_surface_spares_a_pipe_at_most_the_smaller_of_the_two_surfaces(
    line: Laid, surface: Surface, level: PriceLevel
) -> None:
    top, pipe = price([Laid(Utility.RESURFACING, 0.1)], surface, level), price([line], surface, level)
    saved = top.eur_per_m + pipe.eur_per_m - price([line, Laid(Utility.RESURFACING, 0.1)], surface, level).eur_per_m
    assert saved <= min(top.parts[Part.SURFACE], pipe.parts[Part.SURFACE]) + CENT


@pytest.mark.parametrize("surface", Surface)
@pytest.mark.parametrize("shallow", [Laid(Utility.FIBRE), Laid(Utility.POWER, 0.9), Laid(Utility.POWER)])
def test_a_deep_sewer_costs_well_more_than_a_cable_or_a_duct_in_the_same_street(
    surface: Surface, shallow: Laid
) -> None:
    sewer = price([Laid(Utility.SEWER, 2.8)], surface).eur_per_m
    assert sewer > 1.2 * price([shallow], surface).eur_per_m


def narrowest_m(found: Sequence[Line]) -> float:
    """Return how wide the lines stand in their order, by a linear programme over where each one's middle lies."""
    order = sorted(found, key=lambda one: (one.distance_m, one.utility, one.outer_m, one.width_m))
    n, rows, least = len(order), [], []
    for a in range(n):
        rows.append([-(k == a) * 1.0 for k in range(n)] + [0.0])
        least.append(-order[a].width_m / 2)
        rows.append([(k == a) * 1.0 for k in range(n)] + [-1.0])
        least.append(-order[a].width_m / 2)
        for b in range(a + 1, n):
            free = min(max(order[a].distance_m, order[b].distance_m), order[a].space_m + order[b].space_m)
            rows.append([(k == a) * 1.0 - (k == b) * 1.0 for k in range(n)] + [0.0])
            least.append(-(order[a].outer_m / 2 + free + order[b].outer_m / 2))
    return float(linprog(np.eye(n + 1)[n], A_ub=rows, b_ub=least, bounds=(0, None)).x[n])


@given(st.lists(lines, min_size=1, max_size=4), levels)
def test_soil_and_shoring_are_those_of_the_union_of_rectangles(laid: list[Laid], level: PriceLevel) -> None:
    """Steps as polygons: their area is the soil, their upright edges the walls."""
    found = [line_of(BOOK, level, each) for each in laid]
    deep = [line for line in found if line.depth_m > 0]
    boxes = [
        shapely.box(0, -line.depth_m, narrowest_m([x for x in deep if x.depth_m >= line.depth_m]), 0) for line in deep
    ]
    outline = shapely.union_all(boxes)
    assert sum(
        (step.depth_m - above) * step.width_m
        for above, step in zip([0.0, *(s.depth_m for s in steps_of(found))], steps_of(found), strict=False)
    ) == pytest.approx(outline.area, abs=1e-6)
    free = own(dict.fromkeys(("soil.to_1_25", "soil.to_1_75", "soil.to_4", "soil.beyond_4", "shoring.wall"), 1.0))
    told = trench_eur_per_m(free, level, ASPHALT, laid).parts
    assert told[Part.SOIL] == pytest.approx(outline.area, abs=1e-6)
    ring = shapely.get_coordinates(outline.exterior) if deep else np.zeros((1, 2))
    walls = float(np.abs(np.diff(ring, axis=0))[:, 1].sum())
    deepest = max((line.depth_m for line in deep), default=0.0)
    assert told[Part.SHORING] == pytest.approx(walls if deepest > 1.25 else 0.0, abs=1e-6)


def test_a_duct_and_a_deep_sewer_stand_beside_each_other_on_two_steps() -> None:
    """
    By hand: a sewer DN 250 2.8 m deep is 0.275 m wide outside and its trench 0.9 m (EN 1610 table 2); a duct of 0.05 m
    asks 0.1 m beside it, the sewer 0.35 m: 0.3125 + 0.275 + 0.35 + 0.05 + 0.125 = 1.1125 m down to 0.6 m.
    """
    found = [line_of(BOOK, MID, Laid(Utility.SEWER, 2.8, 250)), line_of(BOOK, MID, Laid(Utility.FIBRE))]
    assert [(round(s.depth_m, 4), round(s.width_m, 4)) for s in steps_of(found)] == [(0.6, 1.1125), (2.8, 0.9)]


def test_two_sewers_keep_half_a_metre_where_one_is_wider_than_dn_700() -> None:
    """By hand: DN 300 in 0.9 m (table 2) and DN 800 in 0.88 + 0.85 m: 0.285 + 0.33 + 0.5 + 0.88 + 0.425 = 2.42 m."""
    found = [line_of(BOOK, MID, Laid(Utility.SEWER, 3, 300)), line_of(BOOK, MID, Laid(Utility.STORM_SEWER, 3, 800))]
    assert [round(step.width_m, 4) for step in steps_of(found)] == [2.42]


@pytest.mark.parametrize(
    ("laid", "width_m"),
    [
        (Laid(Utility.FIBRE, 0.6), 0.30),
        (Laid(Utility.POWER, 0.9), 0.40),
        (Laid(Utility.POWER, 1.2), 0.60),
        (Laid(Utility.WATER, 1.2, 100), 0.60),
        (Laid(Utility.WATER, 1.8, 300), 0.80),
        (Laid(Utility.WATER, 1.8, 400), 0.44 + 0.70),
        (Laid(Utility.SEWER, 0.9, 200), 0.22 + 0.40),
        (Laid(Utility.SEWER, 1.5, 200), 0.80),
        (Laid(Utility.SEWER, 2.8, 300), 0.90),
        (Laid(Utility.SEWER, 2.8, 600), 0.66 + 0.70),
        (Laid(Utility.STORM_SEWER, 4.5, 300), 1.00),
        (Laid(Utility.HEAT, 1.2, 100), 0.6 + 0.40),
    ],
)
def test_a_trench_is_as_wide_as_the_standards_tables_say(laid: Laid, width_m: float) -> None:
    """DIN 4124 tables 2 to 4, EN 1610 tables 1 and 2; an outer diameter is 1.1 of the nominal one."""
    line = line_of(BOOK, MID, laid)
    assert line.width_m == pytest.approx(width_m)
    assert [step.width_m for step in steps_of([line])] == pytest.approx([width_m])


def test_meeting_together_costs_once_for_each_client_more_and_nothing_for_one() -> None:
    assert [coordination_eur(BOOK, MID, n) for n in (0, 1, 2, 7)] == [0, 0, 2000, 12000]


@pytest.mark.parametrize(
    ("surface", "within"), [(ASPHALT, 0.03), (Surface.FOOTWAY_PAVED, 0.03), (Surface.VERGE_SOFT, 0.2)]
)
@pytest.mark.parametrize("level", PriceLevel)
def test_a_ducts_trench_costs_what_is_published_for_it(surface: Surface, within: float, level: PriceLevel) -> None:
    trench = price([Laid(Utility.FIBRE)], surface, level)
    published = BOOK.price(f"trench.{surface.value}").at(level)
    assert trench.eur_per_m - trench.parts[Part.PIPE] == pytest.approx(published, rel=within)


@pytest.mark.parametrize("surface", Surface)
def test_the_towns_own_price_of_a_ducts_trench_is_what_that_trench_costs(surface: Surface) -> None:
    contract = OwnPrice(f"trench.{surface.value}", 150, Basis.CONTRACT, "contract 7", date(2026, 3, 1))
    mine = trench_eur_per_m(BOOK.with_own([contract]), MID, surface, [Laid(Utility.FIBRE)])
    assert mine.eur_per_m - mine.parts[Part.PIPE] == pytest.approx(150)
    assert mine.by_basis.by_basis[Basis.CONTRACT] == pytest.approx(mine.parts[Part.SURFACE])
