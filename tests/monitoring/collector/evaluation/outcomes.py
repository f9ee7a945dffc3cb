"""Outcomes of readings as tests of the evaluation need them, and what became true over them."""

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
