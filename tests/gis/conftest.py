"""Real geographic data, where it is at hand."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def geo() -> Path:
    """Return the folder of real streets and works."""
    folder = os.environ.get("VENTSPILS_TEST_DATA")
    if not folder:
        pytest.skip("VENTSPILS_TEST_DATA, with real streets and works, is not set")
    return Path(folder) / "geo"
