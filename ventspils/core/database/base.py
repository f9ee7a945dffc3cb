"""What all tables of the registry share: naming, aware times, JSON."""

from datetime import UTC, datetime
from typing import Any  # JSON columns

from sqlalchemy import JSON, DateTime, MetaData, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """Aware times in UTC, on databases that keep a zone and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times on the way in."""
        if value is not None and value.tzinfo is None:
            raise ValueError("times in the registry are aware")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give aware times on the way out."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


_COLUMN_TYPES = {
    datetime: UtcDateTime,
    dict[str, Any]: JSON,
    list[str]: JSON,
    list[int]: JSON,
    list[dict[str, Any]]: JSON,
}


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = _COLUMN_TYPES
