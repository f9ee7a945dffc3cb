"""
Errors that a caller may want to catch.

VentspilsError
├── UsageError            what was asked for cannot be done as asked
├── NotFoundError         no such object
├── ConflictError         exists already, or was changed meanwhile
├── HomeInUseError        another process owns this home
├── UnavailableError      a part that is needed does not answer
├── MissingExtraError     a part that is needed is not installed
└── DamagedError          a file of ours cannot be read

Every message tells what was wrong, which object, and what to do. The packages add their own below `VentspilsError`.
"""


class VentspilsError(Exception):
    """Base of every error raised on purpose; its text is one sentence for a person."""


class UsageError(VentspilsError):
    """What was asked for cannot be done as asked: a wrong option, file, column or name."""


class NotFoundError(VentspilsError):
    """No such object."""


class ConflictError(VentspilsError):
    """The object exists already, or somebody else changed it meanwhile."""


class HomeInUseError(VentspilsError):
    """Another process owns this home directory."""


class UnavailableError(VentspilsError):
    """A part that is needed (centre, database, network) does not answer."""


class MissingExtraError(VentspilsError):
    """A part of the product is not installed; the sentence says how to install it."""


class DamagedError(VentspilsError):
    """A file of ours cannot be read; the sentence names it and says what became of it."""
