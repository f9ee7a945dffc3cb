"""CPU time and memory of process trees, from the operating system."""

import os
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def _tree(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += [child for child, parent in parents.items() if parent == pid]
    return found


def cpu_s(root: int) -> float:
    """Return seconds of CPU that a process, its living descendants and their ended children have used."""
    total = 0
    for pid in _tree(root):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:13]))
    return total / _TICKS_PER_S


def memory_mb(root: int) -> dict[str, float]:
    """Return resident memory of every process of a tree, by what it was started as."""
    found = {}
    for pid in _tree(root):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            resident = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
        except (OSError, StopIteration):
            continue
        name = " ".join(w.decode() for w in words[2:6] if not w.startswith(b"-"))
        found[f"{pid} {name}"] = int(resident.split()[1]) / 1024
    return found
