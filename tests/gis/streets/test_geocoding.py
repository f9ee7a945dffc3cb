"""Places in words become street edges, or a sentence that says why not."""

from typing import Any

import numpy as np
import pytest
import shapely

from gis.streets.geocoding import Described, Gazetteer, PlacedStretch, UnplacedError, fold
from gis.streets.graph import Houses, Streets, build_graph


def town() -> Gazetteer:
    """
    Ostas iela goes 400 m east, crossed by Jāņa iela at 100 m and Dārza iela at 300 m; a second Ostas iela lies 5 km
    away.

    Both Jāņa iela and Dārza iela are 200 m long, the crossing in the middle.
    """
    lines = [
        ("Ostas iela", [(0, 0), (100, 0), (200, 0), (300, 0), (400, 0)]),
        ("Jāņa iela", [(100, -100), (100, 0), (100, 100)]),
        ("Dārza iela", [(300, -100), (300, 0), (300, 100)]),
        ("Ganību iela", [(0, 5000), (90, 5000)]),
        ("Ganību iela", [(0, 9000), (90, 9000)]),
        ("", [(200, 0), (200, 50)]),
    ]
    graph = build_graph(np.array([shapely.LineString(points) for _, points in lines], np.object_))
    names = [lines[source][0] for source in graph.sources.tolist()]
    count = len(names)
    houses = Houses(["Ostas iela", "Dārza iela"], ["2", "17a"], np.array([[60.0, 12.0], [310.0, 80.0]]))
    return Gazetteer(Streets(graph, names, [""] * count, [""] * count, np.zeros(count, np.bool_), houses))


def place(street: str, begin: str = "", end: str = "", metres: float | None = None) -> PlacedStretch:
    return town().place(Described(street, begin, end, metres))


def test_a_stretch_between_two_crossings_is_the_way_between_them() -> None:
    found = place("Ostas iela", "Jāņa iela", "Dārza iela", 200)
    assert found.shape.length == 200
    assert found.shape.bounds == (100, 0, 300, 0)
    assert len(found.edges) == 2  # the nameless street in between meets it
    assert found.notes == ()


@pytest.mark.parametrize("street", ["OSTAS IELA", "ostas  iela ", "Ostas-iela"])
def test_a_name_is_known_without_its_accents_and_case(street: str) -> None:
    assert place(street, "jana iela", "Darza iela").shape.length == 200


def test_the_order_of_the_two_ends_does_not_matter() -> None:
    there, back = place("Ostas iela", "Jāņa iela", "Dārza iela"), place("Ostas iela", "Dārza iela", "Jāņa iela")
    assert set(there.edges.tolist()) == set(back.edges.tolist())


def test_a_length_that_does_not_fit_is_said_and_the_ends_hold() -> None:
    (note,) = place("Ostas iela", "Jāņa iela", "Dārza iela", 274).notes
    assert note == "274 m are written, between the two ends are 200 m; the ends hold"


def test_a_house_number_is_an_end() -> None:
    assert place("Ostas iela", "2", "Jāņa iela").shape.bounds == (60, 0, 100, 0)
    assert place("Ostas iela", "Dārza iela", "2", 240).shape.bounds == (60, 0, 300, 0)
    assert place("Ostas iela 2", metres=40).shape.bounds == (40, 0, 80, 0)
    assert "before the house" in place("Ostas iela 2").notes[0]
    assert place("Dārza iela 17a").shape.bounds == (300, 0, 300, 100)


def test_a_whole_street_is_taken_where_the_length_fits() -> None:
    assert place("Jāņa iela").shape.length == 200
    assert place("Jāņa iela", metres=190).shape.length == 200


@pytest.mark.parametrize(
    ("described", "why"),
    [
        ({"street": ""}, "It names no street."),
        ({"street": "Ostu iela"}, "no street 'Ostu iela' in this town; did you mean Ostas iela?"),
        ({"street": "Nekur"}, "There is no street 'Nekur' in this town."),
        ({"street": "Ganību iela"}, "There are 2 streets called 'Ganību iela'; name two crossings."),
        ({"street": "Ostas iela", "begin": "Ganību iela", "end": "Jāņa iela"}, "'Ganību iela'; it crosses Dārza "
            "iela, Jāņa iela"),
        ({"street": "Ostas iela", "begin": "Jāņa iela"}, "but not to where"),
        ({"street": "Ostas iela", "begin": "Jāņa iela", "end": "Jāņa iela"}, "are the same place"),
        ({"street": "Ostas iela", "metres": 40}, "is 400 m long and 40 m are meant"),
        ({"street": "Ostas iela 99"}, "House 99 of 'Ostas iela' cannot be found: it is not known."),
        ({"street": "Jāņa iela 1"}, "no house numbers are known of it"),
        ({"street": "Ganību iela", "begin": "1", "end": "2"}, "cannot be found"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_not_guessed(described: dict[str, Any], why: str) -> None:
    with pytest.raises(UnplacedError) as refused:
        town().place(Described(**described))
    assert why in str(refused.value)


def test_a_street_that_is_there_twice_with_both_crossings_is_refused() -> None:
    lines = [("A", [(x, 0), (x + 100, 0)]) for x in (0, 5000)] + [("B", [(x, -9), (x, 0)]) for x in (0, 5000)]
    lines += [("C", [(x + 100, -9), (x + 100, 0)]) for x in (0, 5000)]
    graph = build_graph(np.array([shapely.LineString(points) for _, points in lines], np.object_))
    names = [lines[source][0] for source in graph.sources.tolist()]
    twice = Gazetteer(Streets(graph, names, [""] * 6, [""] * 6, np.zeros(6, np.bool_)))
    with pytest.raises(UnplacedError, match="There are two streets called 'A' between 'B' and 'C'"):
        twice.place(Described("A", "B", "C"))


def test_folding_is_idempotent_and_keeps_numbers_with_a_slash() -> None:
    assert fold(fold("P. Stradiņa  iela 17A/2")) == fold("P. Stradiņa  iela 17A/2") == "p stradina iela 17a/2"
