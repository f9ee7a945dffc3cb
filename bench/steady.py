"""Steady state: 1,000 simulated 48-port switches a minute, `ventspils run` beside Telegraf and influxd doing the same.

    python -m bench.steady [--devices 1000] [--minutes 5] [--interval 60] [--only ours|theirs]

CPU seconds are those of whole process trees, from the operating system, over the same number of minutes after a
warm-up. Counted are the same values on both sides: uptime and 15 fields of every port; our rates come on top and are
not counted.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench.processes import cpu_s, memory_mb

PARTS = Path(os.environ.get("VENTSPILS_PARTS", Path.home() / ".cache/ventspils-ict/parts"))
FIELDS = 15
STORED = FIELDS + 12 + 2  # what we store of a port: the same fields, our rates, ifIndex and poll_delay_ms
PORT = 16998
PORTS = 48
TABLE, XTABLE = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
COLUMNS = {
    f"{XTABLE}.1": "ifName", f"{XTABLE}.6": "ifHCInOctets", f"{XTABLE}.7": "ifHCInUcastPkts",
        f"{XTABLE}.8": "ifHCInMulticastPkts",
    f"{XTABLE}.9": "ifHCInBroadcastPkts", f"{XTABLE}.10": "ifHCOutOctets", f"{XTABLE}.11": "ifHCOutUcastPkts",
    f"{XTABLE}.12": "ifHCOutMulticastPkts", f"{XTABLE}.13": "ifHCOutBroadcastPkts", f"{XTABLE}.15": "ifHighSpeed",
    f"{TABLE}.7": "ifAdminStatus", f"{TABLE}.8": "ifOperStatus", f"{TABLE}.13": "ifInDiscards",
        f"{TABLE}.14": "ifInErrors",
    f"{TABLE}.19": "ifOutDiscards", f"{TABLE}.20": "ifOutErrors",
}  # fmt: skip


def simulate(devices: int) -> None:
    import resource

    import uvloop

    from ventspils.demo.simulator import Simulator, make_devices

    resource.setrlimit(resource.RLIMIT_NOFILE, (max(4096, 2 * devices),) * 2)

    async def main() -> None:
        simulator = Simulator(make_devices(["switch"] * devices, booted_s=time.time()), port=PORT)
        simulator.open()
        await asyncio.Event().wait()

    uvloop.run(main())


def call(url: str, token: str, body: object | None = None, *, content: bytes | None = None) -> Any:
    data = content if content is not None else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as response:
        text = response.read()
    return json.loads(text) if text else None


def measure(name: str, roots: list[int], minutes: float, interval: int, warm_s: float) -> float:
    time.sleep(warm_s)
    before = {name: used for root in roots for name, used in cpu_s(root).items()}
    peaks: dict[str, list[int]] = {}
    until = time.monotonic() + minutes * 60
    while time.monotonic() < until:
        time.sleep(min(interval, max(0.1, until - time.monotonic())))
        for root in roots:
            for process, megabytes in memory_mb(root).items():
                peaks.setdefault(process, []).append(round(megabytes))
    after = {process: used for root in roots for process, used in cpu_s(root).items()}
    used = {process: (seconds - before.get(process, 0.0)) / minutes for process, seconds in after.items()}
    print(f"{name}: CPU s a minute { ({k: round(v, 2) for k, v in used.items()}) }", flush=True)
    for process, series in peaks.items():
        if max(series) > 20:
            print(f"  {process[:70]}: resident MB {series}", flush=True)
    return sum(used.values())


def run_ours(folder: Path, devices: int, minutes: float, interval: int) -> float:
    from ventspils.demo.simulator import address_of

    (folder / "home").mkdir()
    (folder / "home" / "ventspils.toml").write_text(f"[collector]\ninterval_s = {interval}\n")
    command = [sys.executable, "-m", "ventspils.cli.main", "run", "--home", str(folder / "home"), "--port", "0"]
    with open(folder / "ours.log", "w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
    try:
        assert process.stdout is not None
        api = json.loads(process.stdout.readline())["api"]
        token = json.loads((folder / "home" / "contact.json").read_text())["token"]
        call(f"{api}/agencies", token, {"name": "Main Library"})
        call(f"{api}/credentials", token, {"name": "c", "community": "public"})
        rows = [f"d{k},Main Library,Akmenu iela 2,{address_of(k)}:{PORT},c,none" for k in range(devices)]
        call(
            f"{api}/devices/import",
            token,
            content="\n".join(["name,agency,site,address,credential,reach", *rows]).encode(),
        )
        cost = measure("ventspils run", [process.pid], minutes, interval, 2.2 * interval + 20)
        since = int(time.time()) - interval - 10
        found = call(
            f"{api}/telemetry/latest?measurement=interface&field=ifHCInOctets&field=in_bps&since_s={since}", token
        )
        known = sum("in_bps" in item["fields"] for item in found["items"])
        print(
            f"  ports with a value in the last interval: {len(found['items'])}, with a rate: {known} of "
            f"{devices * PORTS}"
        )
        report = call(f"{api}/collectors", token)["items"][0]["last_report"]
        print(f"  last report: ends {report['ends']}, late {report['late']}, reasons {report['reasons']}", flush=True)
        print(f"  slots over the whole time: {count_slots(api, token, minutes, interval)}", flush=True)
        return cost
    finally:
        process.terminate()
        process.wait(60)


def count_slots(api: str, token: str, minutes: float, interval: int) -> dict[str, int]:
    """Count planned and stored slots of the last minutes, and the latest any was begun, in milliseconds."""
    stop = int(time.time()) - 15
    start = stop - int(minutes * 60) // interval * interval
    path = f"{api}/telemetry/series?measurement=snmp&field=poll_delay_ms&start_s={start}&stop_s={stop}&every_s=1"
    found = call(path, token)["items"]
    delays = [v for item in found for v in item["values"] if v is not None]
    return {
        "planned": len(found) * int(minutes * 60 // interval),
        "ended": len(delays),
        "latest_ms": round(max(delays)),
    }


def run_theirs(folder: Path, devices: int, minutes: float, interval: int) -> float:
    from ventspils.demo.simulator import address_of

    http = 18996
    url = f"http://127.0.0.1:{http}"
    influxd = subprocess.Popen(
        [PARTS / "influxd-2.9.1", "--bolt-path", folder / "bolt", "--engine-path", folder / "engine", "--sqlite-path",
         folder / "sqlite", "--http-bind-address", f"127.0.0.1:{http}", "--reporting-disabled"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(5)
    call(
        f"{url}/api/v2/setup",
        "",
        {"username": "bench", "password": "bench-bench", "org": "bench", "bucket": "raw", "token": "bench"},
    )
    agents = ",".join(f'"udp://{address_of(k)}:{PORT}"' for k in range(devices))
    fields = "".join(
        f'[[inputs.snmp.table.field]]\noid="{o}"\nname="{n}"\n' + ("is_tag=true\n" if n == "ifName" else "")
        for o, n in COLUMNS.items()
    )
    (folder / "telegraf.conf").write_text(
        f'[agent]\ninterval="{interval}s"\nmetric_batch_size=5000\nmetric_buffer_limit=4000000\nomit_hostname=true\nquiet=true\n'
        f'[[inputs.snmp]]\nagents=[{agents}]\nversion=2\ncommunity="public"\ntimeout="2s"\nretries=2\nmax_repetitions=24\n'
        '[[inputs.snmp.field]]\noid="1.3.6.1.2.1.1.3.0"\nname="uptime"\n'
        f'[[inputs.snmp.table]]\nname="interface"\n{fields}'
        f'[[outputs.influxdb_v2]]\nurls=["{url}"]\ntoken="bench"\norganization="bench"\nbucket="raw"\n'
    )
    telegraf = subprocess.Popen([PARTS / "telegraf-1.37.2", "--config", folder / "telegraf.conf"])
    try:
        return measure(
            "Telegraf and influxd",
            [telegraf.pid, influxd.pid],
            minutes,
            interval,
            1.5 * interval,
        )
    finally:
        telegraf.terminate()
        telegraf.wait(60)
        influxd.terminate()
        influxd.wait(60)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--devices", type=int, default=1000)
    options.add_argument("--minutes", type=float, default=5)
    options.add_argument("--their-minutes", type=float, help="as --minutes unless told")
    options.add_argument("--interval", type=int, default=60)
    options.add_argument("--only", choices=["ours", "theirs"])
    options.add_argument("--simulate", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.simulate:
        simulate(chosen.devices)
        return
    folder = Path(tempfile.mkdtemp(prefix="steady-"))
    simulator = subprocess.Popen([sys.executable, "-m", "bench.steady", "--simulate", "--devices", str(chosen.devices)])
    time.sleep(3)
    values = chosen.devices * (1 + PORTS * FIELDS) * 60 / chosen.interval
    costs = {}
    try:
        for name, run in (("ours", run_ours), ("theirs", run_theirs)):
            if chosen.only in (None, name):
                minutes = chosen.their_minutes if name == "theirs" and chosen.their_minutes else chosen.minutes
                costs[name] = run(folder, chosen.devices, minutes, chosen.interval)
                print(f"{name}: {values / costs[name]:,.0f} stored values per CPU second", flush=True)
    finally:
        simulator.terminate()
        simulator.wait()
    if len(costs) == 2:
        ratio = costs["theirs"] / costs["ours"]
        print(
            f"ratio, same values on both sides: {ratio:.2f}; all stored values counted: {ratio * STORED / FIELDS:.2f}"
        )


if __name__ == "__main__":
    main()
