"""
The face of a package is what its `__init__` lists in `__all__`: other rooms of its half import those names from it.

A face is found by its `__all__`, so a package that gets one is held to it without a word here. Modules that a face
leaves out, since loading them is dear, stand with their full name in its docstring; they are imported by that name.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HALVES = ("ventspils", "monitoring", "gis", "dashboard")


@dataclass(frozen=True)
class Import:
    """`from module import name`, or `import module` where the name is empty."""

    module: str
    name: str
    line: int

    @property
    def target(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@cache
def sources() -> dict[str, ast.Module]:
    """Every module by its dotted name; a package by the package's."""
    found = {}
    for half in HALVES:
        for path in sorted((ROOT / half).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imports(tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, "", node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (Import(node.module, alias.name, node.lineno) for alias in node.names)


def listed(tree: ast.Module) -> list[str] | None:
    """What a package lists in `__all__`; None where it lists nothing."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            names: list[str] = ast.literal_eval(node.value)
            return names
    return None


FACES = {name: names for name, tree in sources().items() if (names := listed(tree)) is not None}


def passes_by(face: str, names: list[str], documentation: str, modules: dict[str, ast.Module]) -> list[str]:
    """The imports from outside a package that do not go through its face."""
    apart = set(re.findall(r"`([a-z_.]+)`", documentation))
    half = face.partition(".")[0]
    found = []
    for module, tree in modules.items():
        if is_within(module, face) or not is_within(module, half):
            continue
        for each in imports(tree):
            through = each.module == face and each.name in names
            is_apart = each.module in apart or each.target in apart
            if is_within(each.target, face) and not through and not is_apart:
                found.append(f"{module}:{each.line} imports {each.target}")
    return found


def place(name: str) -> tuple[int, str]:
    """Constants before classes before functions, each by the alphabet, as ruff sorts them too."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def test_rooms_that_others_build_on_have_faces() -> None:
    monitoring = {f"monitoring.{room}" for room in ("snmp", "profiles", "device", "telemetry")}
    gis = {f"gis.{room}" for room in ("streets", "reading", "costs", "planning", "register", "sharing")}
    assert monitoring | gis <= set(FACES)


@pytest.mark.parametrize("face", FACES)
def test_names_of_a_face_are_there_sorted_and_documented(face: str) -> None:
    package, names = importlib.import_module(face), FACES[face]
    assert names == sorted(set(names), key=place)
    assert [name for name in names if not hasattr(package, name)] == []
    kinds = [(name, getattr(package, name)) for name in names]
    described = [(name, thing) for name, thing in kinds if inspect.isclass(thing) or inspect.isfunction(thing)]
    assert [name for name, thing in described if not (thing.__doc__ or "").strip()] == []
    assert (package.__doc__ or "").strip()


@pytest.mark.parametrize("face", FACES)
def test_other_rooms_of_the_half_import_through_the_face(face: str) -> None:
    documentation = ast.get_docstring(sources()[face]) or ""
    assert passes_by(face, FACES[face], documentation, sources()) == []


@pytest.mark.parametrize("face", FACES)
def test_modules_apart_exist_and_are_not_loaded_by_the_face(face: str) -> None:
    documentation = ast.get_docstring(sources()[face]) or ""
    apart = {name for name in re.findall(r"`([a-z_.]+)`", documentation) if name.startswith(f"{face}.")}
    assert apart <= set(sources())
    loaded = {each.target for each in imports(sources()[face])} | {each.module for each in imports(sources()[face])}
    assert loaded & apart == set()


@pytest.mark.parametrize(
    ("written", "passing"),
    [
        ("from half.room import wanted", 0),
        ("from half.room import other", 1),
        ("from half.room.module import wanted", 1),
        ("import half.room.module", 1),
        ("from half.room import module", 1),
        ("def f():\n    from half.room.module import wanted", 1),
        ("from half.room.dear import store", 0),
        ("from half.room import dear", 0),
        ("from half.roomy import other", 0),
    ],
)
def test_what_passes_by_a_face_is_found(written: str, passing: int) -> None:
    modules = {"half.else": ast.parse(written), "half.room.own": ast.parse(written), "third.one": ast.parse(written)}
    assert len(passes_by("half.room", ["wanted"], "Apart: `half.room.dear`.", modules)) == passing
