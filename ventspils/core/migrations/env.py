"""How Alembic reaches the registry: over the connection it is handed."""

from alembic import context

from ventspils.core.registry import incident_models, models, people_models  # noqa: F401 - they fill the metadata
from ventspils.core.registry.base import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
