"""Errors as answers: problem details (RFC 9457) everywhere, InfluxDB's own form below `/api/v2`."""

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from monitoring.errors import StoreError
from ventspils.api.access import NotSignedInError
from ventspils.api.etags import NoVersionError, StaleError
from ventspils.core.database.engine import CLASHES, OUTAGES
from ventspils.core.errors import (
    ConflictError,
    MissingExtraError,
    NotFoundError,
    UnavailableError,
    UsageError,
    VentspilsError,
)
from ventspils.core.extras import explain
from ventspils.core.security.people import LockedError, SignInError
from ventspils.core.security.roles import NotAllowedError

log = structlog.get_logger()

_STATUSES: dict[type[VentspilsError], tuple[int, str]] = {
    NotSignedInError: (401, "unauthorized"),
    NotAllowedError: (403, "forbidden"),
    NotFoundError: (404, "not found"),
    ConflictError: (409, "conflict"),
    SignInError: (401, "unauthorized"),
    LockedError: (429, "too many tries"),
    StaleError: (412, "changed meanwhile"),
    NoVersionError: (428, "version needed"),
    UsageError: (422, "invalid"),
    UnavailableError: (503, "unavailable"),
    MissingExtraError: (501, "not installed"),
}
_INFLUX_CODES = {400: "invalid", 401: "unauthorized", 403: "forbidden", 404: "not found", 413: "request too large"}


def _answer(
    request: Request, status: int, title: str, detail: str, headers: dict[str, str] | None = None, **more: object
) -> JSONResponse:
    if request.url.path.startswith("/api/v2/"):
        code = _INFLUX_CODES.get(status, "unprocessable entity" if status == 422 else title)
        return JSONResponse({"code": code, "message": detail}, status)
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail} | more
    return JSONResponse(document, status, headers, media_type="application/problem+json")


def _on_purpose(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, StoreError):
        return _answer(request, error.status or 503, "refused", str(error))
    status, title = next((found for kind, found in _STATUSES.items() if isinstance(error, kind)), (500, "failed"))
    if isinstance(error, LockedError):
        return _answer(request, status, title, str(error), {"Retry-After": str(error.wait_s)})
    if isinstance(error, StaleError):
        return _answer(request, status, title, str(error), present=jsonable_encoder(error.present))
    return _answer(request, status, title, str(error))


def _unfit(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part != "body")
    return _answer(request, 422, "invalid", f"{place}: {first['msg']}.")


def _of_the_framework(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else None
    return _answer(request, error.status_code, str(error.detail).lower(), f"{error.detail}.", headers)


def _clash(request: Request, _: Exception) -> JSONResponse:
    detail = "Somebody else changed the same object at the same time; look at it and try again."
    return _answer(request, 409, "conflict", detail)


def _no_database(request: Request, _: Exception) -> JSONResponse:
    return _answer(request, 503, "unavailable", "The registry does not answer; try again.")


def _mistake(request: Request, error: Exception) -> JSONResponse:
    log.exception("request_failed", path=request.url.path, exc_info=error)
    return _answer(request, 500, "failed", "The centre made a mistake; its log says which.")


def _not_installed(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ModuleNotFoundError)
    missing = explain(error)
    return _mistake(request, error) if missing is None else _on_purpose(request, missing)


def install(app: FastAPI) -> None:
    """Let the application answer errors in these forms."""
    app.add_exception_handler(VentspilsError, _on_purpose)
    app.add_exception_handler(RequestValidationError, _unfit)
    app.add_exception_handler(HTTPException, _of_the_framework)
    app.add_exception_handler(Exception, _mistake)
    app.add_exception_handler(ModuleNotFoundError, _not_installed)
    for kind in CLASHES:
        app.add_exception_handler(kind, _clash)
    for kind in OUTAGES:
        app.add_exception_handler(kind, _no_database)
