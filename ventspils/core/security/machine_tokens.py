"""Machines' tokens: made, found, revoked."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ventspils.core.errors import NotFoundError, UsageError
from ventspils.core.security.models import Token
from ventspils.core.security.secrets import hash_token, new_token

SCOPES = ("admin", "read", "write")


def add_token(session: Session, *, name: str, scope: str, now: datetime) -> tuple[Token, str]:
    """
    Make a token; its text is given once and not kept.

    Raises:
        UsageError: no such scope.
    """
    if scope not in SCOPES:
        raise UsageError(f"Token scope {scope!r} does not exist; use {', '.join(SCOPES)}.")
    text = new_token()
    token = Token(id=uuid.uuid4().hex[:16], name=name, scope=scope, hash=hash_token(text), created_at=now)
    session.add(token)
    session.flush()
    return token, text


def find_token(session: Session, text: str) -> Token | None:
    """Return the token of that text, unless it was revoked."""
    return session.scalar(select(Token).where(Token.hash == hash_token(text), Token.revoked_at.is_(None)))


def list_tokens(session: Session) -> Sequence[Token]:
    """Return the tokens that are valid."""
    return session.scalars(select(Token).where(Token.revoked_at.is_(None)).order_by(Token.name, Token.id)).all()


def revoke_token(session: Session, token_id: str, now: datetime) -> Token:
    """
    Make a token invalid.

    Raises:
        NotFoundError: no valid token of that id.
    """
    token = session.get(Token, token_id)
    if token is None or token.revoked_at is not None:
        raise NotFoundError(f"Token {token_id!r} is unknown or revoked already.")
    token.revoked_at = now
    return token
