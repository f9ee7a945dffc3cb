"""The centre as its routes see it: registry, secrets, telemetry, settings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import SecretStr
from sqlalchemy.orm import Session, sessionmaker

from monitoring.forwarder import Destination
from monitoring.telemetry.duck import DuckStore
from monitoring.telemetry.influx import InfluxStore
from monitoring.telemetry.store import TelemetryStore
from ventspils.core.home import Home
from ventspils.core.registry.collectors import WriteTarget
from ventspils.core.registry.database import close_registry, open_registry
from ventspils.core.secrets import Vault, new_token
from ventspils.core.settings import Settings

_DAY_S = 86_400


@dataclass
class Centre:
    """
    Everything a route needs. `url` is set once the address is known.

    `process_token` has the administrator's rights for as long as this process lives; it is nowhere in the registry.
    """

    home: Home
    settings: Settings
    sessions: sessionmaker[Session]
    vault: Vault
    store: TelemetryStore
    embedded: DuckStore | None
    url: str = ""
    process_token: SecretStr = field(default_factory=lambda: SecretStr(new_token()))
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def write_target(self) -> WriteTarget:
        """Where collectors write."""
        telemetry = self.settings.telemetry
        if telemetry.url and telemetry.token:
            token = telemetry.collector_token or telemetry.token
            url = telemetry.collector_url or telemetry.url
            return WriteTarget(url, telemetry.org, telemetry.bucket, token.get_secret_value())
        return WriteTarget(telemetry.collector_url or self.url, telemetry.org, telemetry.bucket)

    def close(self) -> None:
        """Close registry and store."""
        self.store.close()
        close_registry(self.sessions)


def open_centre(home: Home, settings: Settings) -> Centre:
    """
    Return the centre of a home that this process owns.

    Raises:
        VentspilsError: registry, key or store cannot be used; the sentence says which.
    """
    sessions = open_registry(settings.registry.url or home.registry_url)
    vault = Vault(home.registry_key)
    telemetry = settings.telemetry
    store: TelemetryStore
    embedded = None
    if telemetry.url and telemetry.token:
        store = InfluxStore(Destination(telemetry.url, telemetry.token, telemetry.org, telemetry.bucket))
    else:
        store = embedded = DuckStore(home.telemetry)
        embedded.ensure_bucket(telemetry.bucket, telemetry.retention_days * _DAY_S)
    return Centre(home, settings, sessions, vault, store, embedded)
