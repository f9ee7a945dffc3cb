"""What becomes true and false of sensors: vanished ones, renamed ones, limits of the device's own."""

from monitoring.device.readings import Sensor
from tests.monitoring.collector.evaluation.outcomes import device, evaluator, feed, outcome, true_of


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
    assert len(list(one._sensors.memory.index.items())) == 0


def test_a_sensor_under_a_new_name_is_not_bad_under_the_old_one() -> None:
    watch = device()
    one = evaluator(watch)
    feed(one, *(outcome(watch, slot, sensors=[sensor("critical")]) for slot in (60, 120)))
    feed(one, *(outcome(watch, slot, sensors=[sensor("critical", name="Fan A")]) for slot in (180, 240)))
    assert true_of(one) == {("sensor", "Fan A (1.3.6.1.1)")}
