"""A town in which something is wrong, and collectors."""

from pathlib import Path
from typing import Any

import pytest

from tests.ventspils.network import enrol, enrol_one, raise_one
from ventspils.core.security.secrets import KeyPair


@pytest.fixture
def standing(town: Any) -> Any:
    enrol_one(town)
    town.incident = raise_one(town)
    return town


@pytest.fixture
def keys(tmp_path: Path) -> KeyPair:
    return KeyPair(tmp_path / "collector.key")


@pytest.fixture
def collector(town: Any, keys: KeyPair) -> str:
    return str(enrol(town, keys).json()["token"])
