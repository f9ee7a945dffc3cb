"""What tests of people begin with: accounts, their passwords, signing in."""

from datetime import timedelta
from typing import Any

PASSWORD = "a good long password"


def add(api: Any, name: str = "anna", role: str = "operator", agency: str | None = None) -> str:
    body = {"name": name, "full_name": "Anna", "grants": [{"role": role, "agency": agency}]}
    return str(api.post("/people", body).json()["link"])


def set_password(api: Any, link: str, password: str = PASSWORD) -> Any:
    return api.http.post("/api/v1/passwords", json={"link": link, "password": password})


def sign_in(api: Any, name: str = "anna", password: str = PASSWORD, code: str | None = None) -> Any:
    return api.http.post("/api/v1/tokens", json={"name": name, "password": password, "code": code})


def later(api: Any, **passed: float) -> None:
    present = api.centre.now()
    api.centre.now = lambda: present + timedelta(**passed)
