"""What was made to break a reader, by accident or on purpose: a refusal in words, soon, in little memory, or the data.

Never another exception, never a traceback, never a file left behind, never a cell in a message.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import io
import json
import os
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from y90outcomes.cli import main
from y90outcomes.errors import InputError, Y90Error
from y90outcomes.registry import read_registry

MARK = "ZQXKEYXQZ"
FRAME = pd.DataFrame(
    {"Nr": [f"{MARK}{i}" for i in range(40)], "Bili": [float(i % 7 + 5) for i in range(40)], "Sex": ["F", "M"] * 20}
)
PAGE = """\
centre: bonn
origin: synthetic
files:
  - path: data/raw.{ending}
{options}    tables:
      patients: {{patient_id: Nr, sex: {{from: Sex, codes: {{F: female, M: male}}}}}}
      labs:
        {{patient_id: Nr, analyte: {{constant: bilirubin}}, visit: {{constant: baseline}},
          value: {{from: Bili, unit: µmol/L}}}}
"""
OPTIONS = {"sqlite": "    table: raw\n", "duckdb": "    table: raw\n"}
ENDINGS = ("csv", "xlsx", "parquet", "sav", "dta", "xpt", "sqlite", "duckdb")
EVERY = (*ENDINGS, "ods", "xls", "sas7bdat", "txt", "zsav", "db")
QUICK = settings(deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
                 suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip


@functools.cache
def valid(ending: str) -> bytes:
    """A good file of each format, with the same forty rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"raw.{ending}"
        if ending == "csv":
            path.write_text(FRAME.to_csv(index=False, lineterminator="\n"), encoding="utf-8")
        elif ending == "xlsx":
            book = Workbook()
            book.active.append(list(FRAME))
            for row in FRAME.itertuples(index=False):
                book.active.append(list(row))
            book.save(path)
        elif ending == "parquet":
            pq.write_table(pa.Table.from_pandas(FRAME, preserve_index=False), path)
        elif ending in ("sav", "dta"):
            {"sav": pyreadstat.write_sav, "dta": pyreadstat.write_dta}[ending](FRAME, str(path))
        elif ending == "xpt":
            pyreadstat.write_xport(FRAME, str(path), file_format_version=8)
        elif ending == "sqlite":
            with contextlib.closing(sqlite3.connect(path)) as connection, connection:
                FRAME.to_sql("raw", connection, index=False)
        else:
            with duckdb.connect(str(path)) as connection:
                connection.from_arrow(pa.Table.from_pandas(FRAME, preserve_index=False)).create("raw")
        return path.read_bytes()


def study(folder: Path, ending: str, content: bytes | None = None, page: str | None = None) -> Path:
    for name in ("data", "centres"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for old in (folder / "data").iterdir():
        old.unlink()
    options = OPTIONS.get({"db": "sqlite"}.get(ending, ending), "")
    text = page if page is not None else PAGE.format(ending=ending, options=options)
    (folder / "centres" / "bonn.yaml").write_text(text, encoding="utf-8")
    (folder / "data" / f"raw.{ending}").write_bytes(valid(ending) if content is None else content)
    return folder


def outcome(folder: Path) -> str:
    """The refusal, or "" where the data were read. Anything else propagates. No message holds a cell."""
    said, issues = "", ()
    try:
        issues = read_registry(folder).issues
    except InputError as error:
        said = str(error) or "nothing"
    assert said != "nothing"
    assert MARK not in said
    assert not any(MARK in item.message for item in issues)
    return said


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_good_files_are_good(tmp_path, ending):
    registry = read_registry(study(tmp_path, ending))
    assert registry.tables["labs"]["value"].sum() == FRAME["Bili"].sum()
    assert registry.blocking == ()


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.7, 0.97])
def test_a_truncated_file_is_refused_or_read(tmp_path, ending, share):
    content = valid(ending)
    said = outcome(study(tmp_path, ending, content[: int(len(content) * share)]))
    if ending not in ("csv", "xpt", "sav", "dta") or share < 0.02:  # rows cut off a file of plain records are unseen
        assert said


@pytest.mark.parametrize("named", EVERY)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_under_another_formats_name_is_refused(tmp_path, ending, named):
    family = {"txt": "csv", "db": "sqlite", "zsav": "sav", "sas7bdat": "xpt"}  # one reader each, which looks inside
    if family.get(named, named) == ending:
        assert outcome(study(tmp_path, named, valid(ending))) == ""
    elif {named, ending} <= {"xlsx", "ods", "xls"}:
        outcome(study(tmp_path, named, valid(ending)))
    else:
        said = outcome(study(tmp_path, named, valid(ending)))
        assert "data/raw." in said


@given(data=st.data(), ending=st.sampled_from(ENDINGS))
@settings(QUICK, max_examples=120)
def test_a_damaged_file_is_refused_or_read(tmp_path, data, ending):
    content = bytearray(valid(ending))
    for _ in range(data.draw(st.integers(1, 12))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    outcome(study(tmp_path, ending, bytes(content)))


@given(content=st.binary(max_size=600), ending=st.sampled_from(EVERY), head=st.booleans())
@settings(QUICK, max_examples=150)
def test_any_bytes_under_any_name_are_refused_or_read(tmp_path, content, ending, head):
    if head and ending in ENDINGS:
        content = valid(ending)[:64] + content
    outcome(study(tmp_path, ending, content))


@given(text=st.text(max_size=300))
@settings(QUICK, max_examples=100)
def test_any_text_as_a_csv_is_refused_or_read(tmp_path, text):
    outcome(study(tmp_path, "csv", ("Nr;Sex;Bili\n" + text).encode("utf-8", "replace")))


@given(
    text=st.text(st.sampled_from("ab:- \n{}[]&*!|>'\"#%@`,?é\t0") | st.characters(codec="utf-8"), max_size=200),
    at=st.integers(0, 400),
)
@settings(QUICK, max_examples=150)
def test_any_page_is_refused_or_read(tmp_path, text, at):
    page = PAGE.format(ending="csv", options="")
    outcome(study(tmp_path, "csv", page=page[:at] + text + page[at:]))
    outcome(study(tmp_path, "csv", page=text))


@pytest.mark.parametrize(
    "path",
    ["../outside.csv", "/etc/passwd", "data/../../outside.csv", "data/link.csv", "data/linked/outside.csv", "..",
     "data/raw.csv/../../../outside.csv", "data/\\0.csv", "data//", "~/outside.csv", "file:///etc/passwd",
     "C:\\\\Windows\\\\win.ini", "data/" + "a" * 5000 + ".csv", "http://127.0.0.1:9/raw.csv", "data/pipe.csv"],
)  # fmt: skip
@pytest.mark.parametrize("option", ["path", "dictionary", "catalogue"])
def test_no_path_of_a_page_leaves_the_study_folder(tmp_path, path, option):
    folder = study(tmp_path / "study", "csv")
    outside = tmp_path / "outside.csv"
    outside.write_text(f"Nr,Bili,Sex\n{MARK},5,F\n", encoding="utf-8")
    (folder / "data" / "link.csv").symlink_to(outside)
    (folder / "data" / "linked").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(folder / "data" / "pipe.csv")
    page = PAGE.format(ending="csv", options="")
    if option == "path":
        page = page.replace("path: data/raw.csv", f'path: "{path}"')
    else:
        form = {"dictionary": "redcap", "catalogue": "sas"}[option]
        page = page.replace("    tables:", f'    format: {form}\n    {option}: "{path}"\n    tables:', 1)
    (folder / "centres" / "bonn.yaml").write_text(page, encoding="utf-8")
    assert outcome(folder)


def test_a_centres_page_may_not_be_a_link_to_somewhere_or_a_device(tmp_path):
    folder = study(tmp_path / "study", "csv")
    (folder / "centres" / "lille.yaml").symlink_to("/dev/zero")
    assert "lille.yaml" in outcome(folder)


@pytest.mark.parametrize(
    "cell", ["\x00", "\x01", "\x07", "\x08", "\x1b[31m", "\x7f", "\x0f", "\x1f", "\ufffe", "\uffff"]
)
def test_control_characters_are_refused_by_place(tmp_path, cell):
    text = f"Nr,Sex,Bili\n{MARK}1,F,5\n{MARK}2{cell}x,M,6\n"
    said = outcome(study(tmp_path, "csv", text.encode("utf-8")))
    assert "control characters in row 3" in said or "binary data" in said
    assert cell not in said
    said = outcome(study(tmp_path, "csv", f"Nr,Sex,Bili{cell}\n{MARK}1,F,5\n".encode()))
    assert cell not in said


@pytest.mark.parametrize(
    ("text", "declared"),
    [("é" * 3 + "\x81", "cp1252"), ("é", "ascii"), ("é", "utf-16"), ("é", "cp037"), ("é", "utf-7"), ("é", "idna"),
     ("é", "punycode"), ("é", "base64"), ("é", "rot13"), ("é", "unicode_escape"), ("é", "undefined")],
)  # fmt: skip
def test_a_wrong_encoding_is_refused_or_read(tmp_path, text, declared):
    page = PAGE.format(ending="csv", options=f"    dialect: {{encoding: {declared}}}\n")
    outcome(study(tmp_path, "csv", b"Nr,Sex,Bili\nP1,F,5\n" + text.encode("latin-1") + b",M,6\n", page))


# -- within bounded time and memory: one process of its own, with a ceiling on both


@functools.cache
def zip_bomb(member: str, size: int, text: bytes = b"0") -> bytes:
    """A workbook whose `member` unpacks to `size` bytes of next to nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bomb.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, body in workbook_parts().items():
                if name != member:
                    archive.writestr(name, body)
            start, block = workbook_parts().get(member, b"")[:-20], text * ((4 << 20) // len(text))
            times = size // len(block)
            archive.writestr(member, repeated(start, block, times), zipfile.ZIP_STORED)
            info = archive.getinfo(member)  # stored as it is, then declared deflated: here, and in the directory below
            info.compress_type, info.file_size = zipfile.ZIP_DEFLATED, len(start) + times * len(block)
            info.CRC = functools.reduce(lambda crc, part: zlib.crc32(part, crc), [start] + [block] * times, 0)
        whole = bytearray(path.read_bytes())
        struct.pack_into("<H", whole, info.header_offset + 8, info.compress_type)
        struct.pack_into("<III", whole, info.header_offset + 14, info.CRC, info.compress_size, info.file_size)
        return bytes(whole)


def repeated(start: bytes, block: bytes, times: int) -> bytes:
    """`start` and `times` × `block`, deflated; the block once, as after a full flush it stands by itself."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    first = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * times + packer.flush()


def test_a_bomb_is_a_sound_archive():
    for member, text in (("xl/worksheets/sheet1.xml", b"0"), ("other.xml", b"<si><t>x</t></si>")):
        with zipfile.ZipFile(io.BytesIO(zip_bomb(member, 20 << 20, text))) as archive:
            assert archive.testzip() is None
            start, block = workbook_parts().get(member, b"")[:-20], text * ((4 << 20) // len(text))
            assert archive.read(member) == start + block * ((20 << 20) // len(block))


@functools.cache
def workbook_parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(valid("xlsx"))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def lying_zip(content: bytes) -> bytes:
    """The sizes in the directory of a zip made small: what is unpacked is more than was announced."""
    spoilt = bytearray(content)
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        for found in re.finditer(re.escape(mark), bytes(content)):
            spoilt[found.start() + at : found.start() + at + 4] = struct.pack("<I", 100)
    return bytes(spoilt)


def parquet_bomb() -> bytes:
    """Fifty columns of three million equal numbers: little in the file, much in memory."""
    numbers = pa.DictionaryArray.from_arrays(pa.array([0] * 3_000_000, pa.int8()), pa.array(["x" * 1000]))
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({f"c{i}": numbers for i in range(50)}), sink, compression="zstd")
    return bytes(sink.getvalue())


def billion_laughs() -> str:
    lines = ["a0: &a0 [" + ",".join("1" * 10) + "]"]
    return "\n".join(lines + [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)])


def corpus(folder: Path) -> list[Path]:
    """Studies each of which would exhaust a careless reader."""
    wide = ",".join(f"c{i}" for i in range(1_000_000))
    shared = zip_bomb("xl/sharedStrings.xml", 1200 << 20, b"<si><t>x</t></si>")
    files: list[tuple[str, bytes | None, str | None]] = [
        ("csv", f"{wide}\n{','.join('1' * 1_000_000)}\n".encode(), None),
        ("csv", b"Nr;Sex;Bili\nP1;F;" + b"9" * 60_000_000 + b"\n", None),
        ("csv", b'Nr;Sex;Bili\n"' + b"a\n" * 20_000_000, None),
        ("csv", b"Nr;Sex;Bili\n" + b";" * 40_000_000, None),
        ("csv", b"\n" * 50_000_000, None),
        ("csv", b'"' * 20_000_000, None),
        ("xlsx", zip_bomb("xl/worksheets/sheet1.xml", 1200 << 20), None),
        ("xlsx", shared, None),
        ("xlsx", lying_zip(shared), None),
        ("xlsx", lying_zip(zip_bomb("xl/worksheets/sheet1.xml", 1200 << 20)), None),
        ("ods", zip_bomb("content.xml", 1200 << 20), None),
        ("parquet", parquet_bomb(), None),
        ("csv", None, billion_laughs()),
        ("csv", None, "a: " + "[" * 100_000),
        ("csv", None, "a: " + "{b: " * 50_000),
        ("csv", None, "a: " + "x" * 6_000_000),
        ("csv", None, "centre: " + "- " * 100_000),
        ("csv", None, PAGE.format(ending="csv", options='    dialect: {delimiter: ","}\n' * 2)),
    ]
    return [study(folder / str(i), *case) for i, case in enumerate(files)]


DRIVER = """
import json, resource, sys, time
from y90outcomes.errors import InputError
from y90outcomes.registry import read_registry
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
for folder in sys.argv[1:]:
    start, said = time.process_time(), ""
    try:
        read_registry(folder)
    except InputError as error:
        said = str(error)
    print(json.dumps([said, time.process_time() - start]), flush=True)
"""


def test_bombs_are_refused_within_bounded_time_and_memory(tmp_path):
    folders = corpus(tmp_path)
    command = [sys.executable, "-c", DRIVER, *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, encoding="utf-8")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, len(told)) == (0, len(folders)), (len(told), done.stderr[-2000:])
    for folder, (said, seconds) in zip(folders, told, strict=True):
        assert said, folder.name
        assert len(said) < 20_000, folder.name
        assert seconds < 30, folder.name


# -- through the command line


@pytest.fixture
def starter(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["init", "study"]).exit_code == 0
    return tmp_path / "study"


def entries(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("command", [["run"], ["check", "--out", "queries"], ["cohort"], ["registry", "--out", "kept"]])
@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("data/patients.csv", b""),
        ("data/patients.csv", b"PK\x03\x04"),
        ("data/patients.csv", b"\x00" * 100),
        ("data/patients.csv", b"\xff\xfe\x00"),
        ("centres/example.yaml", b"\xff\xff"),
        ("centres/example.yaml", b"a: *b"),
        ("centres/example.yaml", b"!!python/object/apply:os.system [true]"),
        ("study.yaml", b"a: &a [*a]"),
        ("study.yaml", b"\x00"),
    ],
)
def test_every_command_refuses_in_words_and_leaves_nothing(starter, command, file, content):
    (starter / file).write_bytes(content)
    before = entries(starter.parent)
    done = CliRunner().invoke(main, [command[0], "study", *command[1:]], catch_exceptions=False)
    assert done.exit_code == 2, done.output
    assert done.output.strip()
    assert "Traceback" not in done.output
    assert entries(starter.parent) == before


FORMULAS = ("=1+1", "+SUM(A1)", "-2+3", "@cmd", "\t=1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0")


def test_formulas_in_cells_run_in_no_file_we_write(tmp_path, monkeypatch):
    """As keys, codes, free text and headings, through every command that writes tables."""
    monkeypatch.chdir(tmp_path)
    cells = [formula.strip() for formula in FORMULAS]
    lines = ["=Nr;Sex;Bili"] + [f'"{cell.replace(chr(34), chr(34) * 2)}";{cell[:2]}x;{cell[:3]}' for cell in cells]
    page = PAGE.format(ending="csv", options='    dialect: {delimiter: ";"}\n')
    page = page.replace("patient_id: Nr", 'patient_id: "=Nr"')
    assert CliRunner().invoke(main, ["init", "study"]).exit_code == 0
    for old in Path("study/centres").iterdir():
        old.unlink()
    study(Path("study"), "csv", ("\n".join(lines) + "\n").encode(), page)
    protocol = Path("study/study.yaml").read_text(encoding="utf-8")
    Path("study/study.yaml").write_text(re.sub(r"(?m)^centres:.*$", "centres: [bonn]", protocol), encoding="utf-8")
    done = CliRunner().invoke(main, ["check", "study", "--out", "queries"], catch_exceptions=False)
    assert done.exit_code == 1, done.output
    written = [path for path in tmp_path.rglob("*") if path.suffix in (".csv", ".xlsx") and "study" not in path.parts]
    assert {path.suffix for path in written} == {".csv", ".xlsx"}
    seen = 0
    for path in written:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as stream:
                found = [cell for row in csv.reader(stream) for cell in row]
        else:
            book = load_workbook(path)
            found = [
                cell.value if cell.data_type != "f" else f"={cell.value}"
                for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)
            ]  # fmt: skip
            assert not [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"], path.name
        harmful = [cell for cell in found if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert harmful == [], (path.name, harmful)
        seen += sum(any(formula in cell for formula in cells) for cell in found)
    assert seen  # they are there, as text


def test_a_refusal_is_one_of_ours(tmp_path):
    with pytest.raises(Y90Error) as caught:
        read_registry(study(tmp_path, "xlsx", b"PK"))
    assert caught.value.exit_code == 2
