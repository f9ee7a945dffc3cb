"""Every command with wrong input: one clear sentence on stderr, nothing on stdout, no traceback, exit code not 0."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process
COMMAND = [sys.executable, "-m", "ventspils.cli.main"]


def run(*arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    place = ["--home", str(home)] if home else []
    return subprocess.run([*COMMAND, *arguments, *place], capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "empty").write_text("")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "community").write_text("public\n")
    (tmp_path / "twice").write_text("127.0.0.1:9\n127.0.0.1:9 public\n")
    (tmp_path / "columns").write_text("host,secret\na,b\n")
    (tmp_path / "nowhere").write_text("no.such.host.invalid\n")
    (tmp_path / "dead").write_text("127.0.0.1:9 public\n")
    return tmp_path


ENROL = ["--code-file", "{0}/community", "--name", "n", "--folder", "{0}/c"]
WRONG = {
    "version 3": (["device", "inspect", "127.0.0.1", "--snmp-version", "3"], 2, "version 3 is not in this release"),
    "no version": (["device", "inspect", "127.0.0.1", "--snmp-version", "4"], 2, "does not exist"),
    "options of version 3": (["device", "inspect", "127.0.0.1", "--user", "u"], 2, "belong to SNMP version 3"),
    "an unknown name": (["device", "inspect", "no.such.host.invalid"], 2, "cannot be resolved"),
    "an impossible port": (["device", "inspect", "127.0.0.1:99999"], 2, "write HOST"),
    "an empty host": (["device", "inspect", ":161"], 2, "write HOST"),
    "an unreachable device": (["device", "inspect", "127.0.0.1:9", "--timeout", "0.1"], 1, "does not answer SNMP"),
    "a missing community file": (["device", "inspect", "127.0.0.1", "--community-file", "{0}/none"], 2,
    "cannot be read"),
    "an empty community file": (["device", "inspect", "127.0.0.1", "--community-file", "{0}/empty"], 2, "is empty"),
    "a binary community file": (["device", "inspect", "127.0.0.1", "--community-file", "{0}/binary"], 2,
    "cannot be read"),
    "two communities": (["device", "inspect", "127.0.0.1", "--community", "a", "--community-file", "{0}/community"],
    2, "not both"),
    "an unknown engine": (["device", "inspect", "127.0.0.1", "--engine", "magic"], 2, "use native or pysnmp"),
    "no targets": (["sweep", "once", "--targets", "{0}/none"], 2, "cannot be read"),
    "an empty target list": (["sweep", "once", "--targets", "{0}/empty"], 2, "holds no target"),
    "a target twice": (["sweep", "once", "--targets", "{0}/twice"], 2, "twice"),
    "wrong columns": (["sweep", "once", "--targets", "{0}/columns"], 2, "it needs address"),

    "half a destination": (["sweep", "once", "--targets", "{0}/dead", "--write", "http://127.0.0.1:9"], 2,
    "--write needs"),
    "a destination without write": (["sweep", "once", "--targets", "{0}/dead", "--org", "o"], 2, "need --write"),
    "an unknown centre": (
        ["collector", "enrol", "http://127.0.0.1:9", *ENROL], 1, "cannot be reached"),
    "an address without scheme": (
        ["collector", "enrol", "centre:8480", *ENROL], 2, "http://"),
    "a collector that is not enrolled": (["collector", "run", "--folder", "{0}/c"], 2, "is not enrolled"),
    "a collector that never lived": (["collector", "health", "--folder", "{0}/c"], 1, "never"),
    "a fault without a town": (["fault", "core-1", "silent", "--home", "{0}/h"], 2, "No demo town runs"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_input_gets_one_sentence(files: Path, kind: str) -> None:
    arguments, status, words = WRONG[kind]
    done = run(*(argument.replace("{0}", str(files)) for argument in arguments))
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert words in done.stderr
    assert done.stderr.strip().count("\n") == 0
    assert "Traceback" not in done.stderr


def test_a_sweep_in_which_nothing_answers_reports_and_fails(files: Path) -> None:
    done = run("sweep", "once", "--targets", str(files / "dead"), "--timeout", "0.1", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["devices"], found["answered"], found["failed"]) == (1, 0, {"no answer": 1})


REGISTRY = {
    "a device of nobody": (["device", "add", "d", "10.0.0.1", "--agency", "x", "--site", "s"], "agency 'x' is unknown"),
    "a missing file": (["device", "import", "/nowhere.csv"], "cannot be read"),
    "retiring nothing": (["device", "retire", "ghost"], "'ghost' is unknown"),
    "revoking nothing": (["collector", "revoke", "ghost"], "'ghost' is unknown"),
    "a bad pattern": (["policy", "add", "(", "--mode", "always"], "not a regular expression"),
}


@pytest.mark.parametrize("kind", REGISTRY)
def test_what_the_centre_refuses_is_said_by_the_command(tmp_path: Path, kind: str) -> None:
    arguments, words = REGISTRY[kind]
    done = run(*arguments, home=tmp_path / "home")
    assert done.returncode in (1, 2)
    assert (done.stdout, done.stderr.strip().count("\n")) == ("", 0), done.stderr
    assert words in done.stderr


SETTINGS = {
    "an unknown key": ("[collector]\nspeed = 9\n", "collector.speed"),
    "a value out of range": ("[collector]\ninterval_s = 1\n", "collector.interval_s"),
    "no TOML": ("[collector\n", "not TOML"),
    "an open address without a proxy": ('[api]\nhost = "0.0.0.0"\n', "loopback"),
    "an InfluxDB without a token": ('[telemetry]\nurl = "http://127.0.0.1:8086"\n', "token"),
    "an unknown registry": ('[registry]\nurl = "nonsense"\n', "registry address"),
}


@pytest.mark.parametrize("kind", SETTINGS)
def test_wrong_settings_are_named(tmp_path: Path, kind: str) -> None:
    text, words = SETTINGS[kind]
    (tmp_path / "ventspils.toml").write_text(text)
    done = run("agency", "list", home=tmp_path)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("centre", "serve", "--port", str(taken.getsockname()[1]), home=tmp_path)
    assert done.returncode == 1
    assert "choose another --port" in done.stderr


def test_a_damaged_telemetry_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "telemetry").mkdir()
    (tmp_path / "telemetry" / "telemetry.duckdb").write_bytes(b"nonsense" * 1000)
    done = run("agency", "list", home=tmp_path)
    assert done.returncode == 1
    assert "restore it from a backup" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.timeout(120)
def test_a_second_signal_while_the_first_is_heard_does_not_hang_the_stop(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "ventspils.cli.main", "run", "--home", str(tmp_path), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        assert running.stdout is not None
        assert json.loads(running.stdout.readline())["url"]
        for _ in range(50):
            running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0


@pytest.mark.timeout(120)
def test_pages_whose_port_is_taken_are_not_those_of_somebody_else(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (tmp_path / "ventspils.toml").write_text(f"[dashboard]\nport = {taken.getsockname()[1]}\n")
        api = free_port()
        done = run("run", "--port", str(api), "--for", "1", home=tmp_path)
    assert done.returncode == 1
    assert "another program does; set dashboard.port" in done.stderr


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_the_demo_never_touches_a_real_centre(tmp_path: Path) -> None:
    assert run("agency", "add", "School 1", home=tmp_path).returncode == 0
    done = run("demo", home=tmp_path)
    assert done.returncode == 2
    assert "holds a real centre" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--streets", "a.gpkg"], "needs both --streets and --works"), (["--sites", "a.csv"], "needs both --streets "
            "and --works"),
        (["--streets", "none.gpkg", "--works", "none.geojson"], "cannot be read"),
    ],
)  # fmt: skip
def test_a_real_town_for_the_demo_needs_its_files(tmp_path: Path, words: list[str], said: str) -> None:
    done = run("demo", *words, home=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "town.json").exists()


def test_the_version_is_told() -> None:
    assert run("--version").stdout.strip() == "ventspils 0.1.0"


def test_a_name_that_cannot_be_resolved_fails_alone(files: Path) -> None:
    (files / "mixed").write_text("no.such.host.invalid\n127.0.0.1:9 public\n")
    done = run("sweep", "once", "--targets", str(files / "mixed"), "--timeout", "0.1", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["failed"] == {"no answer": 1, "name cannot be resolved": 1}
