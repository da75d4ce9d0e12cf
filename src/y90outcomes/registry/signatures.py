"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from y90outcomes.errors import Fault, InputError
from y90outcomes.registry.raw import Request

HEAD = 1024
KINDS: Mapping[str, str] = MappingProxyType({
    "zip": "a workbook (.xlsx, .ods) or another zip archive",
    "ole": "an old Excel workbook (.xls) or a password-protected one",
    "parquet": "a Parquet file",
    "sas": "a SAS data set",
    "xport": "a SAS transport file",
    "spss": "an SPSS file",
    "stata": "a Stata file",
    "sqlite": "an SQLite database",
    "duckdb": "a DuckDB database",
    "gzip": "a gzip archive",
    "pdf": "a PDF",
    "picture": "a picture",
    "empty": "an empty file",
    "other": "something else",
})  # fmt: skip
"""Kind -> what it is called in a message."""

_SAS = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")
_STARTS = (
    (b"PK\x03\x04", "zip"), (b"\xd0\xcf\x11\xe0", "ole"), (b"PAR1", "parquet"), (_SAS, "sas"),
    (b"HEADER RECORD*******LIB", "xport"), (b"$FL2", "spss"), (b"$FL3", "spss"), (b"<stata_dta>", "stata"),
    (b"SQLite format 3\x00", "sqlite"), (b"\x1f\x8b", "gzip"), (b"%PDF", "pdf"), (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
)  # fmt: skip


def kind_of(head: bytes) -> str:
    """The kind of a file from its first bytes; "other" where they say nothing, as for text."""
    if not head:
        return "empty"
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[8:12] == b"DUCK":
        return "duckdb"
    old_stata = len(head) > 2 and 104 <= head[0] <= 116 and head[1] in (1, 2) and head[2] in (0, 1)
    return "stata" if old_stata else "other"


def expect(request: Request, *kinds: str) -> None:
    """Raise InputError unless the file is of one of these kinds."""
    with request.path.open("rb") as stream:
        found = kind_of(stream.read(HEAD))
    if found in kinds:
        return
    wanted = " or ".join(KINDS[kind] for kind in kinds)
    if found == "empty":
        raise InputError(Fault(request.shown, "the file is empty", wanted, "send the file again"))
    named = f"named {request.path.suffix}" if request.path.suffix else "has no extension"
    raise InputError(
        Fault(request.shown, f"{named} but is {'not ' + wanted if found == 'other' else KINDS[found]}", wanted,
              "give it the extension of what it is, or declare its `format:`")
    )  # fmt: skip
