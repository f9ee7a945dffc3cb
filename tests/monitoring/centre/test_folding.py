"""Who is the root of what: worked out by hand."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.centre.folding import Topology, find_heads, find_root, is_settled, means_down, root_of

CHAIN = {"core": None, "switch": "core", "camera": "switch", "other": "core"}


def test_the_root_is_the_topmost_dead_device_of_an_unbroken_line() -> None:
    assert find_root(Topology(CHAIN, {"core", "switch", "camera"}), "camera") == "core"
    assert find_root(Topology(CHAIN, {"switch", "camera"}), "camera") == "switch"
    assert find_root(Topology(CHAIN, {"core", "camera"}), "camera") is None  # the switch between them answers
    assert find_root(Topology(CHAIN, {"core"}), "core") is None


class Open(NamedTuple):
    """An open incident, as far as folding looks at it."""

    id: str
    device_id: str
    rule: str


def test_what_a_dead_parent_explains_is_folded_below_it_and_a_port_never() -> None:
    core, camera = Open("1", "core", "unreachable"), Open("2", "camera", "unreachable")
    silent, port = Open("3", "camera", "snmp_silent"), Open("4", "camera", "port_down")
    heads = find_heads([silent, port, camera, core])
    assert heads == {"core": "1", "camera": "2"}
    below = Topology(CHAIN, {"core", "switch", "camera"})
    alone = Topology(CHAIN, {"camera"})
    assert [root_of(below, each, heads) for each in (core, camera, silent, port)] == [None, "1", "1", None]
    assert [root_of(alone, each, heads) for each in (core, camera, silent, port)] == [None, None, "2", None]


@pytest.mark.parametrize(
    ("rule", "reach", "is_down"),
    [
        ("unreachable", "icmp", True),
        ("snmp_silent", "icmp", False),
        ("snmp_silent", "none", True),
        ("snmp_silent", None, False),
        ("port_down", "none", False),
    ],
)
def test_a_device_is_down_when_it_does_not_answer_at_all(rule: str, reach: str | None, is_down: bool) -> None:
    assert means_down(rule, reach) is is_down


def test_parents_in_a_circle_hold_nothing_up() -> None:
    assert find_root(Topology({"a": "b", "b": "a"}, {"a", "b"}), "a") in ("a", "b")
    assert find_root(Topology({"a": "a"}, {"a"}), "a") is None


def test_a_device_is_settled_once_its_parent_answered_after_it_died() -> None:
    network = Topology(CHAIN, {"camera"}, {"switch": (100, True)})
    assert is_settled(network, "camera", 100)
    assert not is_settled(network, "camera", 101)  # the parent was last probed before that
    assert not is_settled(Topology(CHAIN, {"camera"}, {"switch": (200, False)}), "camera", 100)  # it may be dying too
    assert not is_settled(Topology(CHAIN, {"camera"}), "camera", 100)  # nothing is known of it
    assert is_settled(Topology(CHAIN, {"core"}), "core", 100)  # it hangs on nothing


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_a_root_is_always_dead_and_above(parents: dict[str, str], down: set[str]) -> None:
    network = Topology(parents, down)
    for device in "abcdef":
        root = find_root(network, device)
        assert root is None or root in down
