"""A centre with one account."""

from typing import Any

import pytest
from argon2 import PasswordHasher

from tests.ventspils.accounts import add, set_password
from ventspils.core.security import passwords


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id at its least cost: how dear a password is to try is tested with passwords themselves."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_NOBODYS", hasher.hash("nobody's"))


@pytest.fixture
def anna(api: Any) -> Any:
    assert set_password(api, add(api)).status_code == 201
    return api
