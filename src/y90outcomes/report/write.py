"""Results to a folder, whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.report import csvs
from y90outcomes.report.document import origin_label
from y90outcomes.report.format import rounding
from y90outcomes.report.html import render
from y90outcomes.results.store import dumps
from y90outcomes.results.types import Points, Result, Results
from y90outcomes.results.whole import whole_folder

FORMATS = ("html",)
MANIFEST = "manifest.json"
MANIFEST_FORMAT = "y90outcomes-manifest/1"


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    content: bytes
    kind: str
    result: str = ""
    contains_points: bool = False


def write_report(
    results: Results, out: str | Path, *, formats: Sequence[str] = ("html",), public: bool = False, figures: bool = True
) -> list[Path]:
    """Writes report, `results.json`, tables, figures and manifest into the folder `out`; their paths, sorted.

    The folder is replaced whole by a rename: on any failure the old one stays as it was. It must be absent, empty, or
    an earlier report (known by its manifest). `public` leaves out every `Points` result, which holds one entry per
    subject. `figures` False draws none. Two calls with equal results write the same bytes.

    InputError: unknown format or figure, a figure asked of another shape, two results whose files would have one
    name, or a folder that holds something else.
    """
    target = Path(out).resolve()
    faults = [
        Fault("formats", f"no format {name!r}", choices(name, FORMATS), "leave it out")
        for name in formats
        if name not in FORMATS
    ]
    faults += _target_faults(target, Path(out))
    kept = without_points(results) if public else results
    faults += _name_faults(kept)
    if faults:
        raise InputError(faults)
    with rounding(str(kept.study.get("rounding", "half_away"))):
        files = _files(kept, formats, figures)
    _replace(target, files)
    return sorted(path for path in target.rglob("*") if path.is_file())


def check_folder(out: str | Path) -> None:
    """InputError unless `out` is absent, empty or an earlier report; what a long run asks before it starts."""
    faults = _target_faults(Path(out).resolve(), Path(out))
    if faults:
        raise InputError(faults)


def without_points(results: Results) -> Results:
    """`results` as they may be published: no entry stands for one subject."""
    return replace(results, items=tuple(item for item in results.items if not isinstance(item, Points)))


def file_stem(id: str) -> str:
    """A file name from a result's id; anything but letters, digits and `_ . -` is percent-encoded."""
    return quote(id, safe="")


def _files(results: Results, formats: Sequence[str], figures: bool) -> list[_File]:
    pointed = any(isinstance(item, Points) for item in results.items)
    files = [_File("results.json", dumps(results).encode(), "results", contains_points=pointed)]
    drawings: dict[str, Any] = {}
    if figures:
        from y90outcomes.report.figures import check, draw_all  # matplotlib is slow to import and not always needed

        check(results)
        label, carried = origin_label(results)
        drawings = dict(draw_all(results, label if carried else ""))
    if "html" in formats:
        files.append(_File("report.html", render(results, drawings).encode(), "report", contains_points=pointed))
    for item in (*results.items, *results.quality):
        points = isinstance(item, Points)
        stem = file_stem(item.id)
        files.append(_File(f"tables/{stem}.csv", csvs.table_csv(item).encode(), "table", item.id, points))
        if item.id in drawings:
            drawing = drawings[item.id]
            files.append(_File(f"figures/{stem}.svg", drawing.svg, "figure", item.id, points))
            files.append(_File(f"figures/{stem}.png", drawing.png, "figure", item.id, points))
    return [*files, _File(MANIFEST, _manifest(files).encode(), "manifest")]


def _manifest(files: Sequence[_File]) -> str:
    """Every file but the manifest itself, sorted by path."""
    entries = [
        {
            "path": file.path,
            "bytes": len(file.content),
            "sha256": hashlib.sha256(file.content).hexdigest(),
            "kind": file.kind,
            "result": file.result or None,
            "contains_points": file.contains_points,
        }
        for file in sorted(files, key=lambda file: file.path)
    ]
    return json.dumps({"format": MANIFEST_FORMAT, "files": entries}, ensure_ascii=False, indent=1) + "\n"


def _name_faults(results: Results) -> list[Fault]:
    """Ids that would write one file on a disk that does not tell capitals apart."""
    seen: dict[str, Result] = {}
    faults = []
    for item in (*results.items, *results.quality):
        name = file_stem(item.id).casefold()
        if name in seen:
            faults.append(
                Fault(
                    f"result {item.id!r}",
                    f"its files have the name of result {seen[name].id!r}",
                    action="rename one of them",
                )
            )
        seen[name] = item
    return faults


def _target_faults(target: Path, shown: Path) -> list[Fault]:
    if not target.exists():
        return []
    action = "give another folder, or empty this one"
    allowed = "a new or empty folder, or an earlier report"
    if not target.is_dir():
        return [Fault(str(shown), "is a file, not a folder", allowed, action)]
    if not any(target.iterdir()) or _is_ours(target / MANIFEST):
        return []
    return [Fault(str(shown), "holds files that are not a report of ours", allowed, action)]


def _is_ours(manifest: Path) -> bool:
    try:
        body = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(body, dict) and str(body.get("format", "")).startswith("y90outcomes-manifest/")


def _replace(target: Path, files: Sequence[_File]) -> None:
    with whole_folder(target) as fresh:
        for file in files:
            path = fresh / file.path
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(file.content)
