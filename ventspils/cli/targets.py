"""Targets as people write them: HOST, HOST:PORT, [v6]:PORT, with SNMP options."""

import ipaddress
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ventspils.core.errors import UsageError

if TYPE_CHECKING:  # SNMP is loaded when a device is asked, not for `ventspils --help`
    from monitoring.snmp import Address, Target, Version

SNMP_PORT = 161


class UnresolvedError(UsageError):
    """A host name that no name server knows."""


_V3_LATER = "SNMP version 3 is not in this release yet; use version 1 or 2c for now."


def parse_version(text: str) -> "Version":
    """
    Return the version of that name.

    Raises:
        UsageError: version 3, or no version at all.
    """
    from monitoring.snmp import Version

    if text == "3":
        raise UsageError(_V3_LATER)
    versions = {"1": Version.V1, "2c": Version.V2C}
    if text not in versions:
        raise UsageError(f"SNMP version {text!r} does not exist; use 1 or 2c.")
    return versions[text]


def parse_address(text: str) -> "Address":
    """
    Return host and port of a target, the host resolved to an address.

    Raises:
        UsageError: not a host and port, or a name that cannot be resolved.
    """
    host, port_text = text, ""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port_text = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port_text = text.partition(":")
    if not host or (
        port_text
        and not (port_text.isascii() and port_text.isdecimal() and len(port_text) < 6 and 0 < int(port_text) < 65536)
    ):
        raise UsageError(f"Target {text!r}: write HOST, HOST:PORT or [v6 address]:PORT.")
    return _resolve(host), int(port_text or SNMP_PORT)


def _resolve(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        raise UnresolvedError(
            f"Target {host!r}: the name cannot be resolved; check its spelling or use an address."
        ) from None
    return str(found[0][4][0])


def read_secret(file: Path, what: str) -> SecretStr:
    """
    Return the first line of a file that holds a secret.

    Raises:
        UsageError: the file cannot be read or is empty.
    """
    try:
        text = file.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{what} file {str(file)!r} cannot be read: {getattr(error, 'strerror', 'not text')}."
        ) from None
    if not text:
        raise UsageError(f"{what} file {str(file)!r} is empty.")
    return SecretStr(text)


def build_target(
    host: str, *, version: str, community: str | None, community_file: Path | None, timeout_s: float
) -> "Target":
    """
    Return the target that the options of a command describe.

    Raises:
        UsageError: an option cannot be used.
    """
    from monitoring.snmp import Pace, Target

    if community is not None and community_file is not None:
        raise UsageError("Give --community or --community-file, not both.")
    secret = read_secret(community_file, "Community") if community_file else SecretStr(community or "public")
    return Target(parse_address(host), parse_version(version), secret, pace=Pace(timeout_s=timeout_s))
