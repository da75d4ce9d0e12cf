"""Files of statistics packages: values with labels and declared missing codes, to text columns.

pyreadstat does the reading, in a process of its own (`readstat_child`): its C library can crash on a damaged file.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from y90outcomes.errors import Fault, InputError
from y90outcomes.registry.raw import (
    LIMIT_CELLS,
    LIMIT_COLUMNS,
    RawFrame,
    Request,
    assemble,
    cell_text,
    check_extent,
    file_digest,
    heading,
)

DECLARED = "declared missing"
"""Reason of a missing code that has no label."""

_SECONDS = 900
_CHILD = Path(__file__).with_name("readstat_child.py")


@dataclass(frozen=True, slots=True)
class Variable:
    """One column of the file.

    labels   value → label, as the file declares them
    missing  says whether a value is a declared missing code
    code     text of a value that is no ordinary value (".a" of Stata), None for the others
    single   the numbers are stored in 32 bits
    """

    name: str
    values: Sequence[Any]
    labels: Mapping[Any, str]
    missing: Callable[[Any], bool]
    code: Callable[[Any], str | None] = lambda _value: None
    single: bool = False


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds. Dates arrive as ISO texts.

    columns  name → values
    labels   variable → value → label
    ranges   variable → user-missing ranges, {"lo", "hi"} (SPSS)
    storage  variable → how it is stored: "string", "double", "float", ...
    formats  variable → its display format
    """

    columns: Mapping[str, list[Any]]
    labels: Mapping[str, Mapping[Any, str]]
    ranges: Mapping[str, list[dict[str, Any]]]
    storage: Mapping[str, str]
    formats: Mapping[str, str | None]


def read_contents(reader: str, request: Request, what: str, user_missing: bool) -> Contents:
    """The file read by `reader` (sav, dta, sas7bdat, xport). InputError when it is damaged, cut off or too large."""
    found = _child(reader, request.path, request, what, user_missing)
    if "extent" in found:
        check_extent(request.shown, *found["extent"])
    rows = found["rows"]
    columns = dict(found["columns"])
    if rows > 0 and any(len(values) != rows for values in columns.values()):
        raise InputError(Fault(request.shown, "ends before its last row", what, "send the file again"))
    labels = {name: dict(pairs) for name, pairs in found["labels"].items()}
    return Contents(columns, labels, found["ranges"] or {}, found["storage"], found["formats"])


def read_catalogue(path: Path, request: Request) -> dict[str, dict[Any, str]]:
    """Format → value → label of a SAS catalogue, the names of formats in capitals."""
    found = _child("sas7bcat", path, request, "a SAS catalogue (.sas7bcat)", False)
    return {name.upper(): dict(pairs) for name, pairs in found["labels"].items()}


def _child(reader: str, path: Path, request: Request, what: str, user_missing: bool) -> dict[str, Any]:
    """The child's answer about one file. InputError when it has none: the file is damaged, or took it down."""
    arguments = [reader, str(path.resolve()), request.dialect.encoding or "", "1" if user_missing else "0",
                 str(LIMIT_COLUMNS), str(LIMIT_CELLS)]  # fmt: skip
    answer = _READER.ask(arguments)
    if answer is None:
        wrong = f"is damaged or not {what}"
        raise InputError(Fault(request.shown, wrong, what, "export it again, and check that it is complete"))
    return answer


class _Reader:
    """The child process, started when first needed, again after a crash, and ended with this one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, arguments: list[str]) -> dict[str, Any] | None:
        """The answer to one request; None for a null one, a crash or one that takes too long."""
        try:
            process = self._started()
            assert process.stdin is not None and process.stdout is not None  # noqa: S101  (both are pipes)
            overdue = threading.Timer(_SECONDS, process.kill)
            overdue.start()
            try:
                process.stdin.write(json.dumps(arguments).encode("ascii") + b"\n")
                process.stdin.flush()
                length = process.stdout.read(8)
                answer = process.stdout.read(int.from_bytes(length, "big")) if len(length) == 8 else b""
            finally:
                overdue.cancel()
            if len(length) == 8 and len(answer) == int.from_bytes(length, "big"):
                found: dict[str, Any] | None = json.loads(answer)
                return found
        except (OSError, ValueError, MemoryError):
            pass
        self.close()
        return None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            # -P keeps this folder's modules from standing in for those of the standard library.
            self._process = subprocess.Popen(  # noqa: S603  (our own interpreter, our own file)
                [sys.executable, "-P", str(_CHILD)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        return self._process

    def close(self) -> None:
        """Ends the child, whatever state it is in."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()


_READER = _Reader()
atexit.register(_READER.close)


def text_frame(variables: Sequence[Variable], request: Request) -> RawFrame:
    """The RawFrame of labelled columns; a row's number is its 1-based record."""
    if not variables:
        raise InputError(Fault(request.shown, "holds no columns", "a data set with rows and columns"))
    columns: list[list[str]] = []
    missing: dict[str, dict[str, str]] = {}
    for variable in variables:
        texts, reasons = _texts(variable, request)
        columns.append(texts)
        if reasons:
            missing[heading(variable.name)] = reasons
    names = [variable.name for variable in variables]
    rows = range(1, len(columns[0]) + 1)
    return assemble(request, "", names, columns, rows, file_digest(request.path), typed=True, missing=missing)


def _texts(variable: Variable, request: Request) -> tuple[list[str], dict[str, str]]:
    """The text of every value, and text → reason for the missing codes among them."""
    distinct = dict.fromkeys(variable.values)
    plain = {value: variable.code(value) or _plain(value, variable, request) for value in distinct}
    labels = {value: _label(value, variable) for value in distinct}
    count = Counter(label for label in labels.values() if label)
    unlabelled = {plain[value] for value in distinct if not labels[value]}
    shown: dict[Any, str] = {}
    reasons: dict[str, str] = {}
    for value, label in labels.items():
        text = plain[value]
        if label and request.values == "labels":
            # Two values under one label, or a label that looks like another value, stay apart by their code.
            text = label if count[label] == 1 and label not in unlabelled else f"{label} [{text}]"
        shown[value] = text
        if variable.missing(value):
            reasons[text] = label or (text if variable.code(value) else DECLARED)
    return [shown[value] for value in variable.values], reasons


def _label(value: Any, variable: Variable) -> str:
    label = variable.labels.get(value) if value is not None else None
    return " ".join(str(label).split()) if label is not None else ""


def _plain(value: Any, variable: Variable, request: Request) -> str:
    try:
        return cell_text(value, request.dialect.decimal, variable.single)
    except TypeError:
        place = f"{request.shown}, column {variable.name!r}"
        raise InputError(Fault(place, "holds values that are no text, number or date")) from None
