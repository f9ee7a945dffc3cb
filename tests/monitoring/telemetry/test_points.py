import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.device.ports import COUNTERS, GAUGES
from monitoring.telemetry.line_protocol import FieldType, parse
from monitoring.telemetry.points import (
    RATES,
    PortBlock,
    device_line,
    escape_tag,
    interface_lines,
    interface_series,
    join_blocks,
    line,
    series_key,
)
from tests.soak import times


def block(names: list[str], *, rates: np.ndarray | None = None) -> PortBlock:  # type: ignore[type-arg]
    rows = len(names)
    made = PortBlock(
        interface_series({"agent_host": "10.0.0.1", "site": "s"}, names),
        np.full(rows, 1_700_000_000, np.int64),
        np.full(rows, 12, np.int64),
        np.arange(1, rows + 1),
        np.zeros((rows, len(COUNTERS)), np.uint64),
        np.zeros((rows, len(COUNTERS)), np.bool_),
        np.zeros((rows, len(GAUGES)), np.uint64),
        np.zeros((rows, len(GAUGES)), np.bool_),
    )
    made.rates = rates
    return made


def test_a_line_has_tags_in_order_known_fields_and_the_time() -> None:
    made = block(["Gi1"])
    made.counters[0, 0], made.counters_valid[0, 0] = 5, True
    assert (
        interface_lines(made)
        == b"interface,agent_host=10.0.0.1,ifName=Gi1,site=s ifHCInOctets=5i,ifIndex=1i,poll_delay_ms=12i 1700000000\n"
    )


def test_unknown_is_an_absent_field_and_never_zero() -> None:
    made = block(["a", "b"], rates=np.full((2, len(RATES)), np.nan))
    made.counters[:, 0], made.counters_valid[:, 0] = [0, 7], [True, False]
    made.counters_valid[1, 1] = True
    made.rates[1, 0] = 2.5  # type: ignore[index]
    first, second = interface_lines(made).decode().splitlines()
    assert "ifHCInOctets=0i" in first
    assert "ifHCInOctets" not in second
    assert "in_bps=2.5" in second
    assert "nan" not in (first + second).lower()


def test_a_port_of_which_nothing_is_known_gives_no_line() -> None:
    assert interface_lines(block(["a"])) == b""


def test_a_counter_beyond_63_bits_is_left_out_because_no_integer_field_holds_it() -> None:
    made = block(["a"])
    made.counters[0, :2], made.counters_valid[0, :2] = [2**63, 2**63 - 1], True
    text = interface_lines(made).decode()
    assert "ifHCInOctets" not in text
    assert f"ifHCOutOctets={2**63 - 1}i" in text


texts = st.text(min_size=1, max_size=40)


@given(st.lists(texts, min_size=1, max_size=5))
@settings(max_examples=times(200))
def test_whatever_a_port_is_called_its_line_can_be_read_again(names: list[str]) -> None:
    made = block(names)
    made.counters[:, 0], made.counters_valid[:, 0] = np.arange(len(names)), True
    batches = parse(interface_lines(made), "s", 0)
    values = [v for b in batches for v in b.columns["ifHCInOctets", FieldType.INTEGER].to_pylist()]
    assert sorted(values) == list(range(len(names)))
    assert all(dict(key.tags)["agent_host"] == "10.0.0.1" for b in batches for key in b.series)


@given(texts)
def test_a_tag_value_survives_but_for_what_it_may_not_hold(text: str) -> None:
    kept = "".join(c if c.isprintable() else " " for c in text).strip()
    if kept and "\\" not in kept:
        (batch,) = parse(f"{series_key('m', {'t': text})} f=1 1".encode(), "s", 0)
        assert dict(batch.series[0].tags) == {"t": kept}


@given(
    st.dictionaries(
        st.sampled_from("abc"),
        st.one_of(
            st.integers(-(2**63), 2**63 - 1),
            st.booleans(),
            st.floats(allow_nan=False, allow_infinity=False),
            st.text(max_size=20),
        ),
        min_size=1,
    )
)
def test_fields_survive_the_round_trip(fields: dict[str, float | str | bool]) -> None:
    (batch,) = parse(line("m", fields, 1).encode(), "s", 0)
    found = {name: column[0].as_py() for (name, _), column in batch.columns.items()}
    assert found == {k: v.replace("\n", " ").replace("\r", " ") if isinstance(v, str) else v for k, v in fields.items()}


def test_not_a_number_is_never_written() -> None:
    with pytest.raises(ValueError, match="finite"):
        line("m", {"f": float("nan")}, 1)


def test_uptime_is_stored_in_hundredths_as_snmp_gives_it() -> None:
    assert (
        device_line({"agent_host": "h"}, 5, uptime_s=12.34, slot="stored")
        == 'snmp,agent_host=h uptime=1234i,requests=0i,poll_delay_ms=0i,slot="stored" 5\n'
    )


def test_blocks_joined_give_the_lines_of_each() -> None:
    one, two = block(["a"]), block(["b"])
    for made in (one, two):
        made.counters_valid[:, 3] = True
    assert interface_lines(join_blocks([one, two])) == interface_lines(one) + interface_lines(two)


def test_an_empty_tag_is_left_out() -> None:
    assert series_key("m", {"a": "", "b": None, "c": "x"}) == "m,c=x"
    assert escape_tag("a\\ b\\c\\") == "a/\\ b\\c/"
