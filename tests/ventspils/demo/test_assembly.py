"""What is chosen when a town is founded, and that no real centre is taken for one."""

import json
from pathlib import Path

import pytest

from ventspils.core.errors import UsageError
from ventspils.core.home import Home
from ventspils.core.settings import load_settings
from ventspils.demo.assembly import found_town, has_town, read_choice, refuse_real_centre
from ventspils.demo.town import MIDDLE


def test_a_town_is_what_was_chosen_when_it_was_founded(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert not has_town(home)
    found_town(home, None, 25, pytest.fail)
    assert has_town(home)
    town = read_choice(home)
    assert (town.devices, town.middle, town.around) == (25, None, MIDDLE)
    assert 1024 <= town.port < 65536
    assert load_settings(tmp_path).collector.interval_s == 10


def test_a_real_town_lies_around_its_own_middle(tmp_path: Path) -> None:
    (tmp_path / "town.json").write_text(json.dumps({"devices": 1, "port": 16100, "middle": [9.9, 53.5]}))
    assert read_choice(Home(tmp_path)).around == (9.9, 53.5)


def test_a_home_of_a_real_centre_is_refused_and_that_of_a_town_is_not(tmp_path: Path) -> None:
    home = Home(tmp_path)
    refuse_real_centre(home)
    (tmp_path / "ventspils.toml").write_text("")
    with pytest.raises(UsageError, match="holds a real centre"):
        refuse_real_centre(home)
    (tmp_path / "town.json").write_text("{}")
    refuse_real_centre(home)
