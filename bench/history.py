"""One port's month of 5-minute values out of 83 million rows, from the embedded store, while it is being written.

    python -m bench.history [--switches 200] [--days 30] [--questions 100]

The rows are made inside the store (writing them as text would measure the text) and lie as the store lays them: two hot
days in DuckDB tables, older days packed by the store's own packing. Meanwhile a thread writes line protocol as a
collector would.
"""

import argparse
import random
import statistics
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from monitoring.telemetry.catalogue import hot_table
from monitoring.telemetry.duck import DuckStore
from monitoring.telemetry.store import Selection, series

PORTS, EVERY_S, DAY_S = 48, 300, 86_400


def fill(store: DuckStore, switches: int, days: int, today: int) -> int:
    head = "".join(
        f"interface,device_id=d{d},ifName=Gi{p} in_bps=1,out_bps=1 {today * DAY_S}\n"
        for d in range(switches)
        for p in range(PORTS)
    )
    store.write("raw", head.encode(), "s")
    measurement = store._catalogue.measurements[next(iter(store._catalogue.measurements))]
    fields = [f"f{number}" for number, _ in store._catalogue.fields[measurement].values()]
    rows, started = 0, time.monotonic()
    for day in range(today - days + 1, today + 1):
        with store._lock:
            store._prepare_day(measurement, day, [n for n, _ in store._catalogue.fields[measurement].values()])
            made = (
                f"SELECT s.id, ({day}::BIGINT * {DAY_S} + t.range * {EVERY_S}) * 1000000000, t.range, random() * "
                f"1e9, random() * 1e9 "
                f"FROM series s, range({DAY_S // EVERY_S}) t"
            )
            names = ", ".join(["series", "time", "seq", *fields])
            store._connection.execute(f"INSERT INTO {hot_table(measurement, day)} ({names}) {made}")
        rows += switches * PORTS * DAY_S // EVERY_S
        store.maintain(today * DAY_S + DAY_S // 2)
        print(f"\r{rows:,d} rows after {time.monotonic() - started:.0f} s", end="", flush=True)
    print()
    return rows


def keep_writing(store: DuckStore, switches: int, stopping: threading.Event, counts: list[int]) -> None:
    """Write a sixtieth of the ports every second, as collectors of all these switches would."""
    while not stopping.wait(1.0):
        now = int(time.time())
        chosen = [(d, p) for d in range(switches) for p in range(PORTS) if (d * PORTS + p) % 60 == now % 60]
        lines = "".join(
            f"interface,device_id=d{d},ifName=Gi{p} in_bps={p * 1e6},out_bps={d * 1e6} {now}\n" for d, p in chosen
        )
        store.write("raw", lines.encode(), "s")
        counts.append(len(chosen))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--switches", type=int, default=200)
    options.add_argument("--days", type=int, default=30)
    options.add_argument("--questions", type=int, default=100)
    chosen = options.parse_args()
    today = int(time.time()) // DAY_S
    with tempfile.TemporaryDirectory(prefix="history-") as folder:
        store = DuckStore(Path(folder))
        store.ensure_bucket("raw", 0)
        rows = fill(store, chosen.switches, chosen.days, today)
        size = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
        stopping, counts = threading.Event(), []  # type: ignore[var-annotated]
        writing = threading.Thread(target=keep_writing, args=(store, chosen.switches, stopping, counts))
        writing.start()
        random_ = random.Random(1)
        took = []
        for _ in range(chosen.questions):
            tags = {"device_id": f"d{random_.randrange(chosen.switches)}", "ifName": f"Gi{random_.randrange(PORTS)}"}
            span = Selection("raw", "interface", "in_bps", (today - chosen.days + 1) * DAY_S, (today + 1) * DAY_S, tags)
            started = time.perf_counter()
            (found,) = series(store, span, every_s=EVERY_S)
            took.append((time.perf_counter() - started) * 1000)
            assert np.isfinite(found.values).sum() >= chosen.days * DAY_S // EVERY_S - 1
            time.sleep(0.05)
        stopping.set()
        writing.join()
        took.sort()
        print(f"{rows:,d} rows in {size / 1e6:,.0f} MB; {sum(counts):,d} more written meanwhile")
        p50, p95 = statistics.median(took), took[int(0.95 * len(took))]
        print(f"one port's {chosen.days} days of {EVERY_S}-s values: p50 {p50:.0f} ms, p95 {p95:.0f} ms")
        store.close()


if __name__ == "__main__":
    main()
