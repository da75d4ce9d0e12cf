"""Every check by the rule it answers, in the order they run. A study may switch a query or note off, with a reason."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

import pandas as pd

from y90outcomes.errors import Fault, InputError, Issue, choices
from y90outcomes.registry.check import (
    check_after_death,
    check_day_numbers,
    check_keys,
    check_order,
    check_parents,
    check_undated,
)
from y90outcomes.registry.check_copies import check_copied_rows
from y90outcomes.registry.check_digits import check_digit_preference
from y90outcomes.registry.check_dose import check_dose_activity
from y90outcomes.registry.check_people import check_age, check_duplicate_patients, check_shared_patients
from y90outcomes.registry.check_rows import Origins, Tables, first_treatment
from y90outcomes.registry.check_sizes import (
    check_limits,
    check_sizes,
    check_volume_equal,
    check_volumes,
    check_windows,
)
from y90outcomes.registry.check_units import check_cell_units, check_centre_units, check_outliers
from y90outcomes.registry.parts import Policy
from y90outcomes.registry.rules import OFF, RULES, SWITCHABLE
from y90outcomes.schema import Schema

CHECKS: Mapping[str, Callable[[Tables], list[Issue]]] = MappingProxyType({
    "undated_event": check_undated,
    "date_order": check_order,
    "after_death": check_after_death,
    "duplicate_patient": check_duplicate_patients,
    "shared_patient": check_shared_patients,
    "age_disagrees": check_age,
    "outside_window": check_windows,
    "size_order": check_sizes,
    "volume_sum": check_volumes,
    "volume_equal": check_volume_equal,
    "limits_order": check_limits,
    "dose_activity": check_dose_activity,
    "unit_suspect": check_centre_units,
    "cell_unit": check_cell_units,
    "outlier": check_outliers,
    "digit_preference": check_digit_preference,
    "copied_rows": check_copied_rows,
})  # fmt: skip
"""rule -> its check. Keys, parents and day numbers come first and always run; a parser answers the cell's own rules."""


def run_checks(
    frames: dict[str, pd.DataFrame], schema: Schema, origins: Origins, policy: Policy, off: Collection[str]
) -> tuple[list[Issue], dict[tuple[str, str, str, str], int]]:
    """Issues of the canonical tables, and the cells that were emptied: (table, centre, column, reason) -> n.

    `frames` loses date and day cells that disagree; nothing else is changed. Linear in the number of rows.
    """
    found: list[Issue] = []
    for name, table in schema.tables.items():
        found += check_keys(frames[name], table, origins)
        found += check_parents(frames, table, schema, origins)
    apart, emptied = check_day_numbers(frames, schema, origins, policy)
    found += apart
    tables = Tables(frames, schema, first_treatment(frames["treatments"]), origins)
    for rule, check in CHECKS.items():
        if rule not in off:
            found += check(tables)
    return found, emptied


def switched_off(rules: Mapping[str, bool]) -> frozenset[str]:
    """The rules that do not run: those off by themselves, changed by `rules` (rule -> on).

    InputError names every unknown rule and every rule that cannot be switched off.
    """
    faults = []
    for name, on in rules.items():
        place = f"data.rules.{name}"
        if name not in RULES:
            faults.append(Fault(place, "no such rule", choices(name, SWITCHABLE), "correct the name"))
        elif name not in SWITCHABLE and not on:
            faults.append(
                Fault(place, "this rule blocks and cannot be switched off", choices(name, SWITCHABLE),
                      "for cells that cannot be read, `data.on_invalid_cell: missing` is the way")
            )  # fmt: skip
    if faults:
        raise InputError(faults)
    return frozenset((OFF | {name for name, on in rules.items() if not on}) - {n for n, on in rules.items() if on})
