import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.device.readings import WalkedTable, evaluate, grade
from monitoring.errors import ProfileError
from monitoring.profiles.expressions import compile_expression
from monitoring.profiles.loader import load_profile, standard_profiles
from monitoring.profiles.schema import SENSOR_UNITS
from monitoring.snmp.ber import encode_integer, encode_oid
from monitoring.snmp.walks import Column


@pytest.mark.parametrize(
    ("text", "row", "value"),
    [
        ("a * 2 + b", {"a": 3, "b": 1}, 7),
        ("value * ten_to((scale - 9) * 3 - precision)", {"value": 235, "scale": 9, "precision": 1}, 23.5),
        ("a / b", {"a": 1, "b": 0}, None),
        ("a + b", {"a": 1}, None),
        ("a + b", {"a": 1, "b": "x"}, None),
        ("a == 1 or a == 2", {"a": 2}, True),
        ("not (a == 1)", {"a": 1}, False),
        ("1 if a > 5 else 0", {"a": 9}, 1),
        ("number(t)", {"t": "about -23.5 C"}, -23.5),
        ("log10(a)", {"a": 0}, None),
        ("item(t, 1)", {"t": "one two"}, "two"),
        ("bit(a, 2)", {"a": 4}, True),
        ("-a % 7", {"a": 3}, 4),
        ("a * b", {"a": "x", "b": 10**12}, None),
        ("starts(a, 'x')", {"a": 5}, None),
    ],
)
def test_an_expression_is_worth_what_arithmetic_says(text: str, row: dict[str, int], value: object) -> None:
    assert compile_expression(text, "here")(row) == value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "a.b",
        "a[0]",
        "lambda: 1",
        "[x for x in a]",
        "f'{a}'",
        "a; b",
        "open('x')",
        "1 << 9",
        "a ** b",
        "b'x'",
    ],
)
def test_whatever_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(ProfileError, match="here"):
        compile_expression(text, "here")


@given(st.text(max_size=30))
def test_no_text_whatever_does_more_than_compute(text: str) -> None:
    with contextlib.suppress(ProfileError):
        compile_expression(text, "here")({})


def test_all_standard_profiles_load_and_have_units() -> None:
    names = {profile.spec.name for profile in standard_profiles()}
    wanted = {"IF-MIB", "ENTITY-MIB", "ENTITY-SENSOR-MIB", "HOST-RESOURCES-MIB", "UCD-SNMP-MIB", "UPS-MIB"}
    assert wanted <= names
    assert all(SENSOR_UNITS.values())


GOOD = """
name = "X"
source = "s"
probe = "1.3.6.1.4.1.1"
[states.s]
1 = { name = "fine", severity = "ok" }
[[tables]]
name = "t"
oid = "1.3.6.1.4.1.1.1"
columns = { a = 1, b = 2 }
[[tables.readings]]
kind = "sensor"
class = "voltage"
value = "a / 10"
read = "a"
name = "Input {index}"
limits = { high_critical = "b / 10" }
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "X"', "name = ", "not TOML"),
        ('source = "s"', "", "source"),
        ('"voltage"', '"tension"', "'tension' does not exist"),
        ('read = "a"', 'read = "z"', "'z', which is not among"),
        ('"a / 10"', '"a /"', "not an expression"),
        ("b = 2", "b = 1", "stands in it twice"),
        ('kind = "sensor"', 'kind = "smell"', "kind"),
        ('name = "t"', 'name = "t"\njoin = ["u"]', "joins 'u'"),
        ('name = "t"', 'name = "t"\ntext = ["c"]', "text column 'c'"),
        ('name = "Input {index}"', 'name = "x"\nstates = "q"', "states 'q'"),
        ('"1.3.6.1.4.1.1"', '"enterprises.1"', "probe"),
    ],
)
def test_a_profile_with_a_mistake_is_refused_and_the_place_named(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    file = tmp_path / "x.toml"
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ProfileError, match=r"x\.toml") as raised:
        load_profile(file)
    assert words in str(raised.value)


def walked(tmp_path: Path, a: int, b: int) -> WalkedTable:
    (tmp_path / "x.toml").write_text(GOOD)
    (table,) = load_profile(tmp_path / "x.toml").tables

    def column(oid: str, value: int) -> Column:
        prefix = encode_oid(oid)
        return Column(prefix, [prefix + b"\x07"], [2], [encode_integer(value)[2:]])

    return WalkedTable(table, {"a": column("1.3.6.1.4.1.1.1.1", a), "b": column("1.3.6.1.4.1.1.1.2", b)})


def test_a_reading_has_value_unit_name_oid_and_the_devices_own_limit(tmp_path: Path) -> None:
    (sensor,) = evaluate([walked(tmp_path, 2305, 2500)]).sensors
    assert (sensor.value, sensor.unit, sensor.name, sensor.oid) == (230.5, "V", "Input 7", "1.3.6.1.4.1.1.1.1.7")
    assert (sensor.severity, sensor.limits["high_critical"], sensor.limits_source) == ("ok", 250.0, "device")


def test_beyond_the_devices_own_limit_a_reading_is_critical(tmp_path: Path) -> None:
    assert evaluate([walked(tmp_path, 2600, 2500)]).sensors[0].severity == "critical"


@pytest.mark.parametrize(
    ("value", "severity"), [(1, "critical"), (2, "warning"), (5, "ok"), (8, "warning"), (9, "critical")]
)
def test_a_value_is_graded_by_its_limits(value: float, severity: str) -> None:
    limits = {"low_critical": 1.0, "low_warning": 2.0, "high_warning": 8.0, "high_critical": 9.0}
    assert grade(value, limits) == severity


def test_without_limits_nothing_is_judged() -> None:
    assert grade(1e9, {}) == "ok"
