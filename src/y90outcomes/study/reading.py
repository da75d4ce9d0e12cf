"""Reading `study.yaml`: every fault at once, each with its line and the nearest name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.study.model import Study
from y90outcomes.yamlpage import Page, model_faults, read_page

FILE = "study.yaml"


def study_file(study: str | Path) -> Path:
    """The protocol's file for a study folder or the file itself. InputError when there is none."""
    path = Path(study)
    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        raise InputError(
            Fault(
                str(study),
                "no such study",
                f"a folder with a {FILE}, or that file",
                "`y90 init DIR` writes one that runs",
            )
        )
    return file


def read_study(study: str | Path, variant: str | None = None) -> Study:
    """The frozen protocol of a study folder (or of its `study.yaml`).

    variant  name of one of the page's `variants`, applied as a JSON Merge Patch (RFC 7386); the result has none itself
    raises   InputError with every fault, its line and the nearest name; unknown variant likewise
    """
    file = study_file(study)
    page = read_page(file, str(file))
    base = _build(page.data, page)
    if variant is None:
        return base
    if variant not in base.variants:
        allowed = choices(variant, base.variants) if base.variants else "this protocol has no variants"
        raise InputError(Fault(str(file), f"unknown variant {variant!r}", allowed))
    plain = {key: value for key, value in page.data.items() if key != "variants"}
    return _build(merge_patch(plain, base.variants[variant]), page, f"variant {variant!r}: ")


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7386: mappings are merged, null removes, everything else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def _build(data: Mapping[str, Any], page: Page, prefix: str = "") -> Study:
    try:
        return Study.model_validate(data)
    except ValidationError as error:
        faults = model_faults(error, Study, page)
        raise InputError(
            [Fault(prefix + fault.place, fault.problem, fault.allowed, fault.action) for fault in faults]
        ) from None
