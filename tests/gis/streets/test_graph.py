"""The street graph: lines split where they share a vertex."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.reading.files import read_file
from gis.reading.streets import read_streets
from gis.register.streets import pack_streets, unpack_streets
from gis.streets.graph import build_graph, components

LATTICE = st.lists(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=6), min_size=1, max_size=8
)


def lines(*courses: list[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.LineString(course) for course in courses], np.object_)


def test_lines_are_split_where_they_share_a_vertex_and_not_where_they_only_cross() -> None:
    crossing = build_graph(lines([(0, 0), (2, 2)], [(0, 2), (2, 0)]))
    assert (len(crossing.us), crossing.nodes) == (2, 4)
    meeting = build_graph(lines([(0, 0), (1, 1), (2, 2)], [(0, 2), (1, 1), (2, 0)]))
    assert (len(meeting.us), meeting.nodes) == (4, 5)


def test_a_line_that_meets_itself_is_split_there() -> None:
    graph = build_graph(lines([(0, 0), (1, 0), (2, 0), (2, 1), (1, 0)]))
    assert sorted(graph.lengths_m.tolist()) == pytest.approx([1, 2 + 2**0.5])


def test_what_has_no_length_is_left_out() -> None:
    graph = build_graph(lines([(0, 0), (0, 0)], [(5, 5), (6, 5)]))
    assert (len(graph.us), graph.nodes, graph.sources.tolist()) == (1, 2, [1])
    assert build_graph(np.empty(0, np.object_)).nodes == 0


@given(LATTICE)
def test_splitting_keeps_every_metre_and_its_owner(courses: list[list[tuple[int, int]]]) -> None:
    given_lines = lines(*courses)
    graph = build_graph(given_lines)
    by_source = (
        np.bincount(graph.sources, graph.lengths_m, minlength=len(courses)) if len(graph.us) else np.zeros(len(courses))
    )
    assert by_source == pytest.approx(shapely.length(given_lines))


@given(LATTICE)
def test_ends_of_edges_lie_where_their_nodes_are_and_each_place_is_one_node(
    courses: list[list[tuple[int, int]]],
) -> None:
    graph = build_graph(lines(*courses))
    if len(graph.us):
        assert shapely.get_coordinates(shapely.get_point(graph.shapes, 0)) == pytest.approx(graph.node_xy[graph.us])
        assert shapely.get_coordinates(shapely.get_point(graph.shapes, -1)) == pytest.approx(graph.node_xy[graph.vs])
    assert len({tuple(xy) for xy in graph.node_xy.tolist()}) == graph.nodes


def test_splitting_again_changes_nothing() -> None:
    once = build_graph(lines([(0, 0), (1, 1), (2, 2)], [(0, 2), (1, 1), (2, 0)]))
    again = build_graph(once.shapes)
    assert (len(again.us), again.nodes) == (len(once.us), once.nodes)


def test_the_largest_part_is_number_nought() -> None:
    graph = build_graph(lines([(9, 9), (10, 9)], [(0, 0), (1, 0), (2, 0)], [(1, 0), (1, 1)]))
    assert sorted(components(graph).tolist()) == [0, 0, 0, 0, 1, 1]


def test_the_streets_of_karlsruhe_are_read_whole(geo: Path) -> None:
    source = read_file(geo / "karlsruhe" / "streets.gpkg")
    streets, report = read_streets(source, crs=None, town_crs="EPSG:25832")
    assert (report.read, report.accepted, len(report.rejected)) == (9796, 9796, 0)
    assert (len(streets.graph.us), streets.graph.nodes) == (9796, 7731)
    assert streets.graph.lengths_m.sum() == pytest.approx(994_150, rel=1e-4)
    assert (components(streets.graph) == 0).sum() == 7364


def test_the_extract_of_karhula_has_its_streets_with_surface_and_bridges(geo: Path) -> None:
    source = read_file(geo / "karhula" / "karhula.osm.pbf")
    streets, report = read_streets(source, crs=None, town_crs="EPSG:3067")
    assert report.read == report.accepted + len(report.rejected)
    assert streets.graph.nodes == 555
    assert streets.graph.lengths_m.sum() == pytest.approx(66_275, rel=1e-3)
    assert {k: streets.surfaces.count(k) for k in ("paved", "asphalt")} == {"paved": 88, "asphalt": 16}
    assert streets.bridges.sum() == 8
    assert any("OpenStreetMap" in note for note in report.notes)


def test_streets_come_out_of_the_register_as_they_went_in(geo: Path) -> None:
    streets, _ = read_streets(read_file(geo / "karhula" / "karhula.osm.pbf"), crs=None, town_crs="EPSG:3067")
    packed = pack_streets(streets)
    again = unpack_streets(packed)
    assert pack_streets(again) == packed
    assert (again.names, again.kinds, again.surfaces) == (streets.names, streets.kinds, streets.surfaces)
    assert again.graph.node_xy == pytest.approx(streets.graph.node_xy)
