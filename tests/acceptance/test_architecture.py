"""Rules of the whole that no single test sees: what may be named, imported, printed, rounded; what a wheel holds."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from y90outcomes import conventions
from y90outcomes.derivations.catalogue import EVENTS, VARIABLES
from y90outcomes.derivations.rollups import ROLLUPS
from y90outcomes.methods import FAMILIES, METHODS
from y90outcomes.schema import load_schema
from y90outcomes.study import Study
from y90outcomes.study import analyses as words
from y90outcomes.study.analyses.facts import FACTS, TEST_CONVENTIONS
from y90outcomes.study.variables import DerivedVariable

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "y90outcomes"
SOURCES = sorted(PACKAGE.rglob("*.py"))
HERE = Path(__file__).resolve()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.fixture(scope="module")
def committed() -> list[Path]:
    """Files git keeps or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    found = [ROOT / name for name in listed.split("\0") if name]
    assert len(found) > 100
    return [path for path in found if path.is_file()]


def test_no_committed_file_names_what_lies_outside_the_repository(committed: list[Path]):
    outside = [b"../" + b"shared", b"/work" + b"/", b"pypi" + b".org", b"files.python" + b"hosted.org"]
    faults = [
        f"{path.relative_to(ROOT)}: {word.decode()}"
        for path in committed
        for word in outside
        if word in path.read_bytes()
    ]
    assert not faults


def test_what_is_committed_stays_small(committed: list[Path]):
    sizes = {path.relative_to(ROOT): path.stat().st_size for path in committed}
    assert sum(size for path, size in sizes.items() if path.parts[0] == "reports") < 15_000_000
    for folder in {path.parts[1] for path in sizes if path.parts[0] == "analyses"}:
        assert sum(size for path, size in sizes.items() if path.parts[:3] == ("analyses", folder, "data")) < 5_000_000


def test_nothing_is_left_to_do():
    faults = [
        f"{name_of(path)}: {word}"
        for path in SOURCES
        for word in ("TO" + "DO", "FIX" + "ME", "XXX")
        if word in path.read_text(encoding="utf-8")
    ]
    raised = [node for path in SOURCES for node in ast.walk(tree(path)) if isinstance(node, ast.Raise) and node.exc]
    faults += [ast.unparse(node) for node in raised if "NotImplementedError" in ast.unparse(node)]
    assert not faults


def test_the_import_contracts_hold():
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 kept, 0 broken" in done.stdout


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a name or attribute, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return ""


SAYING = {"print", "exit", "quit", "sys.exit", "os._exit", "click.echo", "click.secho", "SystemExit"}
SAYING |= {"sys.stdout.write", "sys.stderr.write"}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_the_command_line_prints_or_exits(path: Path):
    found = {dotted(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)} & SAYING
    if name_of(path).startswith("cli/"):
        assert found <= {"click.echo", "SystemExit"}
    else:
        assert not found


ROUNDING = {"round", "np.round", "np.around", "np.rint", "np.trunc", "math.trunc"}


def rounded(module: ast.Module) -> Iterator[str]:
    """Every place that cuts digits: a call, a format specification, a % format."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            if called in ROUNDING or called.endswith((".quantize", ".round")):
                yield f"line {node.lineno}: {called}"
            if called == "format" and len(node.args) > 1:
                yield f"line {node.lineno}: format()"
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = "".join(str(part.value) for part in ast.walk(node.format_spec) if isinstance(part, ast.Constant))
            if spec.rstrip().endswith(("f", "e", "g", "%", "n")) and not spec.startswith("cite"):
                yield f"line {node.lineno}: format {spec!r}"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
            yield f"line {node.lineno}: % format"


LAYOUT_ONLY = {"report/html.py": ".3f", "report/figures/light.py": ".2f"}
"""Sizes of pictures on the page, in inches, and places inside a picture, in points: no number of a result."""


@pytest.mark.parametrize("path", sorted((PACKAGE / "report").rglob("*.py")), ids=name_of)
def test_only_format_rounds_in_a_report(path: Path):
    found = list(rounded(tree(path)))
    if name_of(path) == "report/format.py":
        assert found
    elif name_of(path) in LAYOUT_ONLY:
        assert all(place.endswith(f"format {LAYOUT_ONLY[name_of(path)]!r}") for place in found)
    else:
        assert not found


def test_the_templates_do_not_round():
    for path in (PACKAGE / "report" / "templates").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "|round" not in text.replace(" ", "")
        assert "|format" not in text.replace(" ", "")


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively"
            found.add(node.module or "")
    return found


WRAPPED = {"lifelines", "statsmodels", "sklearn", "scipy"}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_statistics_libraries_are_wrapped_in_estimators_and_nowhere_else(path: Path):
    used = {name.split(".")[0] for name in imported(path)} & WRAPPED
    assert not used or name_of(path).startswith("estimators/")


def test_estimators_use_the_libraries():
    used = {name.split(".")[0] for path in (PACKAGE / "estimators").rglob("*.py") for name in imported(path)}
    assert {"lifelines", "sklearn", "statsmodels", "scipy"} <= used


def undocumented(module: ast.Module) -> Iterator[str]:
    """Public functions and classes, and public methods of public classes, without a docstring."""
    for node in module.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None:
            yield node.name
        if isinstance(node, ast.ClassDef):
            methods = [one for one in node.body if isinstance(one, ast.FunctionDef) and not one.name.startswith("_")]
            yield from (f"{node.name}.{one.name}" for one in methods if ast.get_docstring(one) is None)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_everything_public_says_what_it_does(path: Path):
    module = tree(path)
    assert not list(undocumented(module))
    if module.body:
        assert ast.get_docstring(module), "the module says nothing of itself"


def specs() -> dict[str, Any]:
    """method -> its page of the protocol."""
    union, _field = get_args(words.AnalysisSpec)
    return {get_args(page.model_fields["method"].annotation)[0]: page for page in get_args(union)}


def literal(page: Any, field: str) -> set[str]:
    """The words a field of a page accepts."""
    annotation = page.model_fields[field].annotation
    inner = {word for part in get_args(annotation) for word in get_args(part)}
    return {word for word in inner | set(get_args(annotation)) if isinstance(word, str)}


def test_every_word_for_an_analysis_has_its_method():
    assert set(METHODS) | set(FAMILIES) == set(specs()) == set(FACTS)


def test_every_word_for_a_convention_is_one():
    pages = specs()
    for method, facts in FACTS.items():
        for field, item in facts.conventions.items():
            page, known = pages[method], conventions.CONVENTIONS[item]
            assert literal(page, field) == set(known.names), (method, field)
            assert page.model_fields[field].default == known.default, (method, field)
    assert set(TEST_CONVENTIONS.values()) <= set(conventions.CONVENTIONS)
    assert set(TEST_CONVENTIONS) | {"fisher", "auto"} == literal(words.NamedTest, "test")


def test_every_word_for_a_variable_has_its_derivation():
    assert literal(DerivedVariable, "rollup") == set(ROLLUPS)
    for catalogue in (VARIABLES, EVENTS):
        assert catalogue
        assert all(entry.name == name and entry.label for name, entry in catalogue.items())
    tables = load_schema().tables
    for variable in VARIABLES.values():
        for table, columns in variable.needs.items() if isinstance(variable.needs, dict) else ():
            assert set(columns) <= set(tables[table].columns), variable.name
    assert all(event.table in tables for event in EVENTS.values())


def test_every_analysis_of_every_study_is_a_method_of_ours():
    from y90outcomes.study import read_study

    for page in ROOT.glob("analyses/*/study.yaml"):
        study = read_study(page)
        assert isinstance(study, Study)
        assert {spec.method for spec in study.analyses.values()} <= set(METHODS) | set(FAMILIES)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_schema_and_the_starter(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder, inside in [(ROOT / "data_schema", "y90outcomes/data_schema"), (PACKAGE, "y90outcomes")]:
        kept = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        wanted = {f"{inside}/{path.relative_to(folder).as_posix()}" for path in kept}
        assert wanted <= names
    assert {name.split("/")[0] for name in names} == {"y90outcomes", f"y90outcomes-{version()}.dist-info"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def version() -> str:
    from y90outcomes import __version__

    return __version__


def test_the_package_works_from_the_wheel(wheel: Path, tmp_path: Path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import y90outcomes, pathlib\n"
        "from y90outcomes.schema import load_schema, schema_folder\n"
        "from y90outcomes.cli import main\n"
        "assert pathlib.Path(y90outcomes.__file__).is_relative_to(pathlib.Path.cwd() / 'site'), y90outcomes.__file__\n"
        "assert pathlib.Path(str(schema_folder())).is_relative_to(pathlib.Path.cwd() / 'site')\n"
        "assert len(load_schema().tables) == 11\n"
        "main(['init', 'mine'], standalone_mode=False)\n"
        "main(['cohort', 'mine'], standalone_mode=False)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "my_study-cohort.csv").is_file()


def test_every_python_computes_with_one_numpy_and_one_pandas():
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked = {name: [line.split()[0] for line in lines if line.startswith(f"{name}==")] for name in ("numpy", "pandas")}
    assert {name: len(versions) for name, versions in locked.items()} == {"numpy": 1, "pandas": 1}
    assert locked["pandas"][0].startswith("pandas==2."), "NumPy is held below 2.5 for pandas 2 only: see pyproject.toml"
