"""
What becomes true and false over the readings of a device: vanished ports, vanished sensors, renumbering, policies.
"""

from monitoring.collector.assignment import AssignedDevice
from monitoring.collector.device_watch import DeviceWatch, Outcome
from monitoring.collector.evaluation import Changes, Evaluator
from monitoring.collector.port_policies import Mode, PortPolicy
from monitoring.collector.slots import End
from monitoring.device.polling import Poll
from monitoring.device.ports import Ports, build_ports
from monitoring.device.readings import Readings, Sensor
from monitoring.snmp.ber import encode_arcs

EVERY_PORT = [PortPolicy("", Mode.ALWAYS)]


def device(name: str = "d") -> DeviceWatch:
    return DeviceWatch(AssignedDevice(name, name, "a", "s", "10.0.0.1", 161, None, None, None, None, "none"), None)


def ports(oper: dict[str, int]) -> Ports:
    columns = ["ifAdminStatus", "ifOperStatus"]
    suffixes = [encode_arcs((k + 1,)) for k in range(len(oper))]
    contents = [octets for state in oper.values() for octets in (b"\x01", bytes((state,)))]
    return build_ports(suffixes, columns, [2] * len(contents), contents, list(oper))


def outcome(
    watch: DeviceWatch,
    slot_s: int,
    oper: dict[str, int] | None = None,
    *,
    partly: bool = False,
    sensors: list[Sensor] | None = None,
) -> Outcome:
    poll = Poll(uptime_s=float(slot_s), counted_s=slot_s, received_s=slot_s)
    poll.ports = ports(oper) if oper is not None else None
    poll.readings = Readings(sensors=sensors or [])
    poll.partly = ["interface: cut short"] if partly else []
    return Outcome(watch, slot_s, End.PARTLY if partly else End.STORED, "", poll)


def evaluator(*watches: DeviceWatch) -> Evaluator:
    made = Evaluator(timezone="Europe/Riga")
    made.set_policies(EVERY_PORT, list(watches))
    return made


def feed(one: Evaluator, *outcomes: Outcome) -> Changes:
    found = Changes()
    for each in outcomes:
        _, changes = one.evaluate([each], each.slot_s)
        found.raised += changes.raised
        found.cleared += changes.cleared
    return found


def true_of(one: Evaluator) -> set[tuple[str, str]]:
    return {(c.rule, c.object) for c in one.conditions.values()}


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
    assert len(one._ports) == 51
    assert len(one._rulings) == 51
    feed(one, outcome(other, 12_000, {"x": 2}))
    assert ("port_down", "x") in true_of(one)  # what the other device's rows remember is theirs alone


def test_a_row_that_is_used_again_knows_nothing_of_the_port_before() -> None:
    watch = device()
    one = evaluator(watch)
    feed(one, outcome(watch, 60, {"a": 2}), outcome(watch, 120, {"b": 2}))
    assert true_of(one) == set()  # two slots down, but not of the same port
    feed(one, outcome(watch, 180, {"b": 2}))
    assert true_of(one) == {("port_down", "b")}


def sensor(severity: str, *, name: str = "Fan 1", oid: str = "1.3.6.1.1") -> Sensor:
    return Sensor("fanspeed", name, oid, 0, severity=severity)


def test_the_limits_that_a_device_gives_are_stored_beside_the_value() -> None:
    watch = device()
    limits = {"low_critical": None, "low_warning": 5.0, "high_warning": 55.0, "high_critical": 60.0}
    hot = Sensor("temperature", "Inlet", "1.3.6.1.1", 41.5, severity="ok", limits=limits, limits_source="device")
    lines, _ = evaluator(watch).evaluate([outcome(watch, 60, sensors=[hot])], 60)
    (stored,) = [line for line in lines.decode().splitlines() if line.startswith("sensor,")]
    assert "value=41.5," in stored
    assert "low_warning=5.0,high_warning=55.0,high_critical=60.0 " in stored
    assert "low_critical" not in stored


def test_a_sensor_that_is_gone_for_a_while_is_not_bad_any_more() -> None:
    watch = device()
    one = evaluator(watch)
    feed(one, *(outcome(watch, slot, sensors=[sensor("critical")]) for slot in (60, 120)))
    assert true_of(one) == {("sensor", "Fan 1 (1.3.6.1.1)")}
    feed(one, outcome(watch, 900))  # its table is not read in every slot
    assert true_of(one) == {("sensor", "Fan 1 (1.3.6.1.1)")}
    changes = feed(one, outcome(watch, 1200))
    assert true_of(one) == set()
    assert len(changes.cleared) == 1
    assert len(list(one._sensors.items())) == 0


def test_a_sensor_under_a_new_name_is_not_bad_under_the_old_one() -> None:
    watch = device()
    one = evaluator(watch)
    feed(one, *(outcome(watch, slot, sensors=[sensor("critical")]) for slot in (60, 120)))
    feed(one, *(outcome(watch, slot, sensors=[sensor("critical", name="Fan A")]) for slot in (180, 240)))
    assert true_of(one) == {("sensor", "Fan A (1.3.6.1.1)")}


def test_nothing_becomes_true_of_a_device_that_left_while_it_was_read() -> None:
    stays, leaves = device("stays"), device("leaves")
    one = evaluator(stays, leaves)
    feed(one, outcome(leaves, 60, {"a": 2}))
    one.set_policies(EVERY_PORT, [stays])
    feed(one, outcome(leaves, 120, {"a": 2}), outcome(leaves, 180, {"a": 2}))
    assert true_of(one) == set()


def test_lines_of_a_port_come_with_its_states() -> None:
    watch = device()
    lines, _ = evaluator(watch).evaluate([outcome(watch, 60, {"a": 1})], 60)
    first = lines.decode().splitlines()[0]
    assert first.startswith("interface,agency=a,agent_host=10.0.0.1,device_id=d,ifName=a,site=s ")
    assert "ifOperStatus=1i" in first
    assert first.endswith(" 60")


def test_what_is_not_asked_any_more_is_not_true_any_more() -> None:
    from dataclasses import replace

    from monitoring.device.reachability import Reachability

    watch = device()
    watch.device = replace(watch.device, reach="icmp")
    one = evaluator(watch)
    for slot in (60, 120):
        dead = outcome(watch, slot)
        dead.reachability = Reachability(3, 0, None, "icmp")
        feed(one, dead)
    assert true_of(one) == {("unreachable", "")}
    watch.device = replace(watch.device, reach="none")
    one.set_policies(EVERY_PORT, [watch])
    assert true_of(one) == set()


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
    assert len(one._ports) < 7000


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
    from monitoring.device.ports import COUNTERS

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
    import numpy as np

    from monitoring.device.ports import COUNTERS

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
