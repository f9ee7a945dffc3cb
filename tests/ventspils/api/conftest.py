"""A centre with one account."""

from typing import Any

import pytest

from tests.ventspils.accounts import add, set_password


@pytest.fixture
def anna(api: Any) -> Any:
    assert set_password(api, add(api)).status_code == 201
    return api
