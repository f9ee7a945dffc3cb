"""Who is the root of what: worked out by hand."""

from hypothesis import given
from hypothesis import strategies as st

from monitoring.centre.incidents import Topology, find_root, is_settled

CHAIN = {"core": None, "switch": "core", "camera": "switch", "other": "core"}


def test_the_root_is_the_topmost_dead_device_of_an_unbroken_line() -> None:
    assert find_root(Topology(CHAIN, {"core", "switch", "camera"}), "camera") == "core"
    assert find_root(Topology(CHAIN, {"switch", "camera"}), "camera") == "switch"
    assert find_root(Topology(CHAIN, {"core", "camera"}), "camera") is None  # the switch between them answers
    assert find_root(Topology(CHAIN, {"core"}), "core") is None


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
