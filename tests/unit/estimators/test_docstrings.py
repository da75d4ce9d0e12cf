"""Every public function of the estimators says its shapes, its errors, its source and what it equals in R."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest
from tests.unit.estimators.test_nasty_everywhere import HELPER_MODULES, HELPERS, public

SHAPE = re.compile(
    r"\((?:[nmkprcqEP](?:\d|_\w)?|points)(?: [+−] 1)?,(?: [a-zA-Z0-9 +−]+)?\)"  # an array: (n,), (n, k), (n1,)
    r"|\d × \d|r × c|[Ss]quare table"  # a table
    r"|\b[Cc]ounts?\b|successes / n|events1 / n1|[Oo]dds of an event"  # counts alone
)
ERRORS = re.compile(r"[Rr]aises|ValueError|[Ee]rrors (?:as|of|and)|errors")
SOURCE = re.compile(
    r"10\.\d{4,}/\S+"  # a DOI
    r"|\b(?:18|19|20)\d\d;\d+"  # a journal's year and volume
    r"|, (?:19|20)\d\d\b"  # a book
    r"|[Ss]ources? as"  # that of another function
)
R_FUNCTION = re.compile(r"\b[A-Za-z]\w*(?:\.\w+)*::[A-Za-z][\w.]*|R has none|R's `?\w+|residuals\(coxph")


def functions() -> list[str]:
    return sorted(name for name in public() if name.split(".")[0] not in HELPER_MODULES and name not in HELPERS)


@pytest.mark.parametrize("name", functions())
def test_a_docstring_says_all_four(name: str) -> None:
    module, function = name.split(".")
    text = inspect.getdoc(getattr(importlib.import_module(f"y90outcomes.estimators.{module}"), function)) or ""
    wanted = {"shapes": SHAPE, "errors": ERRORS, "source": SOURCE, "R": R_FUNCTION}
    assert [what for what, pattern in wanted.items() if not pattern.search(text)] == []
