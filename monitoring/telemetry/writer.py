"""
Writing line protocol to an InfluxDB v2 write endpoint, ours or InfluxDB itself, with influxdb-client in synchronous
mode.
"""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException
from influxdb_client.service.write_service import WriteService
from pydantic import SecretStr
from urllib3.exceptions import HTTPError

from monitoring.errors import StoreError
from monitoring.telemetry.gzip import compress
from monitoring.telemetry.points import PRECISION

UNREACHABLE = 0


@dataclass(frozen=True)
class Destination:
    """Where points go."""

    url: str
    token: SecretStr
    org: str
    bucket: str


class Writer:
    """A connection to a write endpoint."""

    def __init__(self, destination: Destination, *, timeout_s: float = 30.0) -> None:
        self._destination = destination
        self._client = InfluxDBClient(
            url=destination.url,
            token=destination.token.get_secret_value(),
            org=destination.org,
            timeout=int(timeout_s * 1000),
            retries=False,
        )
        self._service = WriteService(self._client.api_client)  # the synchronous call below the client's write API

    def write(self, lines: bytes, *, precision: str = PRECISION) -> None:
        """
        Write lines; returns only when they are stored.

        Raises:
            StoreError: with the status of the refusal, or `UNREACHABLE` when there was no answer.
        """
        self.write_compressed(compress(lines), precision=precision)

    def write_compressed(self, body: bytes, *, precision: str = PRECISION) -> None:
        """Write lines that are gzip members already; otherwise like `write`."""
        to = self._destination
        try:
            self._service.post_write(
                org=to.org,
                bucket=to.bucket,
                body=body,
                precision=precision,
                content_encoding="gzip",
                content_type="text/plain; charset=utf-8",
            )
        except ApiException as error:
            reason = str(error.body or error.reason or "")[:500]
            raise StoreError(
                f"{to.url} refused the points ({error.status}): {reason}", status=error.status or 0
            ) from None
        except (HTTPError, OSError) as error:
            raise StoreError(
                f"{to.url} cannot be reached: {type(error).__name__}. Check address and network.", status=UNREACHABLE
            ) from None

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
