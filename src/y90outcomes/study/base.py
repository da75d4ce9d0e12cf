"""What every page of the protocol shares: frozen, nothing extra allowed, names that can stand in an address."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""A name of the protocol: lower case, digits, underscore."""


class Page(BaseModel):
    """Frozen, with unknown keys refused and docstrings under fields kept for the editor's help."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
