"""What the API knows of the database: sessions, which it passes on, and nothing to ask with."""

import ast
from pathlib import Path

import pytest

import ventspils.api

ROOM = Path(ventspils.api.__file__).parent
FILES = sorted(ROOM.rglob("*.py"))


def names_of(statement: ast.stmt) -> list[str]:
    """Return what a statement imports of SQLAlchemy."""
    if isinstance(statement, ast.Import):
        return [name.name for name in statement.names if name.name.partition(".")[0] == "sqlalchemy"]
    if isinstance(statement, ast.ImportFrom) and (statement.module or "").partition(".")[0] == "sqlalchemy":
        return [name.name for name in statement.names]
    return []


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(ROOM)) for file in FILES])
def test_a_route_knows_sessions_and_nothing_to_ask_a_database_with(file: Path) -> None:
    statements = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.stmt)]
    assert {name for statement in statements for name in names_of(statement)} <= {"Session"}
