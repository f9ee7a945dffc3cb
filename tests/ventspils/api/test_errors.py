"""What goes wrong in the middle, as answers."""

from typing import Any

import pytest


def test_an_answer_goes_out_only_after_the_change_is_kept(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError
    from sqlalchemy.orm import Session

    def full(self: Session) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk full"))

    monkeypatch.setattr(Session, "commit", full)
    monkeypatch.setattr(
        "sqlalchemy.orm.session.SessionTransaction.commit", lambda self, _to_root=False: full(self.session)
    )
    assert town.post("/agencies", {"name": "New"}).status_code == 503
