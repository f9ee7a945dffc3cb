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


def _cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:13])) / _TICKS_PER_S


def _name_of(pid: int) -> str:
    try:
        words = [w.decode() for w in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if w]
    except OSError:
        return ""
    plain = [Path(w).name for w in words if not w.startswith("-") and "python" not in w]
    return " ".join(plain[:3]) or "?"


def cpu_s(root: int) -> dict[str, float]:
    """Return seconds of CPU that every process of a tree has used, by what it was started as."""
    return {f"{_name_of(pid)} ({pid})": _cpu_of(pid) for pid in _tree(root)}


def memory_mb(root: int) -> dict[str, float]:
    """Return resident memory of every process of a tree, by what it was started as."""
    found = {}
    for pid in _tree(root):
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            resident = next(line for line in lines if line.startswith("VmRSS"))
        except (OSError, StopIteration):
            continue
        found[f"{_name_of(pid)} ({pid})"] = int(resident.split()[1]) / 1024
    return found
