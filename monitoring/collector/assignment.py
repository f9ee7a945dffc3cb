"""What a collector is told to read, kept on disk so that it goes on without the centre."""

import base64
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # JSON documents

from pydantic import SecretStr

from monitoring.collector.port_policies import Mode, PortPolicy
from monitoring.snmp import Version
from monitoring.telemetry.writer import Destination
from ventspils.core.errors import DamagedError, UsageError
from ventspils.core.private_files import write_private
from ventspils.core.security.secrets import KeyPair

_VERSIONS = {"1": Version.V1, "2c": Version.V2C}


@dataclass(frozen=True)
class AssignedDevice:
    """A device to read; without a credential only its reachability is watched."""

    device_id: str
    name: str
    agency: str
    site: str
    host: str
    port: int
    credential: str | None
    snmp_version: str | None
    parent_id: str | None
    parent_port: str | None
    reach: str

    @property
    def tags(self) -> dict[str, str]:
        """The tags of everything that is measured of it."""
        return {"agent_host": self.host, "device_id": self.device_id, "agency": self.agency, "site": self.site}

    @property
    def version(self) -> Version:
        """The SNMP version to speak."""
        return _VERSIONS[self.snmp_version or "2c"]


@dataclass(frozen=True)
class Assignment:
    """Devices, secrets, policies, where to write, and how often to read."""

    devices: dict[str, AssignedDevice]
    communities: dict[str, SecretStr]
    policies: list[PortPolicy]
    destination: Destination
    interval_s: int
    tag: str = field(default="", compare=False)


class CollectorFiles:
    """The folder of a collector: its key, its enrolment, its last assignment (secrets sealed), its spool."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise UsageError(
                f"The collector's folder {folder} cannot be made: {error.strerror}; name another."
            ) from None
        self.spool = folder / "spool.sqlite"
        self._enrolment, self._assignment = folder / "enrolment.json", folder / "assignment.json"
        self._heartbeat = folder / "heartbeat"

    @property
    def keys(self) -> KeyPair:
        """The key pair, made at first use."""
        return KeyPair(self.folder / "collector.key")

    def beat(self) -> None:
        """Give a sign of life."""
        self._heartbeat.touch()

    def heartbeat_age_s(self) -> float | None:
        """Return seconds since the last sign of life; None where there was none."""
        try:
            return time.time() - self._heartbeat.stat().st_mtime
        except FileNotFoundError:
            return None

    def save_enrolment(self, centre_url: str, token: str) -> None:
        """Write down where the centre is and the token it gave."""
        write_private(self._enrolment, json.dumps({"centre": centre_url, "token": token}).encode())

    def enrolment(self) -> tuple[str, SecretStr] | None:
        """Return the centre's address and the token; None before enrolment."""
        document = _read(self._enrolment)
        return (document["centre"], SecretStr(document["token"])) if document else None

    def save_assignment(self, document: dict[str, Any], tag: str) -> None:
        """Keep an assignment as it came, its secrets sealed."""
        write_private(self._assignment, json.dumps({"tag": tag, "document": document}).encode())

    def assignment(self) -> Assignment | None:
        """
        Return the last assignment; None where there is none.

        Raises:
            DamagedError: it cannot be read, or is not sealed to this collector.
        """
        kept = _read(self._assignment)
        return read_assignment(kept["document"], self.keys, kept["tag"]) if kept else None


def _read(file: Path) -> dict[str, Any] | None:
    try:
        document: dict[str, Any] = json.loads(file.read_bytes())
        return document
    except FileNotFoundError:
        return None
    except ValueError:
        raise DamagedError(f"The file {file} is damaged; remove it and enrol the collector anew.") from None


def read_assignment(document: dict[str, Any], keys: KeyPair, tag: str) -> Assignment:
    """
    Return the assignment in a document of the centre.

    Raises:
        DamagedError: its secrets are not sealed to this collector.
    """
    secrets = json.loads(keys.open(base64.b64decode(document["sealed"])))
    devices = [AssignedDevice(**device) for device in document["devices"]]
    policies = [
        PortPolicy(p["pattern"], Mode(p["mode"]), p["hours"], p["device_id"], p["full_at_pct"], p["errors_at_per_s"])
        for p in document["policies"]
    ]
    write = document["write"]
    return Assignment(
        {device.device_id: device for device in devices},
        {name: SecretStr(text) for name, text in secrets["communities"].items()},
        policies,
        Destination(write["url"], SecretStr(secrets["token"]), write["org"], write["bucket"]),
        int(document["interval_s"]),
        tag,
    )
