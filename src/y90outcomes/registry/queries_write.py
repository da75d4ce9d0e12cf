"""`y90 check --out`: a folder with each centre's lists, what was corrected, and a page of what is missing and open."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from y90outcomes.errors import Fault, InputError, Issue
from y90outcomes.registry.queries import list_csv, list_xlsx, queries
from y90outcomes.registry.queries_answers import Correction, Inputs, harmless
from y90outcomes.registry.rules import RULES
from y90outcomes.results.whole import whole_folder
from y90outcomes.schema import Schema

MARK = "queries.json"
FORMAT = "y90outcomes-queries/1"
AUDIT = ("query", "centre", "file", "sheet", "row", "source_column", "answer", "old", "new", "who", "when", "why",
         "source")  # fmt: skip


def write_queries(
    out: Path, title: str, schema: Schema, tables: Mapping[str, pd.DataFrame], issues: tuple[Issue, ...],
    missing: pd.DataFrame, corrections: Sequence[Correction], inputs: Inputs,
) -> list[Path]:  # fmt: skip
    """Writes `index.html`, `<centre>-queries.csv` and `.xlsx` for every centre with open queries, `corrections.csv`
    where there are any, into the folder `out`; their paths, sorted. Replaced whole; two equal calls write equal bytes.

    InputError when `out` holds something else than earlier lists.
    """
    check_queries_folder(out)
    asked = queries(dict(tables), issues, inputs)
    content: dict[str, bytes] = {}
    for centre, lines in asked.items():
        content[f"{centre}-queries.csv"] = list_csv(lines)
        content[f"{centre}-queries.xlsx"] = list_xlsx(centre, lines)
    if corrections:
        content["corrections.csv"] = audit_csv(corrections)
    content["index.html"] = page(title, schema, tables, issues, missing, corrections, sorted(content)).encode("utf-8")
    content[MARK] = (json.dumps({"format": FORMAT, "files": sorted(content)}, indent=1) + "\n").encode()
    _replace(out.resolve(), content)
    return [out / name for name in sorted(content)]


def check_queries_folder(out: Path) -> None:
    """InputError unless `out` is absent, empty, or an earlier folder of lists (known by its mark)."""
    if not out.exists():
        return
    if not out.is_dir():
        raise InputError(Fault(str(out), "not a folder", "a folder to write to"))
    mark = out / MARK
    if not mark.is_file() and any(out.iterdir()):
        raise InputError(
            Fault(str(out), "the folder holds something else", "an absent or empty folder, or earlier lists",
                  "name another folder")
        )  # fmt: skip


def audit_csv(corrections: Sequence[Correction]) -> bytes:
    """What was answered: the text that stood there, the new one, who, when and why."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(AUDIT)
    for item in corrections:
        cells = (getattr(item, name) for name in AUDIT)
        writer.writerow(["" if cell is None else harmless(str(cell)) for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def page(
    title: str, schema: Schema, tables: Mapping[str, pd.DataFrame], issues: Sequence[Issue], missing: pd.DataFrame,
    corrections: Sequence[Correction], lists: Sequence[str],
) -> str:  # fmt: skip
    """The page: counts alone, no value and no key. Self-contained."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = (files("y90outcomes.registry") / "templates" / "queries.html.j2").read_text(encoding="utf-8")
    centres = sorted(
        {str(c) for frame in tables.values() for c in frame["centre"].unique()} | {i.centre for i in issues}
    )
    rows = {
        (str(centre), name): int(n)
        for name, frame in tables.items()
        for centre, n in frame.groupby("centre").size().items()
    }
    gaps = _gaps(missing)
    by_place = Counter((item.centre, item.table, item.severity) for item in issues)
    shown = [name for name in schema.tables if any((centre, name) in rows for centre in centres)]
    detail = [
        {
            "name": centre,
            "lists": [name for name in lists if name.startswith(f"{centre}-queries.")],
            "issues": _issue_rows([item for item in issues if item.centre == centre]),
            "columns": [
                {"table": name, "column": column, "rows": rows[(centre, name)], "empty": sum(why.values()),
                 "share": f"{100 * min(sum(why.values()) / rows[(centre, name)], 1):.0f}",
                 "why": "; ".join(f"{reason.replace('_', ' ')} {n}" for reason, n in sorted(why.items()))}
                for name in shown
                if (centre, name) in rows
                for column, why in gaps.get((centre, name), {}).items()
            ],
        }
        for centre in centres
    ]  # fmt: skip
    overview = [
        {
            "centre": centre,
            "cells": [
                {"rows": rows.get((centre, name), 0),
                 "empty": _share(gaps.get((centre, name), {}), rows.get((centre, name), 0)),
                 "blocking": by_place[(centre, name, "blocking")], "query": by_place[(centre, name, "query")]}
                for name in shown
            ],
        }
        for centre in centres
    ]  # fmt: skip
    total = Counter(item.severity for item in issues)
    return environment.from_string(template).render(
        title=title, tables=[schema.tables[name].title for name in shown], overview=overview, detail=detail,
        total={name: total[name] for name in ("blocking", "query", "note")}, corrections=len(corrections),
    )  # fmt: skip


def _gaps(missing: pd.DataFrame) -> dict[tuple[str, str], dict[str, dict[str, int]]]:
    """(centre, table) -> column -> reason -> empty cells, for columns the centre sends."""
    found: dict[tuple[str, str], dict[str, dict[str, int]]] = defaultdict(dict)
    for record in missing.to_dict("records"):
        if record["reason"] != "not_provided":
            column = found[(str(record["centre"]), str(record["table"]))].setdefault(str(record["column"]), {})
            column[str(record["reason"])] = int(record["n"])
    return found


def _share(columns: Mapping[str, Mapping[str, int]], rows: int) -> str:
    """Share of empty cells among the columns that have any, in percent."""
    if not rows or not columns:
        return "0"
    empty = sum(sum(why.values()) for why in columns.values())
    return f"{100 * min(empty / (rows * len(columns)), 1):.0f}"


def _issue_rows(issues: Sequence[Issue]) -> list[dict[str, Any]]:
    counts = Counter((item.severity, item.rule, item.table, item.column) for item in issues)
    return [
        {"severity": severity, "rule": rule.replace("_", " "), "said": RULES[rule][1],
         "place": f"{table}.{column}" if column else table, "n": n}
        for (severity, rule, table, column), n in sorted(counts.items())
    ]  # fmt: skip


def _replace(target: Path, content: Mapping[str, bytes]) -> None:
    with whole_folder(target) as new:
        for name, body in content.items():
            (new / name).write_bytes(body)
