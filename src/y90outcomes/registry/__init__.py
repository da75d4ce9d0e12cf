"""Raw files of many centres in, canonical tables out: readers, mapping, conforming, checks."""

from __future__ import annotations

from y90outcomes.registry.digest import fingerprint
from y90outcomes.registry.export import export_schema, mapping_json_schema
from y90outcomes.registry.parts import NOT_PROVIDED
from y90outcomes.registry.read import Registry, Source, read_registry
from y90outcomes.registry.readers import FORMATS, READERS
from y90outcomes.registry.rules import RULES, cell_lines, issues_csv, write_issues
from y90outcomes.registry.store import check_target, load_registry, save_registry

__all__ = [
    "FORMATS",
    "NOT_PROVIDED",
    "READERS",
    "RULES",
    "Registry",
    "Source",
    "cell_lines",
    "check_target",
    "export_schema",
    "fingerprint",
    "issues_csv",
    "load_registry",
    "mapping_json_schema",
    "read_registry",
    "save_registry",
    "write_issues",
]
