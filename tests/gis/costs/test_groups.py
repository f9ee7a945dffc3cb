"""Prices in the groups in which people read them."""

import pytest

from gis.costs.groups import PriceGroup, group_of, reading_order
from gis.costs.prices import default_prices


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("surface.carriageway_asphalt", PriceGroup.TRENCH), ("shoring.wall", PriceGroup.TRENCH),
        ("surface.cut_back", PriceGroup.SIZES), ("duct.depth", PriceGroup.SIZES), ("cover.gas", PriceGroup.SIZES),
        ("trench.micro", PriceGroup.WAYS), ("cable.existing_duct", PriceGroup.WAYS),
        ("pipe.sewer", PriceGroup.LINES), ("cable.fibre_96", PriceGroup.LINES), ("handhole", PriceGroup.LINES),
        ("joint.coordination_fixed", PriceGroup.DIGGING_TOGETHER),
        ("moratorium.after_resurfacing", PriceGroup.STREETS_AND_TIME),
    ],
)  # fmt: skip
def test_a_price_stands_with_its_like(name: str, group: PriceGroup) -> None:
    assert group_of(name) is group


def test_what_a_trench_is_made_of_comes_first_and_each_group_in_one_piece() -> None:
    groups = [group_of(name) for name in sorted(default_prices().prices, key=reading_order)]
    assert list(dict.fromkeys(groups)) == list(PriceGroup)
    assert groups == sorted(groups, key=list(PriceGroup).index)


def test_soil_stands_from_the_top_down() -> None:
    soil = [name for name in sorted(default_prices().prices, key=reading_order) if name.startswith("soil.")]
    assert soil == ["soil.to_1_25", "soil.to_1_75", "soil.to_4", "soil.beyond_4", "soil.disposal"]
