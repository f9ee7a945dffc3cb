"""Kernels are compiled where nothing can be kept, too."""

import pytest
from numba.core import caching

from gis.planning.kernels import kernel


def _double(number: int) -> int:
    return 2 * number


def test_where_nothing_can_be_kept_a_kernel_is_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    monkeypatch.setattr(caching.CompileResultCacheImpl, "_locator_classes", [], raising=False)
    assert kernel(_double)(21) == 42
