"""What only the embedded store does: packing days, dropping days, surviving a kill."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitoring.telemetry.duck import DuckStore
from monitoring.telemetry.store import Selection

DAY_S = 86_400
NOON = int(time.time()) // DAY_S * DAY_S + DAY_S // 2


@pytest.fixture
def store(tmp_path: Path) -> DuckStore:
    opened = DuckStore(tmp_path)
    opened.ensure_bucket("raw", 0)
    return opened


def values(store: DuckStore, field: str = "f") -> list[tuple[int, float]]:
    found = store.points(Selection("raw", "m", field, NOON - 60 * DAY_S, NOON + DAY_S))
    return [point for s in found for point in zip(s.times_s.tolist(), s.values.tolist(), strict=True)]


def write(store: DuckStore, *lines: str) -> None:
    store.write("raw", "\n".join(lines).encode(), "s")


def packed(folder: Path) -> list[str]:
    return sorted(f.name for f in folder.rglob("*.parquet"))


def test_days_that_are_no_longer_hot_are_packed_and_answer_as_before(store: DuckStore, tmp_path: Path) -> None:
    write(store, *(f"m,a={a} f={day * 10 + a} {NOON - day * DAY_S}" for day in range(6) for a in (1, 2)))
    before = values(store)
    store.maintain(NOON)
    assert len(packed(tmp_path)) == 4  # the last two days stay hot
    assert values(store) == before
    store.close()


def test_a_late_write_to_a_packed_day_is_united_with_it_before_and_after_packing_again(
    store: DuckStore, tmp_path: Path
) -> None:
    old = NOON - 5 * DAY_S
    write(store, f"m f=1,g=7 {old}", f"m f=2 {old + 60}")
    store.maintain(NOON)
    write(store, f"m f=9 {old}", f"m h=3 {old + 60}")
    expected = [(old, 9.0), (old + 60, 2.0)]
    assert values(store) == expected
    store.maintain(NOON)
    assert values(store) == expected
    assert values(store, "g") == [(old, 7.0)]
    assert values(store, "h") == [(old + 60, 3.0)]
    assert len(packed(tmp_path)) == 1
    store.close()


def test_a_new_field_touches_the_table_of_its_own_day_alone(store: DuckStore, tmp_path: Path) -> None:
    write(store, *(f"m f={day} {NOON - day * DAY_S}" for day in range(30)))
    write(store, f"m f=1,g=7 {NOON + 60}")
    write(store, f"m h=3 {NOON - 5 * DAY_S}")
    fields_of_days = sorted(len(fields) for fields in store._catalogue.hot.values())
    assert fields_of_days == [1] * 28 + [2, 2]
    store.close()
    again = DuckStore(tmp_path)
    assert len(values(again)) == 31
    assert (values(again, "g"), values(again, "h")) == ([(NOON + 60, 7.0)], [(NOON - 5 * DAY_S, 3.0)])
    write(again, f"m g=8 {NOON - 29 * DAY_S}")
    assert (NOON - 29 * DAY_S, 8.0) in values(again, "g")
    again.close()


def test_retention_drops_whole_days_hot_or_packed(store: DuckStore, tmp_path: Path) -> None:
    write(store, *(f"m f={day} {NOON - day * DAY_S}" for day in range(40)))
    store.maintain(NOON)
    store.ensure_bucket("raw", 30 * DAY_S)
    store.maintain(NOON)
    assert len(values(store)) == 31  # thirty days and the one that is only partly beyond
    assert len(packed(tmp_path)) == 29
    store.close()


def test_everything_is_there_after_opening_again(store: DuckStore, tmp_path: Path) -> None:
    write(store, f"m,a=1 f=1 {NOON}", f"m,a=1 f=1 {NOON - 9 * DAY_S}")
    store.maintain(NOON)
    before = values(store)
    store.close()
    again = DuckStore(tmp_path)
    write(again, f"m,a=1 f=5 {NOON}")
    assert values(again) == [before[0], (NOON, 5.0)]
    again.close()


def test_maintaining_twice_changes_nothing(store: DuckStore, tmp_path: Path) -> None:
    write(store, f"m f=1 {NOON - 9 * DAY_S}")
    store.maintain(NOON)
    before = (values(store), packed(tmp_path))
    store.maintain(NOON)
    assert (values(store), packed(tmp_path)) == before
    store.close()


KILLED = """
import sys
from pathlib import Path
from monitoring.telemetry.duck import DuckStore
store = DuckStore(Path(sys.argv[1]))
store.ensure_bucket("raw", 0)
for k in range(10**6):
    store.write("raw", f"m f={k} {int(sys.argv[2]) + k}".encode(), "s")
    print(k, flush=True)
"""


@pytest.mark.process
def test_a_killed_centre_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path), str(NOON)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    for _ in range(30):
        process.stdout.readline()
    process.kill()
    last = int((process.stdout.read().split() or [b"29"])[-1])
    process.stdout.close()
    process.wait()
    store = DuckStore(tmp_path)
    assert [value for _, value in values(store)][: last + 1] == [float(k) for k in range(last + 1)]
    store.close()
