"""A new study that runs, and the JSON Schema that completes its page in an editor."""

from __future__ import annotations

import json
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from y90outcomes.errors import Fault, InputError
from y90outcomes.study.model import Study

_FOLDER = "starter_files"


def write_starter(folder: Path) -> list[Path]:
    """Copies the starter study into `folder`, which must be absent or empty. InputError otherwise."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(Fault(str(folder), "exists and is not an empty folder", action="name a new folder"))
    source = resources.files("y90outcomes.study").joinpath(_FOLDER)
    return sorted(_copy(source, folder))


def write_starter_study(folder: Path) -> Path:
    """The starter's `study.yaml` alone, for a study whose mapping pages are drafted; a page there is kept."""
    path = folder / "study.yaml"
    if not path.exists():
        text = resources.files("y90outcomes.study").joinpath(_FOLDER, "study.yaml").read_text(encoding="utf-8")
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("origin: synthetic", "origin: clinical", 1), encoding="utf-8", newline="\n")
    return path


def _copy(source: Traversable, target: Path) -> list[Path]:
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
        return [target]
    return [path for child in source.iterdir() for path in _copy(child, target / child.name)]


def write_study_schema(folder: Path) -> Path:
    """`study.schema.json`: the JSON Schema of `study.yaml`."""
    body = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "study.schema.json"}
    body |= Study.model_json_schema(by_alias=True)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "study.schema.json"
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path
