"""A commented page for the printed numbers of a user's own paper."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from y90outcomes.errors import Fault, InputError

PAGE = "published.yaml"


def write_template(folder: Path) -> Path:
    """Writes `published.yaml` into `folder`, made if absent; its path. InputError when a page stands there already."""
    path = folder / PAGE
    if path.exists() or (folder.exists() and not folder.is_dir()):
        raise InputError(
            Fault(str(path if folder.is_dir() else folder), "exists already", action="name another folder")
        )
    folder.mkdir(parents=True, exist_ok=True)
    text = resources.files("y90outcomes.published").joinpath("published_template.yaml").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
