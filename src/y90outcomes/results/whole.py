"""Output written whole or not at all: a file or a folder takes its place by one rename, or nothing has happened."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """`content` in the place of `path`; on any failure what stood there stays, and nothing is left beside it."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


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
