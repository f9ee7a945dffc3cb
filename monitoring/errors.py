"""
Errors of the monitoring half.

VentspilsError
└── MonitoringError
    ├── SnmpError
    │   ├── MalformedError      octets that are not a bounded, well-formed SNMP message
    │   ├── NoAnswerError       the wait ended without a valid answer
    │   └── AgentError          the agent answered with an error status
    ├── ProfileError            a device profile is not usable
    ├── SpoolError              the disk spool cannot be used
    └── StoreError              the time-series store refused something
"""

from ventspils.core.errors import VentspilsError


class MonitoringError(VentspilsError):
    """Base of the errors of this package."""


class SnmpError(MonitoringError):
    """Base of what can go wrong while asking an agent."""


class MalformedError(SnmpError):
    """The octets are not a bounded, well-formed SNMP message."""


class NoAnswerError(SnmpError):
    """No valid answer came before the deadline; the sentence says what came instead, if anything."""


class AgentError(SnmpError):
    """The agent answered with an error status (RFC 3416, section 3)."""

    def __init__(self, message: str, *, status: int, index: int) -> None:
        super().__init__(message)
        self.status = status
        self.index = index


class ProfileError(MonitoringError):
    """A device profile is not usable; the sentence names file, table and key."""


class SpoolError(MonitoringError):
    """The disk spool cannot take or give records now."""


class StoreError(MonitoringError):
    """
    The time-series store refused a write or a query.

    `status` is the HTTP status that InfluxDB 2 uses for the same refusal.
    """

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status
