"""Asking a device at once from the centre itself, for whoever sets it up or looks for a fault."""

import socket
from typing import Any  # a JSON document

from anyio import to_thread
from pydantic import SecretStr
from sqlalchemy.orm import Session, sessionmaker

from monitoring.centre.devices import find_device
from monitoring.device import describe, inspect
from monitoring.errors import AgentError, NoAnswerError
from monitoring.snmp import Target, Version, open_engine
from ventspils.core.errors import UnavailableError, UsageError
from ventspils.core.security.roles import Scope
from ventspils.core.security.secrets import Vault

_BUDGET_S = 20.0


async def check_device(
    sessions: sessionmaker[Session], vault: Vault, device_id: str, *, within: Scope, engine: str
) -> dict[str, Any]:
    """
    Return everything a device tells now.

    Raises:
        NotFoundError: there is none within the scope.
        UsageError: it has no credential.
        UnavailableError: it cannot be resolved, or does not answer.
    """
    try:
        target = await to_thread.run_sync(_find_target, sessions, vault, device_id, within)
    except OSError:
        raise UnavailableError("The device's name cannot be resolved by the centre.") from None
    opened = open_engine(engine)
    try:
        return describe(await inspect(opened, target, budget_s=_BUDGET_S))
    except (NoAnswerError, AgentError, OSError) as error:
        raise UnavailableError(f"Asked from the centre: {error}") from None
    finally:
        opened.close()


def _find_target(sessions: sessionmaker[Session], vault: Vault, device_id: str, within: Scope) -> Target:
    """Return where and as whom to ask; the name is resolved here, in a thread and not on the event loop."""
    with sessions() as session:
        device = find_device(session, device_id, within)
        if device.credential is None:
            raise UsageError(f"Device {device.name!r} has no credential; only its reachability is watched.")
        community = SecretStr(vault.open(device.credential.sealed, f"credential {device.credential.id}"))
        version = Version.V1 if device.credential.snmp_version == "1" else Version.V2C
        found = socket.getaddrinfo(device.host, None, type=socket.SOCK_DGRAM)
        return Target((str(found[0][4][0]), device.port), version, community)
