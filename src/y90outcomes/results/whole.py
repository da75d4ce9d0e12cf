"""Output written whole or not at all: a file or a folder takes its place by one rename, or nothing has happened."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def write_whole(path: Path, content: bytes) -> None:
    """`content` in the place of `path`; on any failure what stood there stays, and nothing is left beside it."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, made: Mapping[str, Any], indent: int = 1) -> None:
    """Plain data as a JSON page, whole or not at all; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, (json.dumps(made, ensure_ascii=False, indent=indent) + "\n").encode())


@contextlib.contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """An empty folder beside `target` to write into; when the block ends well it replaces `target`.

    Whatever fails, inside the block or while renaming, the old folder stands as it was and nothing is left beside it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    new, old = work / f"{target.name}.new", work / f"{target.name}.old"
    try:
        new.mkdir()
        yield new
        if target.exists():
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    finally:
        # An old folder that could not be put back is the user's only copy: it is left where it is.
        shutil.rmtree(work if target.exists() or not old.exists() else new, ignore_errors=True)
