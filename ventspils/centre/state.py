"""The running centre without HTTP: registry, secrets, telemetry, settings, and what it holds in memory."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from gis.register.models import CableRoute, DigImport, DigSite, OwnPriceRow, Party, StreetSet, Work
from monitoring.centre.assignments import WriteTarget
from monitoring.centre.notices import Post
from monitoring.telemetry.duck import DuckStore
from monitoring.telemetry.influx import InfluxStore
from monitoring.telemetry.store import TelemetryStore
from monitoring.telemetry.writer import Destination
from ventspils.centre.assignment_cache import AssignmentCache
from ventspils.centre.broadcast import Events
from ventspils.centre.rate_limit import RateLimit
from ventspils.centre.solver_processes import SolverProcesses
from ventspils.core.database.engine import close_registry, is_answering, open_registry
from ventspils.core.home import Home
from ventspils.core.security.secrets import Vault, new_token
from ventspils.core.settings import Settings

_DAY_S = 86_400
_DAYS_OF_GROWTH = 7
_SIGN_INS_A_MINUTE, _UNKNOWN_A_MINUTE = 30, 5


class DigChanges:
    """How often something was committed that chances to dig once are found from."""

    _PARTS = (CableRoute, DigImport, DigSite, OwnPriceRow, Party, StreetSet, Work)

    def __init__(self) -> None:
        self.count = 0

    def watch(self, sessions: sessionmaker[Session]) -> None:
        """Count the commits of these sessions that change one of the parts."""

        @event.listens_for(sessions, "after_flush")
        def _on_flush(session: Session, _: object) -> None:
            touched = (*session.new, *session.deleted, *(x for x in session.dirty if session.is_modified(x)))
            if any(isinstance(x, self._PARTS) for x in touched):
                session.info["digs_changed"] = True

        @event.listens_for(sessions, "after_commit")
        def _on_commit(session: Session) -> None:
            self.count += session.info.pop("digs_changed", False)


@dataclass(frozen=True)
class Readiness:
    """Whether registry and telemetry answer: `ok`, or what is the matter."""

    registry: str
    telemetry: str

    @property
    def is_fine(self) -> bool:
        """Whether both do."""
        return self.registry == self.telemetry == "ok"


@dataclass(frozen=True)
class StoreFigures:
    """What the store of points takes, and by how much it grew a day of late; None where nothing tells."""

    kind: str
    octets: int | None
    octets_a_day: int | None


@dataclass
class Centre:
    """
    Everything a route needs. `url` is set once the address is known.

    `chances_of` is the day for which chances to dig once were last looked for, and how often digs had changed by then;
    `chances_as_of` is when that was last known to hold.
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
    assignment_cache: AssignmentCache = field(default_factory=AssignmentCache)
    events: Events = field(default_factory=Events)
    sign_in_limit: RateLimit = field(default_factory=lambda: RateLimit(_SIGN_INS_A_MINUTE))
    unknown_limit: RateLimit = field(default_factory=lambda: RateLimit(_UNKNOWN_A_MINUTE))
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    poked: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop | None = None
    digs: DigChanges = field(default_factory=DigChanges)
    chances_of: tuple[date, int] | None = None
    chances_as_of: datetime | None = None
    chances_lock: Lock = field(default_factory=Lock)
    plans: SolverProcesses = field(default_factory=SolverProcesses)

    @property
    def basemap(self) -> Path:
        """The file with the ground under maps; there need not be one."""
        return self.home.path / "basemap.pmtiles"

    def today(self) -> date:
        """Return the day in the town's own time."""
        return self.now().astimezone(ZoneInfo(self.settings.collector.timezone)).date()

    def poke(self) -> None:
        """Let incidents be settled soon; may be called from any thread."""
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self.poked.set)

    @property
    def post(self) -> Post:
        """What sending notices needs."""
        settings = self.settings
        return Post(self.sessions, self.vault, settings.dashboard.public_url, settings.collector.timezone)

    @property
    def write_target(self) -> WriteTarget:
        """Where collectors write."""
        telemetry = self.settings.telemetry
        if telemetry.url and telemetry.token:
            token = telemetry.collector_token or telemetry.token
            url = telemetry.collector_url or telemetry.url
            return WriteTarget(url, telemetry.org, telemetry.bucket, token.get_secret_value())
        return WriteTarget(telemetry.collector_url or self.url, telemetry.org, telemetry.bucket)

    def look_ready(self) -> Readiness:
        """Ask registry and store something small."""
        registry = "ok" if is_answering(self.sessions) else "no answer"
        bucket, since_s = self.settings.telemetry.bucket, int(time.time()) - 1
        try:
            self.store.latest(bucket, "snmp", ["uptime"], since_s=since_s, tags={"device_id": "-"})
        except Exception as error:  # noqa: BLE001 - whatever it is, the store is not ready
            return Readiness(registry, type(error).__name__)
        return Readiness(registry, "ok")

    def measure_store(self) -> StoreFigures:
        """Return how large the store is, and by how much it grew a day over the last week of packed days."""
        if self.embedded is None:
            return StoreFigures("InfluxDB 2", None, None)
        latest = sorted(self.embedded.packed_octets().items())[-_DAYS_OF_GROWTH:]
        a_day = sum(octets for _, octets in latest) // len(latest) if latest else None
        return StoreFigures("embedded", self.embedded.octets(), a_day)

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
    sessions = open_registry(settings.registry.url or home.registry)
    vault = Vault(home.registry_key)
    telemetry = settings.telemetry
    store: TelemetryStore
    embedded = None
    if telemetry.url and telemetry.token:
        store = InfluxStore(Destination(telemetry.url, telemetry.token, telemetry.org, telemetry.bucket))
    else:
        store = embedded = DuckStore(home.telemetry)
        embedded.ensure_bucket(telemetry.bucket, telemetry.retention_days * _DAY_S)
    centre = Centre(home, settings, sessions, vault, store, embedded)
    centre.assignment_cache.watch(sessions)
    centre.digs.watch(sessions)
    return centre
