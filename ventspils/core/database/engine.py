"""Opening the registry and bringing its tables up to date."""

import sqlite3
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from ventspils.core.errors import DamagedError, UnavailableError, UsageError
from ventspils.core.extras import explain

# What a registry raises in the middle of its work: two changed the same at once, or the database is gone.
CLASHES: tuple[type[Exception], ...] = (IntegrityError,)
OUTAGES: tuple[type[Exception], ...] = (OperationalError,)


def open_registry(place: str | Path) -> sessionmaker[Session]:
    """
    Return sessions over the registry in a SQLite file, or at a database URL (`postgresql+psycopg://...`), migrated to
    the present.

    Raises:
        UsageError: the URL cannot be used.
        MissingExtraError: the driver that it names is not installed.
        UnavailableError: the database does not answer.
        DamagedError: what lies there is not a registry of ours, or of a later release.
    """
    try:
        url = URL.create("sqlite", database=str(place)) if isinstance(place, Path) else place
        engine = create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise explain(error) or UsageError(f"The registry address cannot be used: {error}.") from None
    except (ArgumentError, ValueError) as error:
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


def is_answering(sessions: sessionmaker[Session]) -> bool:
    """Whether a registry answers."""
    try:
        with sessions() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


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
    configuration.set_main_option(
        "script_location", str(files("ventspils.core.database") / "migrations").replace("%", "%%")
    )
    configuration.set_main_option("path_separator", "os")
    return configuration


def migrate(engine: Engine) -> None:
    """
    Run the migrations that the database lacks.

    PostgreSQL does so in one transaction. SQLite does not undo everything, so a copy is kept from before until the
    result was checked; an upgrade that was interrupted begins again from that copy.
    """
    configuration = _configuration()
    file = _file_of(engine)
    if file is not None:
        _undo_interrupted(file)
    head = ScriptDirectory.from_config(configuration).get_current_head()
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    if present == head:
        return
    copy = _keep(file) if file is not None and present is not None else None
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
    if file is not None:
        _check(engine, file)
    if copy is not None and file is not None:
        copy.replace(file.with_name(f"{file.name}.before-{head}"))


def _file_of(engine: Engine) -> Path | None:
    name = engine.url.database if engine.dialect.name == "sqlite" else None
    return Path(name) if name and name != ":memory:" else None


def _upgrading(file: Path) -> Path:
    return file.with_name(f"{file.name}.upgrading")


def _keep(file: Path) -> Path:
    """Copy the registry as it is; the copy has its name only once it is whole."""
    partial, copy = file.with_name(f"{file.name}.partial"), _upgrading(file)
    partial.unlink(missing_ok=True)
    source, target = sqlite3.connect(file), sqlite3.connect(partial)
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()
    partial.replace(copy)
    return copy


def _undo_interrupted(file: Path) -> None:
    """Put the copy from before back where an upgrade did not come to its end."""
    copy = _upgrading(file)
    if copy.exists():
        for extra in ("-wal", "-shm"):
            file.with_name(file.name + extra).unlink(missing_ok=True)
        copy.replace(file)


def _check(engine: Engine, file: Path) -> None:
    """
    Look whether the upgraded database is sound.

    Raises:
        DamagedError: it is not; the next start begins again from the copy.
    """
    with engine.connect() as connection:
        sound = connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if not sound or orphans is not None:
        raise DamagedError(
            f"The registry {file} is not sound after its upgrade; install the release before, and tell us."
        )
