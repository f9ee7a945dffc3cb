"""What becomes true and false of ports: vanished ones, renumbering, policies."""

import numpy as np

from monitoring.collector.evaluation import Evaluator
from monitoring.collector.port_policies import Mode, PortPolicy
from monitoring.device.ports import COUNTERS
from tests.monitoring.collector.evaluation.outcomes import device, evaluator, feed, outcome, true_of


def test_a_port_that_is_gone_from_a_whole_reading_is_not_down_any_more() -> None:
    watch = device()
    one = evaluator(watch)
    feed(one, outcome(watch, 60, {"a": 1, "b": 2}), outcome(watch, 120, {"a": 1, "b": 2}))
    assert true_of(one) == {("port_down", "b")}
    changes = feed(one, outcome(watch, 180, {"a": 1}))
    assert true_of(one) == set()
    assert [c.object for c in changes.cleared] == ["b"]


def test_a_port_that_a_reading_cut_short_lacks_stays_as_it_was() -> None:
    watch = device()
    one = evaluator(watch)
    feed(one, outcome(watch, 60, {"a": 1, "b": 2}), outcome(watch, 120, {"a": 1, "b": 2}))
    feed(one, outcome(watch, 180, {"a": 1}, partly=True))
    assert true_of(one) == {("port_down", "b")}
    feed(one, outcome(watch, 240, {"a": 1, "b": 1}))
    assert true_of(one) == set()


def test_a_device_that_invents_names_fills_no_memory() -> None:
    watch, other = device("d"), device("other")
    one = evaluator(watch, other)
    feed(one, outcome(other, 50, {"x": 2}))
    for slot in range(1, 200):
        feed(one, outcome(watch, slot * 60, {f"p{slot}-{k}": 1 for k in range(50)}))
    assert len(one._ports.memory.index) == 51
    assert len(one._ports.rulings) == 51
    feed(one, outcome(other, 12_000, {"x": 2}))
    assert ("port_down", "x") in true_of(one)  # what the other device's rows remember is theirs alone


def test_a_row_that_is_used_again_knows_nothing_of_the_port_before() -> None:
    watch = device()
    one = evaluator(watch)
    feed(one, outcome(watch, 60, {"a": 2}), outcome(watch, 120, {"b": 2}))
    assert true_of(one) == set()  # two slots down, but not of the same port
    feed(one, outcome(watch, 180, {"b": 2}))
    assert true_of(one) == {("port_down", "b")}


def test_lines_of_a_port_come_with_its_states() -> None:
    watch = device()
    lines, _ = evaluator(watch).evaluate([outcome(watch, 60, {"a": 1})], 60)
    first = lines.decode().splitlines()[0]
    assert first.startswith("interface,agency=a,agent_host=10.0.0.1,device_id=d,ifName=a,site=s ")
    assert "ifOperStatus=1i" in first
    assert first.endswith(" 60")


def test_a_port_list_that_is_whole_and_empty_lets_all_ports_go() -> None:
    watch = device()
    one = evaluator(watch)
    feed(one, outcome(watch, 60, {"a": 2}), outcome(watch, 120, {"a": 2}))
    feed(one, outcome(watch, 180, {}))
    assert true_of(one) == set()


def test_a_device_that_invents_names_in_readings_cut_short_fills_no_memory_either() -> None:
    watch = device()
    one = evaluator(watch)
    for slot in range(1, 60):
        feed(one, outcome(watch, slot * 60, {f"p{slot}-{k}": 1 for k in range(500)}, partly=True))
    assert len(one._ports.memory.index) < 7000


def test_a_very_long_name_makes_a_condition_that_the_centre_takes_and_that_ends() -> None:
    watch = device()
    one = evaluator(watch)
    name = "uplink " + "x" * 900
    feed(one, outcome(watch, 60, {name: 2}), outcome(watch, 120, {name: 2}))
    ((_, shown),) = true_of(one)
    assert len(shown) <= 512
    changes = feed(one, outcome(watch, 180, {name: 1}))
    assert true_of(one) == set()
    assert len(changes.cleared) == 1


def test_a_port_has_too_many_errors_at_its_own_limit() -> None:
    watch = device()
    one = Evaluator(timezone="Europe/Riga")
    one.set_policies([PortPolicy("radio", Mode.ALWAYS, errors_at_per_s=20), PortPolicy("", Mode.ALWAYS)], [watch])
    errors = COUNTERS.index("ifInErrors")
    for slot in range(60, 420, 60):
        each = outcome(watch, slot, {"radio": 1, "usual": 1})
        assert each.poll is not None
        assert each.poll.ports is not None
        each.poll.ports.counters[:, errors] = slot * 5  # 5 a second
        each.poll.ports.counters_valid[:, errors] = True
        feed(one, each)
    assert true_of(one) == {("errors", "usual")}
    (condition,) = one.conditions.values()
    assert condition.detail == "5.0"


def test_a_port_counts_as_full_at_its_own_share_of_the_line() -> None:
    watch = device()
    one = Evaluator(timezone="Europe/Riga")
    one.set_policies([PortPolicy("early", Mode.ALWAYS, full_at_pct=50), PortPolicy("", Mode.ALWAYS)], [watch])
    octets = COUNTERS.index("ifHCInOctets")
    for slot in range(60, 420, 60):
        each = outcome(watch, slot, {"early": 1, "usual": 1})
        assert each.poll is not None
        assert each.poll.ports is not None
        each.poll.ports.counters[:, octets] = slot * 75_000_000  # 600 Mbit/s
        each.poll.ports.counters_valid[:, octets] = True
        each.poll.ports.speed_bps[:] = np.uint64(10**9)
        feed(one, each)
    assert true_of(one) == {("utilisation", "early")}
    (condition,) = one.conditions.values()
    assert condition.detail == "60.0"
