"""The mapping pages of a study folder: which there are, and one page read and judged with all its faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.registry.mapping import CentreMapping
from y90outcomes.registry.mapping_check import column_faults, name_faults
from y90outcomes.schema import Schema, TableSchema
from y90outcomes.yamlpage import Page, model_faults, read_page


def read_mapping(folder: Path, centre: str, schema: Schema) -> tuple[CentreMapping, Page]:
    """The mapping of `folder/centres/<centre>.yaml` and its page. Raises InputError with every fault of the page."""
    page = read_page(folder / "centres" / f"{centre}.yaml", f"centres/{centre}.yaml")
    faults = name_faults(page, schema)
    try:
        mapping = CentreMapping.model_validate(_long_codes(page.data, schema))
    except ValidationError as error:
        raise InputError([*faults, *model_faults(error, CentreMapping, page)]) from None
    if mapping.centre != centre:
        faults.append(
            Fault(page.place(("centre",)), f"the page is named {centre!r} but says centre {mapping.centre!r}",
                  action="make the file name and the centre the same")
        )  # fmt: skip
    faults += column_faults(mapping, page, schema)
    if faults:
        raise InputError(faults)
    return mapping, page


def find_centres(folder: Path, centres: object) -> list[str]:
    """The centres asked for, or every page of `centres/` in sorted order. Raises InputError for unknown ones."""
    pages = sorted(path.stem for path in (folder / "centres").glob("*.yaml"))
    if not pages:
        raise InputError(
            Fault(str(folder.name) + "/centres", "no mapping page there", "one <centre>.yaml per centre",
                  "add a mapping page, or point at the study folder")
        )  # fmt: skip
    if centres is None:
        return pages
    if isinstance(centres, str) or not isinstance(centres, list | tuple):
        raise InputError(Fault("centres", "not a list of names", "a list of centre names"))
    unknown = [name for name in centres if name not in pages]
    if unknown:
        raise InputError(
            [Fault(f"centres/{name}.yaml", "no such page", choices(str(name), pages), "correct the name or add it")
             for name in unknown]
        )  # fmt: skip
    return sorted(dict.fromkeys(centres))


def _long_codes(data: Any, schema: Schema) -> Any:
    """Write the rule of `long` out: a plain word for a code column of the key becomes a constant."""
    if not isinstance(data, dict) or not isinstance(data.get("files"), list):
        return data
    files = []
    for file in data["files"]:
        if isinstance(file, dict) and isinstance(file.get("tables"), dict):
            tables = {name: _constants(item, schema.tables.get(name)) for name, item in file["tables"].items()}
            file = {**file, "tables": tables}
        files.append(file)
    return {**data, "files": files}


def _constants(item: Any, table: TableSchema | None) -> Any:
    if table is None or not isinstance(item, dict) or not isinstance(item.get("long"), list):
        return item
    keys = {name for name in table.primary_key if table.columns[name].type == "code"}

    def explicit(entry: Any) -> Any:
        if not isinstance(entry, dict):
            return entry
        return {k: {"constant": v} if k in keys and isinstance(v, str) else v for k, v in entry.items()}

    return {**item, "long": [explicit(entry) for entry in item["long"]]}
