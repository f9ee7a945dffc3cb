"""Which edges a dig opens, and which digs are near each other."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.reading.feed_descriptors import read_descriptor
from gis.reading.files import read_file
from gis.reading.streets import read_streets
from gis.reading.works import read_works
from gis.streets.matching import match_edges, near_pairs, nearest_nodes


def array(*shapes: object) -> np.ndarray:
    found = np.empty(len(shapes), np.object_)
    found[:] = shapes
    return found


def test_a_dig_opens_what_it_covers_with_its_share() -> None:
    street = array(shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(0, 50), (100, 50)]))
    found = match_edges(array(shapely.box(0, -2, 50, 2)), street, within_m=0.5)
    assert (found.digs.tolist(), found.edges.tolist()) == ([0], [0])
    assert found.shares[0] == pytest.approx(0.505, abs=0.001)


def test_a_line_beside_the_street_opens_it_within_the_distance_only() -> None:
    street = array(shapely.LineString([(0, 0), (100, 0)]))
    pipe = array(shapely.LineString([(0, 3), (100, 3)]))
    assert len(match_edges(pipe, street, within_m=2.9).edges) == 0
    assert match_edges(pipe, street, within_m=3.1).shares[0] == pytest.approx(1, abs=0.02)


def test_nothing_matches_nothing() -> None:
    assert len(match_edges(array(), array(shapely.LineString([(0, 0), (1, 0)])), within_m=3).edges) == 0
    assert len(match_edges(array(shapely.Point()), array(shapely.LineString([(0, 0), (1, 0)])), within_m=3).edges) == 0


def test_pairs_are_the_same_in_any_order_and_told_once() -> None:
    points = array(shapely.Point(0, 0), shapely.Point(3, 0), shapely.Point(30, 0))
    found = near_pairs(points, within_m=5)
    assert (found.firsts.tolist(), found.seconds.tolist(), found.distances_m.tolist()) == ([0], [1], [3.0])
    assert len(near_pairs(points[::-1], within_m=5).firsts) == 1


def test_the_nearest_node_and_how_far_it_is() -> None:
    node, far = nearest_nodes(np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([[9.0, 1.0]]))
    assert (node.tolist(), far.tolist()) == ([1], pytest.approx([2**0.5]))


def test_the_works_of_karlsruhe_meet_its_streets_and_each_other(geo: Path) -> None:
    streets, _ = read_streets(read_file(geo / "karlsruhe" / "streets.gpkg"), crs=None, town_crs="EPSG:25832")
    source = read_file(geo / "karlsruhe" / "works_raw_2026-08-22.geojson")
    works, _ = read_works(source, read_descriptor("karlsruhe"), crs=None, town_crs="EPSG:25832")
    shapes = np.array([work.shape for work in works], np.object_)
    opened = match_edges(shapes, streets.graph.shapes, within_m=3)
    assert len(set(opened.digs.tolist())) >= 165
    pairs = near_pairs(shapes, within_m=5)
    assert len(pairs.firsts) == 43
    apart = [works[a].promoter != works[b].promoter for a, b in zip(pairs.firsts, pairs.seconds, strict=True)]
    assert sum(apart) == 9
