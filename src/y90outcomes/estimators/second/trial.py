"""How a library is asked: what it raises or warns about becomes one reason, never a number."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


class Declined(Exception):
    """A library gives no number here; the message says why."""


_HARMLESS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)


@contextmanager
def asked(engine: str) -> Iterator[None]:
    """Warnings of a library are faults but for announcements of its future; every fault becomes `Declined`."""
    import numpy as np

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        for kind in _HARMLESS:
            warnings.simplefilter("ignore", kind)
        try:
            yield
        except Declined:
            raise
        except Exception as fault:  # whatever a library raises is its refusal
            said = str(fault).strip().splitlines()[0][:120] if str(fault).strip() else type(fault).__name__
            raise Declined(f"{engine} gives no number: {said}") from fault
