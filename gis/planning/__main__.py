"""
The solver's process: `python -m gis.planning FILE` solves an instance, prints one JSON document, and tells its progress
on stderr.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from gis.planning.solving import InstanceSearch
from ventspils.core.errors import VentspilsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Solve the instance that the arguments name; return the exit code, 1 where nothing was found."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.compile:
        from gis.planning.compiling import compile_kernels

        compile_kernels()
        return 0
    if asked.file is None:
        parser.error("name the file of an instance")
    search = InstanceSearch(asked.file, time_limit_s=asked.time_limit, work_limit=asked.work_limit, seed=asked.seed)
    search.watch(tells=asked.progress)
    try:
        json.dump(search.answer(), sys.stdout, ensure_ascii=False)
    except VentspilsError as error:
        sys.stderr.write(f"{error}\n")
        search.leave(1)
        return 1
    sys.stdout.write("\n")
    search.leave(0)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gis.planning", description="Solve an instance from a file.")
    parser.add_argument("--compile", action="store_true", help="compile what is to be compiled, once, at set-up")
    parser.add_argument(
        "file", type=Path, nargs="?", help="a Steiner instance (.gr, .stp) or a digging instance (.json)"
    )
    parser.add_argument("--time-limit", type=float, help="seconds; 60 without a work limit")
    parser.add_argument("--work-limit", type=int, help="units of work, the same on every machine")
    parser.add_argument("--seed", type=int, default=0, help="what is left to chance")
    parser.add_argument("--progress", action="store_true", help="tell on stderr how far it is, a line of JSON a second")
    return parser


if __name__ == "__main__":
    sys.exit(main())
