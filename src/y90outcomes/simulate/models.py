"""The models a simulation page may name under `model:`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from y90outcomes.simulate.lesion_response import LESION_RESPONSE
from y90outcomes.simulate.model import Model
from y90outcomes.simulate.single_arm import SINGLE_ARM
from y90outcomes.simulate.two_arm_tables import TWO_ARM

MODELS: Mapping[str, Model] = MappingProxyType({
    "single_arm": SINGLE_ARM,
    "two_arm": TWO_ARM,
    "lesion_response": LESION_RESPONSE,
})  # fmt: skip
"""Name -> how its registries are drawn and written."""
