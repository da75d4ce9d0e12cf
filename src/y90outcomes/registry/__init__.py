"""Raw files of many centres in, canonical tables out: readers, mapping, conforming, checks."""

from __future__ import annotations

from y90outcomes.registry.conform import NOT_PROVIDED
from y90outcomes.registry.export import export_schema, mapping_json_schema
from y90outcomes.registry.read import READERS, Registry, Source, fingerprint, read_registry
from y90outcomes.registry.rules import RULES, issues_csv, write_issues

__all__ = [
    "NOT_PROVIDED",
    "READERS",
    "RULES",
    "Registry",
    "Source",
    "export_schema",
    "fingerprint",
    "issues_csv",
    "mapping_json_schema",
    "read_registry",
    "write_issues",
]
