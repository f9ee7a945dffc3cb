"""Functions over flat arrays that are compiled to machine code, which is kept on disk where there is a place for it."""

from collections.abc import Callable
from typing import TypeVar

from numba import njit

Compiled = TypeVar("Compiled", bound=Callable[..., object])


def kernel(function: Compiled) -> Compiled:
    """Return a function compiled when it is first called; without a folder to keep it in, once a process."""
    try:
        compiled: Compiled = njit(cache=True)(function)
    except RuntimeError:  # numba finds nowhere to write
        compiled = njit(function)
    return compiled
