"""Half of all devices dead: do the healthy ones still get all their slots in time?

    python -m bench.dead [--alive 2000] [--dead 2000] [--minutes 4]

The dead ones are simulated devices that never answer, like hosts behind a dead line.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.processes import cpu_s, memory_mb
from bench.steady import PORT, call


def simulate(alive: int, dead: int) -> None:
    import asyncio
    import resource

    import uvloop

    from ventspils.demo.simulator import Simulator, make_devices

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    async def main() -> None:
        simulator = Simulator(make_devices(["ups"] * (alive + dead), booted_s=time.time()), port=PORT)
        simulator.open()
        for number in range(alive + 1, alive + dead + 1):
            simulator.devices[f"ups-{number}"].faults.silent = True
        await asyncio.Event().wait()

    uvloop.run(main())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--alive", type=int, default=2000)
    options.add_argument("--dead", type=int, default=2000)
    options.add_argument("--minutes", type=float, default=4)
    options.add_argument("--simulate", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.simulate:
        simulate(chosen.alive, chosen.dead)
        return
    from ventspils.demo.simulator import address_of

    total = chosen.alive + chosen.dead
    words = ["--simulate", "--alive", str(chosen.alive), "--dead", str(chosen.dead)]
    simulator = subprocess.Popen([sys.executable, "-m", "bench.dead", *words])
    home = Path(tempfile.mkdtemp(prefix="dead-"))
    command = [sys.executable, "-m", "ventspils.cli.main", "run", "--home", str(home), "--port", "0"]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
    try:
        assert process.stdout is not None
        api = json.loads(process.stdout.readline())["api"]
        token = json.loads((home / "contact.json").read_text())["token"]
        call(f"{api}/agencies", token, {"name": "Main Library"})
        call(f"{api}/credentials", token, {"name": "c", "community": "public"})
        rows = [f"d{k},Main Library,Main building,{address_of(k)}:{PORT},c,none" for k in range(total)]
        head = "name,agency,site,address,credential,reach"
        call(f"{api}/devices/import", token, content="\n".join([head, *rows]).encode())
        before = cpu_s(process.pid)
        time.sleep(chosen.minutes * 60 + 30)
        used = {name: round(s - before.get(name, 0), 1) for name, s in cpu_s(process.pid).items()}
        names = {d["id"]: d["name"] for d in pages(api, token)}
        stop = int(time.time()) - 60
        start = stop - int((chosen.minutes - 2) * 60)
        path = f"/telemetry/series?measurement=snmp&field=poll_delay_ms&start_s={start}&stop_s={stop}&every_s=1"
        delays: list[float] = []
        missing = 0
        for item in call(f"{api}{path}", token)["items"]:
            if int(names[item["tags"]["device_id"]][1:]) < chosen.alive:
                found = [v for v in item["values"] if v is not None]
                delays += found
                missing += max(0, (stop - start) // 60 - len(found))
        delays.sort()
        print(
            f"healthy slots {len(delays)}, missing {missing}, begun late: p95 {delays[int(0.95 * len(delays))]:.0f} "
            f"ms, "
            f"latest {delays[-1]:.0f} ms"
        )
        print(f"CPU s {used}; resident MB { {k: round(v) for k, v in memory_mb(process.pid).items()} }")
        silent = call(f"{api}/incidents?limit=1", token)["total"]
        print(f"problems standing: {silent}")
    finally:
        process.terminate()
        process.wait(60)
        simulator.terminate()
        simulator.wait()


def pages(api: str, token: str) -> list[dict[str, str]]:
    found, cursor = [], ""
    while cursor is not None:
        page = call(f"{api}/devices?limit=10000&cursor={cursor}", token)
        found += page["items"]
        cursor = page["next"]
    return found


if __name__ == "__main__":
    main()
