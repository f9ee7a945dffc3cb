"""Who lies in one trench with whom: by hand, and laws over any history of joins and undos."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gis.costs import Laid, Utility
from gis.sharing.trenches import Join, Trench, Trenches, Wish


def wish(name: str, party: str, edges: range, *, is_work: bool = True) -> Wish:
    return Wish(name, party, Laid(Utility.WATER, 1.5), dict.fromkeys(edges, 100.0), is_work)


def town(*wishes: Wish) -> dict[str, Wish]:
    return {each.id: each for each in wishes}


SEWER, WATER = wish("sewer", "Water", range(4)), wish("pipe", "Roads", range(2, 6))
HEAT, POWER = wish("heat", "Heat", range(6), is_work=False), wish("power", "Power", range(3), is_work=False)


def test_a_need_is_served_once_on_each_section() -> None:
    joins = [Join("1", "heat", "sewer", (0, 1, 2, 3)), Join("2", "heat", "pipe", (2, 3, 4, 5))]
    trenches = Trenches(town(SEWER, WATER, HEAT), joins)
    assert [join.edges for join in trenches.joins] == [(0, 1, 2, 3), (4, 5)]
    assert trenches.free_edges("heat", "pipe", range(6)) == ()


def test_three_clients_of_a_street_are_one_joint_dig() -> None:
    joins = [
        Join("1", "heat", "sewer", (0, 1)),
        Join("2", "power", "sewer", (0, 1, 2)),
        Join("3", "pipe", "sewer", (2,)),
    ]
    (bundle,) = Trenches(town(SEWER, WATER, HEAT, POWER), joins).bundles
    assert bundle.works == {"sewer", "pipe"}
    assert bundle.trenches == (
        Trench(0, frozenset({"heat", "power", "sewer"})),
        Trench(1, frozenset({"heat", "power", "sewer"})),
        Trench(2, frozenset({"power", "pipe", "sewer"})),
    )


def test_a_need_of_two_digs_does_not_make_them_one() -> None:
    joins = [Join("1", "heat", "sewer", (0, 1)), Join("2", "heat", "pipe", (4, 5))]
    assert sorted(sorted(b.works) for b in Trenches(town(SEWER, WATER, HEAT), joins).bundles) == [["pipe"], ["sewer"]]


def test_works_that_are_joined_bring_those_who_joined_them() -> None:
    joins = [Join("1", "heat", "sewer", (2, 3)), Join("2", "power", "pipe", (2,)), Join("3", "pipe", "sewer", (2, 3))]
    trenches = Trenches(town(SEWER, WATER, HEAT, wish("power", "Power", range(2, 3), is_work=False)), joins)
    assert trenches.members(2, "power") == {"heat", "power", "pipe", "sewer"}
    assert trenches.members(3, "heat") == {"heat", "pipe", "sewer"}


def test_talking_with_more_clients_counts_those_who_are_not_in_the_dig_yet() -> None:
    trenches = Trenches(town(SEWER, WATER, HEAT, POWER), [Join("1", "heat", "sewer", (0,))])
    assert trenches.more_parties("power", "sewer") == 1
    assert trenches.more_parties("pipe", "sewer") == 1
    assert trenches.more_parties("sewer", "sewer") == 0


def test_what_does_not_dig_any_more_joins_nobody() -> None:
    assert Trenches(town(SEWER), [Join("1", "heat", "sewer", (0,))]).joins == ()
    assert Trenches(town(SEWER, HEAT), [Join("1", "heat", "sewer", (9,))]).bundles == []


EDGES = 6
random_wishes = st.lists(
    st.tuples(st.booleans(), st.sets(st.integers(0, EDGES - 1), min_size=1)), min_size=2, max_size=7
).map(
    lambda rows: {
        f"w{k}": Wish(f"w{k}", f"p{k % 4}", Laid(Utility.WATER), dict.fromkeys(edges, 10.0), is_work or k == 0)
        for k, (is_work, edges) in enumerate(rows)
    }
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[str, Wish], list[Join]]:
    wishes = draw(random_wishes)
    works = [name for name, each in wishes.items() if each.is_work]
    pairs = [(a, b) for a in wishes for b in works if a != b]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=12))
    return wishes, [Join(str(k), a, b, tuple(range(EDGES))) for k, (a, b) in enumerate(chosen)]


@given(history=histories())
def test_over_any_joins_every_wish_lies_in_one_trench_of_one_dig_on_each_section(
    history: tuple[dict[str, Wish], list[Join]],
) -> None:
    wishes, joins = history
    trenches = Trenches(wishes, joins)
    lying = Counter((t.edge, m) for bundle in trenches.bundles for t in bundle.trenches for m in t.members)
    assert set(lying.values()) <= {1}
    joined = {(edge, who) for join in trenches.joins for edge in join.edges for who in (join.wanted, join.work)}
    assert joined == set(lying)  # nobody lies in a trench that nothing decided
    for bundle in trenches.bundles:
        for trench in bundle.trenches:
            assert len(trench.members) >= 2
            assert all(trench.edge in wishes[member].metres for member in trench.members)


@given(history=histories(), data=st.data())
def test_a_join_undone_and_made_again_leaves_the_same_trenches(
    history: tuple[dict[str, Wish], list[Join]], data: st.DataObject
) -> None:
    """A join keeps the sections that it took, whatever is decided later."""
    wishes, asked = history
    before = Trenches(wishes, asked)
    if not before.joins:
        return
    undone = data.draw(st.sampled_from(before.joins))
    rest = [join for join in before.joins if join.id != undone.id]
    again = Trenches(wishes, [*Trenches(wishes, rest).joins, undone])
    assert {t for b in again.bundles for t in b.trenches} == {t for b in before.bundles for t in b.trenches}
