"""systemd units and the proxy example: valid, without secrets, and doing what the pages say of them."""

import configparser
import ipaddress
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.conftest import free_port, missing
from tests.waiting import until

ROOT = Path(__file__).parent.parent
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
PROXY = (ROOT / "deploy" / "proxy" / "nginx.conf").read_text()
MOST_EXPOSED = 25  # tenths, of 100; systemd's own word for it is OK up to 40


def read_unit(unit: Path) -> dict[str, list[str]]:
    """Return the settings of a unit's service by their names, each with all its values."""
    text = unit.read_text().partition("[Service]")[2].partition("[Install]")[0]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def test_there_is_a_unit_for_every_role() -> None:
    assert [unit.stem for unit in UNITS] == ["ventspils-centre", "ventspils-collector", "ventspils-dashboard"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_whole_shut_in_and_holds_no_secret(unit: Path) -> None:
    whole = configparser.ConfigParser(strict=False, interpolation=None)
    whole.read_string(unit.read_text())
    assert whole.sections() == ["Unit", "Service", "Install"]
    found = read_unit(unit)
    assert (found["NoNewPrivileges"], found["ProtectSystem"]) == (["yes"], ["strict"])
    assert "User" in found or found["DynamicUser"] == ["yes"]
    assert found["EnvironmentFile"]
    assert not re.search("TOKEN=|PASSWORD=|SECRET=|://[^/ ]*@", unit.read_text())


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
@pytest.mark.process
def test_the_command_of_a_unit_exists_with_its_options(unit: Path) -> None:
    (command,) = read_unit(unit)["ExecStart"]
    program, *words = command.split()
    assert program == "/opt/ventspils/bin/ventspils"
    verbs = [word for word in words if re.fullmatch("[a-z]+", word)]
    shown = subprocess.run(
        [sys.executable, "-m", "ventspils.cli.main", *verbs, "--help"],
        capture_output=True, text=True, check=True, env=os.environ | {"COLUMNS": "200"},
    ).stdout  # fmt: skip
    for option in (word for word in words if word.startswith("--")):
        assert option in shown


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
@pytest.mark.process
def test_systemd_finds_a_unit_right_and_little_exposed(unit: Path, tmp_path: Path) -> None:
    program = tmp_path / "ventspils"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text().replace("/opt/ventspils/bin/ventspils", str(program)))
    told = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
    assert (told.returncode, [line for line in told.stderr.splitlines() if unit.name in line]) == (0, [])
    judge = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", copy]
    judged = subprocess.run(judge, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout[-200:] + judged.stderr


class _Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        size = len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        told = {"port": self.server.server_port, "size": size} | {k.lower(): v for k, v in self.headers.items()}  # type: ignore[attr-defined]
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Proxied:
    port: int
    pages: int
    api: int
    trusted: ssl.SSLContext

    def ask(self, name: str, headers: dict[str, str], content: bytes = b"") -> Any:
        """Return what stands behind the proxy saw of a question to one of its names."""
        url = f"https://127.0.0.1:{self.port}/"
        with httpx2.Client(verify=self.trusted, trust_env=False, timeout=20) as http:
            answer = http.post(url, content=content, headers={"Host": name} | headers)
        assert answer.headers["strict-transport-security"]
        return answer.raise_for_status().json()


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for loopback, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")]), datetime.now(UTC)
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        .add_extension(loopback, critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return chain, secret


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """A real nginx with the example, before two servers that tell what they were asked."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        missing("nginx", "debian-parts")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    chain, key = make_certificate(folder)
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _Echo) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    pages, api = (server.server_port for server in servers)
    site = PROXY.replace("listen 443", f"listen 127.0.0.1:{port}").replace(":8501", f":{pages}")
    site = site.replace(":8480", f":{api}").replace("/etc/ventspils/tls/chain.pem", str(chain))
    site = site.replace("/etc/ventspils/tls/key.pem", str(key))
    own = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{own}{site}\n}}\n"
    )
    process = subprocess.Popen([str(program), "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
    until(lambda: is_listening(port))
    yield Proxied(port, pages, api, ssl.create_default_context(cafile=str(chain)))
    process.terminate()
    process.wait(20)
    for server in servers:
        server.shutdown()
        server.server_close()


def is_listening(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def test_the_proxy_leads_to_pages_and_api_by_name(proxied: Proxied) -> None:
    assert proxied.ask("ventspils.example.org", {})["port"] == proxied.pages
    assert proxied.ask("api.ventspils.example.org", {})["port"] == proxied.api


@pytest.mark.parametrize("name", ["ventspils.example.org", "api.ventspils.example.org"])
def test_the_proxy_tells_the_address_that_it_saw_and_no_other(proxied: Proxied, name: str) -> None:
    seen = proxied.ask(name, {"X-Client-Address": "192.0.2.1", "X-Forwarded-For": "192.0.2.2"})
    assert "x-client-address" not in seen
    assert (seen["x-forwarded-for"], seen["x-forwarded-proto"], seen["host"]) == ("127.0.0.1", "https", name)


def test_the_proxy_lets_websockets_of_the_pages_through(proxied: Proxied) -> None:
    seen = proxied.ask("ventspils.example.org", {"Upgrade": "websocket", "Connection": "Upgrade"})
    assert (seen["upgrade"], seen["connection"]) == ("websocket", "upgrade")
    assert "upgrade" not in proxied.ask("ventspils.example.org", {})


def test_the_proxy_takes_files_beyond_its_own_usual_limit(proxied: Proxied) -> None:
    assert proxied.ask("api.ventspils.example.org", {}, b"x" * 5_000_000)["size"] == 5_000_000
