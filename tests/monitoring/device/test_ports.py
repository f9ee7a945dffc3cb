from hypothesis import given
from hypothesis import strategies as st

from monitoring.device.ports import COUNTERS, build_ports, octets, unique_names
from monitoring.snmp.ber import encode_arcs

short = st.text("ab", max_size=2)


@given(st.lists(st.tuples(short, short), max_size=8))
def test_no_two_ports_of_a_device_share_a_name(ports: list[tuple[str, str]]) -> None:
    suffixes = [encode_arcs((k + 1,)) for k in range(len(ports))]
    names = unique_names([name for name, _ in ports], [descr for _, descr in ports], suffixes)
    assert len(set(names)) == len(ports)
    assert all(names)


def test_a_name_that_is_alone_stays_as_it_is() -> None:
    suffixes = [encode_arcs((k,)) for k in (1, 2, 3)]
    assert unique_names(["Gi1", "lan", "lan"], ["x", "left", "right"], suffixes) == ["Gi1", "lan left", "lan right"]
    assert unique_names(["", "lan", "lan"], ["", "same", "same"], suffixes) == ["#1", "lan same #2", "lan same #3"]


def test_the_speed_comes_from_ifhighspeed_or_else_ifspeed_unless_that_is_at_its_ceiling() -> None:
    def speed(high: int, low: int) -> int:
        contents = [high.to_bytes(4), low.to_bytes(4)]
        return int(build_ports([b"\x01"], ["ifHighSpeed", "ifSpeed"], [0x42, 0x42], contents, ["p"]).speed_bps[0])

    assert speed(10_000, 2**32 - 1) == 10**10
    assert speed(0, 2_048_000) == 2_048_000
    assert speed(0, 2**32 - 1) == 0
    assert speed(220_000_000, 2**32 - 1) == 0  # bits per second where megabits belong: 220 Tb/s is no line


def test_a_64_bit_counter_that_stands_at_zero_beside_a_moving_32_bit_one_is_not_believed() -> None:
    columns = ["ifHCInOctets", "ifInOctets"]
    made = build_ports([b"\x01"], columns, [0x46, 0x41], [b"\0", b"\x05"], ["p"])
    numbers, valid = octets(made, "In")
    assert (numbers.tolist(), valid.tolist()) == ([5], [True])
    made = build_ports([b"\x01"], columns, [0x46, 0x41], [b"\x07", b"\x05"], ["p"])
    assert octets(made, "In")[0].tolist() == [7]


def test_columns_that_were_not_read_are_unknown() -> None:
    made = build_ports([b"\x01"], ["ifHCInOctets"], [0x46], [b"\x01"], ["p"])
    assert made.counters_valid[0].tolist() == [name == "ifHCInOctets" for name in COUNTERS]
