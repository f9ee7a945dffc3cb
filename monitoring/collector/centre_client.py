"""A collector's side of the centre's API."""

import base64
from typing import Any  # JSON documents

import httpx2
from pydantic import SecretStr

from ventspils.core.errors import UnavailableError, UsageError

_TIMEOUT_S = 20.0


class CentreClient:
    """Talks to the centre; whatever goes wrong on the way is an UnavailableError and is tried again later."""

    def __init__(self, url: str, token: SecretStr | None = None) -> None:
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
        self._url = url
        self._http = httpx2.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT_S, trust_env=False)

    async def enrol(self, code: str, name: str, public_key: bytes) -> SecretStr:
        """
        Return the token that the centre gives for a code.

        Raises:
            UsageError: the code or the name is refused.
        """
        key = base64.b64encode(public_key).decode()
        response = await self._call(
            "POST", "/api/v1/collectors/enrol", json={"code": code, "name": name, "public_key": key}
        )
        return SecretStr(self._document(response, "token")["token"])

    async def assignment(self, tag: str) -> tuple[dict[str, Any], str] | None:
        """Return the assignment and its tag; None while it is the one with the given tag."""
        response = await self._call("GET", "/api/v1/collectors/assignment", headers={"If-None-Match": tag})
        if response.status_code == 304:
            return None
        return self._document(response, "devices", "write", "sealed"), response.headers.get("ETag", "")

    async def report(self, document: dict[str, Any]) -> bool:
        """Send a sweep report; return whether the centre wants the full set of conditions."""
        response = await self._call("POST", "/api/v1/collectors/report", json=document)
        return bool(self._document(response, "resend")["resend"])

    def _document(self, response: httpx2.Response, *keys: str) -> dict[str, Any]:
        """Return a JSON object with these keys; anything else did not come from a centre."""
        try:
            document = response.json()
        except ValueError:
            document = None
        if not isinstance(document, dict) or any(key not in document for key in keys):
            raise UnavailableError(f"What answers at {self._url} is not a centre.")
        return document

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _call(self, method: str, path: str, **options: Any) -> httpx2.Response:
        try:
            response = await self._http.request(method, path, **options)
        except httpx2.HTTPError as error:
            raise UnavailableError(f"The centre {self._url} cannot be reached: {type(error).__name__}.") from None
        if response.status_code >= 500:
            raise UnavailableError(f"The centre {self._url} answered {response.status_code}.")
        if response.status_code >= 400:
            detail = (
                self._document(response).get("detail") if "json" in response.headers.get("Content-Type", "") else None
            )
            raise UsageError(f"The centre {self._url} refused ({response.status_code}): {detail or 'no reason given'}")
        return response
