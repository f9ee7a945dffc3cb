"""By which words registers call what is laid."""

import pytest

from gis.costs.utilities import Utility, utility_of


@pytest.mark.parametrize(
    ("kind", "utility"),
    [
        ("water", Utility.WATER),
        ("storm water", Utility.STORM_SEWER),
        ("waste water", Utility.SEWER),
        ("sewer", Utility.SEWER),
        ("heat", Utility.HEAT),
        ("district_heating", Utility.HEAT),
        ("power", Utility.POWER),
        ("power_telecom", Utility.POWER),
        ("gas", Utility.GAS),
        ("gas_water", Utility.UNKNOWN),
        ("road", Utility.ROAD),
        ("road_rehabilitation", Utility.ROAD),
        ("resurfacing", Utility.RESURFACING),
        ("Street lighting", Utility.STREET_LIGHT),
        ("fibre", Utility.FIBRE),
        ("telecom", Utility.FIBRE),
        ("broadband", Utility.FIBRE),
        ("siltumtīkls", Utility.HEAT),
        ("ūdensvads", Utility.WATER),
        ("lietusūdens kanalizācija", Utility.STORM_SEWER),
        ("kanalizācija", Utility.SEWER),
        ("kabeļu kanalizācija", Utility.FIBRE),
        ("ielas apgaismojums", Utility.STREET_LIGHT),
        ("gāzesvads", Utility.GAS),
        ("ielas pārbūve", Utility.ROAD),
        ("seguma atjaunošana", Utility.RESURFACING),
        ("Fernwärme", Utility.HEAT),
        ("Trinkwasser", Utility.WATER),
        ("Regenwasserkanal", Utility.STORM_SEWER),
        ("Kanalbau", Utility.SEWER),
        ("Straßenbau", Utility.ROAD),
        ("Deckensanierung", Utility.RESURFACING),
        ("Straßenbeleuchtung", Utility.STREET_LIGHT),
        ("Glasfaser", Utility.FIBRE),
        ("tram", Utility.UNKNOWN),
        ("", Utility.UNKNOWN),
    ],
)
def test_a_kind_is_known_by_its_words_in_three_languages(kind: str, utility: Utility) -> None:
    assert utility_of(kind) is utility
