"""The centre's server over real connections: its own TLS, and connections that are kept."""

import datetime
import ipaddress
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

pytestmark = pytest.mark.process
COMMAND = [sys.executable, "-m", "ventspils.cli.main"]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "town")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    chain, secret = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, secret


def write_settings(home: Path, chain: Path, key: Path) -> None:
    home.mkdir()
    (home / "ventspils.toml").write_text(f'[api]\nhost = "0.0.0.0"\ncertificate = "{chain}"\nprivate_key = "{key}"\n')


@pytest.fixture
def served(tmp_path: Path, certificate: tuple[Path, Path]) -> Iterator[tuple[Path, int]]:
    import socket
    import time

    home = tmp_path / "home"
    write_settings(home, *certificate)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([*COMMAND, "centre", "serve", "--home", str(home), "--port", str(port)])
    while not (home / "contact.json").exists():
        assert process.poll() is None
        time.sleep(0.1)
    yield home, port
    process.terminate()
    assert process.wait(20) == 0


def test_with_a_certificate_the_centre_speaks_tls_outside_and_to_its_own_machine_by_loopback(
    served: tuple[Path, int], certificate: tuple[Path, Path]
) -> None:
    home, port = served
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    assert httpx2.get(f"https://127.0.0.1:{port}/healthz", verify=trust).json() == {"status": "ok"}
    with pytest.raises(httpx2.HTTPError):
        httpx2.get(f"http://127.0.0.1:{port}/healthz")
    assert json.loads((home / "contact.json").read_text())["api"].startswith("http://127.0.0.1:")
    done = subprocess.run([*COMMAND, "agency", "list", "--home", str(home), "--json"], capture_output=True, check=True)
    assert json.loads(done.stdout)["total"] == 0


def test_a_certificate_that_cannot_be_used_is_one_sentence(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("no certificate")
    write_settings(tmp_path / "home", bad, certificate[1])
    done = subprocess.run(
        [*COMMAND, "centre", "serve", "--home", str(tmp_path / "home"), "--port", "0"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_certificate_or_a_proxy_the_centre_does_not_listen_beyond_loopback(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "ventspils.toml").write_text('[api]\nhost = "0.0.0.0"\n')
    done = subprocess.run(
        [*COMMAND, "centre", "serve", "--home", str(home), "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "loopback only" in done.stderr


def test_a_connection_that_was_idle_for_a_while_takes_the_next_question(centre_process: Any) -> None:
    """
    Clients close idle connections after 5 s; a server that does so at the same moment loses the question on its way.
    """
    address = urlsplit(centre_process.url)
    with closing(HTTPConnection(address.hostname or "", address.port)) as connection:
        for pause_s in (0, 6):
            time.sleep(pause_s)
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            assert (answer.status, bool(answer.read())) == (200, True)
        begun = time.monotonic()
        centre_process.stop()
        assert time.monotonic() - begun < 10  # an idle connection does not keep the centre from stopping
        centre_process.start()
