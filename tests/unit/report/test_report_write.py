"""Files: all of them or none, the same bytes each time, nothing of a single subject when public."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures import sample_results as samples
from y90outcomes.errors import InputError
from y90outcomes.report import write, write_report
from y90outcomes.report.csvs import table_csv
from y90outcomes.report.html import symbols
from y90outcomes.results import Results
from y90outcomes.results.store import loads

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("report") / "invented"
    write_report(samples.sample(), out)
    return out


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_result_has_a_table_and_every_figure_two_files(report):
    names = set(contents(report))
    results = samples.sample()
    assert {f"tables/{item.id}.csv" for item in (*results.items, *results.quality)} <= names
    for id in ("dose_by_necrosis.points", "dose_bars", "pfs"):
        assert {f"figures/{id}.svg", f"figures/{id}.png"} <= names
    assert {"report.html", "results.json", "manifest.json"} <= names
    assert not any("os." in name and name.startswith("figures") for name in names)  # no row, no picture


def test_the_manifest_lists_every_file_with_its_hash(report):
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    entries = manifest["files"]
    found = contents(report)
    found.pop("manifest.json")
    assert {entry["path"]: entry["sha256"] for entry in entries} == found
    assert [entry["path"] for entry in entries] == sorted(entry["path"] for entry in entries)
    pointed = {entry["path"] for entry in entries if entry["contains_points"]}
    assert pointed == {
        "report.html",
        "results.json",
        "tables/dose_bars.csv",
        "tables/dose_by_necrosis.points.csv",
        "figures/dose_bars.svg",
        "figures/dose_bars.png",
        "figures/dose_by_necrosis.points.svg",
        "figures/dose_by_necrosis.points.png",
    }


def test_results_come_back_as_they_went(report):
    assert loads((report / "results.json").read_text(encoding="utf-8")) == samples.sample()


def test_public_holds_no_single_subject(tmp_path):
    paths = write_report(samples.sample(), tmp_path / "public", public=True)
    names = {str(path.relative_to(tmp_path / "public")) for path in paths}
    assert not any("points" in name or "dose_bars" in name for name in names)
    text = (tmp_path / "public" / "results.json").read_text(encoding="utf-8")
    assert '"shape": "points"' not in text
    manifest = json.loads((tmp_path / "public" / "manifest.json").read_text(encoding="utf-8"))
    assert not any(entry["contains_points"] for entry in manifest["files"])


def test_figures_can_be_left_out(tmp_path):
    names = {path.name for path in write_report(samples.sample(), tmp_path / "out", figures=False)}
    assert not any(name.endswith((".svg", ".png")) for name in names)


def test_the_page_needs_nothing_else_and_runs_nothing(report):
    page = (report / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "&lt;script&gt;alert" in page
    assert page.count("<h1>") == 1


def test_anchors_are_unique_and_every_link_has_one(report):
    page = (report / "report.html").read_text(encoding="utf-8")
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r' href="#([^"]+)"', page)) <= set(ids)
    assert set(re.findall(r' aria-labelledby="([^"]+)"', page)) <= set(ids)


def test_letters_of_statistics_are_in_italics_and_texts_stay_escaped():
    assert symbols("p\u00a0<\u00a00.001; n\u00a0=\u00a03; <b>") == (
        "<i>p</i>\u00a0&lt;\u00a00.001; <i>n</i>\u00a0=\u00a03; &lt;b&gt;"
    )


def test_the_origin_stands_on_every_table_and_figure(report):
    page = (report / "report.html").read_text(encoding="utf-8")
    captions = page.count("<caption") + page.count("<figcaption")
    assert page.count('class="tag">Synthetic data') == captions


@pytest.mark.parametrize("origin", ["clinical", "published"])
def test_data_of_patients_carry_no_label(origin, tmp_path):
    write_report(samples.sample(origin), tmp_path / "out", figures=False)
    assert 'class="tag"' not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_csv_is_safe_in_a_spreadsheet_and_exact():
    text = table_csv(samples.nasty())
    assert "\r" not in text
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["key", "count", "value"]
    keys = [row[0] for row in rows[1:]]
    assert keys[1] == "'=1+1"
    assert keys[3] == "-3.5"  # a plain number stays one
    assert keys[4] == "'@SUM(A1)"
    assert keys[6] == 'a,"b"\nc'
    assert rows[2][1:] == ["", ""]
    assert float(rows[5][2]) == 1e-9


def test_csv_of_effects_keeps_what_is_not_reached_and_why():
    rows = list(csv.DictReader(io.StringIO(table_csv(samples.curve_estimates()))))
    assert rows[0]["estimate"] == ""
    assert rows[0]["not_reached"] == "estimate; upper"
    assert rows[4]["reason"] == "beyond the last time of the curve"
    assert rows[6]["p"] == "0.0489"
    assert rows[6]["is_test"] == "true"


def test_an_earlier_report_is_replaced_whole(tmp_path):
    out = tmp_path / "deep" / "out"
    write_report(samples.sample(), out, figures=False)
    (out / "tables" / "stale.csv").write_text("old", encoding="utf-8")
    write_report(samples.sample(), out, figures=False)
    assert not (out / "tables" / "stale.csv").exists()
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "out").mkdir()
    assert write_report(samples.sample(), tmp_path / "out", figures=False)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "manifest.json").write_text('{"name": "another tool"}', encoding="utf-8")
    with pytest.raises(InputError, match="not a report of ours"):
        write_report(samples.sample(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "notes.txt"]


def test_a_file_in_the_way_is_told(tmp_path):
    (tmp_path / "out").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="is a file"):
        write_report(samples.sample(), tmp_path / "out")


def test_every_fault_is_told_at_once(tmp_path):
    results = samples.sample()
    twin = replace(samples.cox(), id="PFS")
    with pytest.raises(InputError) as caught:
        write_report(replace(results, items=(*results.items, twin)), tmp_path / "out", formats=["html", "docx", "pdf"])
    assert [fault.place for fault in caught.value.faults] == ["formats", "formats", "result 'PFS'"]
    assert not (tmp_path / "out").exists()


def test_unknown_and_unfit_figures_are_told(tmp_path):
    results = samples.sample()
    items = (replace(samples.curves(), figure="kaplan_meyer"), replace(samples.bars(), figure="kaplan_meier"))
    with pytest.raises(InputError) as caught:
        write_report(replace(results, items=items), tmp_path / "out")
    first, second = caught.value.faults
    assert "'kaplan_meier'" in first.allowed
    assert "draws curves, not points" in second.problem


@pytest.mark.parametrize("step", ["write", "rename"])
def test_a_failure_leaves_the_old_report_untouched(step, tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_report(samples.sample(), out, figures=False)
    before = contents(out)
    rename, write_bytes = Path.rename, Path.write_bytes

    def broken_rename(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise OSError("no space left")
        return rename(self, target)

    def broken_write(self: Path, data: bytes) -> int:
        if self.name == "manifest.json":
            raise OSError("no space left")
        return write_bytes(self, data)

    if step == "rename":
        monkeypatch.setattr(Path, "rename", broken_rename)
    else:
        monkeypatch.setattr(Path, "write_bytes", broken_write)
    with pytest.raises(OSError, match="no space"):
        write_report(samples.sample("clinical"), out, figures=False)
    monkeypatch.undo()
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_study_still_makes_a_page(tmp_path):
    empty = Results(study={"id": "none"}, prose=(), quality=(), inputs=(), environment={}, items=())
    write_report(empty, tmp_path / "out")
    assert "<h1>none</h1>" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_file_names_hold_no_path():
    assert write.file_stem("a/b\\c d..é") == "a%2Fb%5Cc%20d..%C3%A9"


def test_the_same_bytes_whatever_the_surroundings(report, tmp_path):
    """Another process: other locale, time zone, hash seed, threads, folder and matplotlibrc."""
    (tmp_path / "matplotlibrc").write_text("font.size: 20\naxes.facecolor: red\nsvg.fonttype: none\n", encoding="utf-8")
    script = (
        "from pathlib import Path; from fixtures.sample_results import sample; "
        "from y90outcomes.report import write_report; "
        "write_report(sample(), Path('elsewhere'))"
    )
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")]),
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "C",
        "LANG": "de_DE.UTF-8",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "svg",
        "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"),
    }
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=env, check=True)
    assert contents(tmp_path / "elsewhere") == contents(report)


def test_no_host_path_or_maker_in_any_file(report):
    forbidden = [str(ROOT), f"{Path.home()}/", "Matplotlib v", str(report)]
    forbidden += [os.uname().nodename] if len(os.uname().nodename) > 4 else []
    for path in report.rglob("*.*"):
        if path.suffix == ".png":
            assert b"tEXt" not in path.read_bytes(), path.name
        else:
            text = path.read_text(encoding="utf-8")
            assert not any(word in text for word in forbidden), path.name


def test_results_without_a_row_still_make_a_page(tmp_path):
    items = tuple(replace(item, rows=()) for item in samples.sample().items)  # type: ignore[call-arg]
    paths = write_report(replace(samples.sample(), items=items), tmp_path / "out")
    assert not any(path.suffix == ".svg" for path in paths)
    assert "Nothing to show." in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_drawing_does_not_need_pyplot():
    script = (
        "import sys; from fixtures.sample_results import sample; from y90outcomes.report.figures import draw_all; "
        "draw_all(sample(), ''); assert 'matplotlib.pyplot' not in sys.modules"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])}
    subprocess.run([sys.executable, "-c", script], env=env, check=True)


def test_importing_the_report_does_not_load_matplotlib():
    script = "import sys; import y90outcomes.report; assert 'matplotlib' not in sys.modules"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run([sys.executable, "-c", script], env=env, check=True)
