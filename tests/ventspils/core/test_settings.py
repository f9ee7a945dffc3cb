"""Settings: refused with their place and a reason, and read from file and environment in that order."""

from pathlib import Path

import pytest

from ventspils.core.errors import UsageError
from ventspils.core.settings import load_settings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[collector]\ninterval_s = 4\n", "collector.interval_s"),
        ("[collector]\nspeed = 1\n", "collector.speed"),
        ("[collector]\ntimezone = 'Europe/Ventspils'\n", "is no zone of the IANA time zone database"),
        ("[telemetry]\nurl = 'http://127.0.0.1:8086'\n", "an InfluxDB needs a token"),
        ("[api]\nhost = '0.0.0.0'\n", "the centre listens on loopback only"),
        ("[api]\ncertificate = 'town.pem'\n", "api.certificate and api.private_key go together"),
        ("[api\n", "is not TOML"),
    ],
    ids=["out of range", "unknown key", "unknown zone", "no token", "open without TLS", "half of TLS", "no TOML"],
)
def test_a_setting_that_cannot_be_used_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "ventspils.toml").write_text(text)
    with pytest.raises(UsageError, match=said):
        load_settings(tmp_path)


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ventspils.toml").write_text("[collector]\ninterval_s = 30\nbudget_s = 20\n")
    monkeypatch.setenv("VENTSPILS_COLLECTOR__INTERVAL_S", "120")
    found = load_settings(tmp_path).collector
    assert (found.interval_s, found.budget_s, found.timeout_s) == (120, 20.0, 1.0)
