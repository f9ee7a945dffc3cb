"""Opening the registry and bringing its tables up to date."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from ventspils.core.errors import DamagedError, UnavailableError, UsageError


def open_registry(url: str) -> sessionmaker[Session]:
    """
    Return sessions over the registry at a database URL (`sqlite:///file`, `postgresql+psycopg://...`), migrated to the present.

    Raises:
        UsageError: the URL cannot be used.
        UnavailableError: the database does not answer.
        DamagedError: what lies there is not a registry of ours, or of a later release.
    """
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except (ArgumentError, ModuleNotFoundError, ValueError) as error:
        raise UsageError(f"The registry address cannot be used: {str(error).partition(chr(10))[0]}.") from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    shown = engine.url.render_as_string(hide_password=True)
    try:
        migrate(engine)
    except OperationalError as error:
        raise UnavailableError(f"The registry {shown} cannot be opened: {error.orig}.") from None
    except (DatabaseError, CommandError) as error:
        reason = str(error).partition("\n")[0]
        raise DamagedError(f"{shown} is not a registry that this release can read: {reason}.") from None
    return sessionmaker(engine, expire_on_commit=False)


def close_registry(sessions: sessionmaker[Session]) -> None:
    """Close the connections of a registry."""
    sessions.kw["bind"].dispose()


def _prepare_sqlite(connection: object, _: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined] # whatever DB-API connection SQLAlchemy made
    for pragma in ("journal_mode = WAL", "foreign_keys = ON", "busy_timeout = 10000", "synchronous = FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(files("ventspils.core") / "migrations"))
    configuration.set_main_option("path_separator", "os")
    return configuration


def migrate(engine: Engine) -> None:
    """Run the migrations that the database lacks, in one transaction."""
    configuration = _configuration()
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
