"""The home of a centre: where its files lie, and the lock that makes one owner."""

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from ventspils.core.errors import HomeInUseError, UnavailableError, UsageError
from ventspils.core.private_files import write_private

VARIABLE = "VENTSPILS_HOME"


def default_home() -> Path:
    """Return the home that is used when none is named: the variable's, else one in the user's data folder."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "ventspils-ict"


@dataclass(frozen=True)
class CentreAddress:
    """How a running centre is reached on this machine."""

    api: str
    token: SecretStr


class Home:
    """A home directory. `acquire` makes this process its owner until it ends or releases it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise UsageError(f"The home {path} cannot be made: {error.strerror}; name another with --home.") from None
        self._lock: int | None = None

    @property
    def registry(self) -> Path:
        """The registry that is used when no other is named."""
        return self.path / "registry.sqlite"

    @property
    def telemetry(self) -> Path:
        """The folder of the embedded store."""
        return self.path / "telemetry"

    @property
    def collector(self) -> Path:
        """The folder of the collector that runs on the same machine."""
        return self.path / "collector"

    @property
    def registry_key(self) -> Path:
        """The key that the registry's secrets are encrypted under."""
        return self.path / "keys" / "registry.key"

    def acquire(self) -> None:
        """
        Become the owner.

        Raises:
            HomeInUseError: another process is.
        """
        try:
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise UsageError(
                f"The home {self.path} cannot be used: {error.strerror}; name another with --home."
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise HomeInUseError(
                f"The home {self.path} belongs to a centre that is running; stop it, or name another home with --home."
            ) from None
        self._lock = descriptor

    def release(self) -> None:
        """Stop being the owner."""
        (self.path / "contact.json").unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def publish(self, contact: CentreAddress) -> None:
        """Write down how this centre is reached, for commands on the same machine."""
        document = {"api": contact.api, "token": contact.token.get_secret_value()}
        write_private(self.path / "contact.json", json.dumps(document).encode())

    def contact(self) -> CentreAddress | None:
        """Return how the running centre of this home is reached; None where none runs."""
        try:
            document = json.loads((self.path / "contact.json").read_bytes())
            return CentreAddress(document["api"], SecretStr(document["token"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError):
            raise UnavailableError(
                f"The file {self.path / 'contact.json'} cannot be read; restart the centre."
            ) from None
