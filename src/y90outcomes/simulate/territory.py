"""What was treated and why: segments, intent, the small tumours of segmental patients, height and weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from y90outcomes.simulate.settings import Settings

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Small:
    """A segmental treatment, one per patient whether or not it is used: largest diameter in mm, perfused share of the
    normal liver, dose of tumour and of normal perfused tissue in Gy."""

    diameter: Floats
    share: Floats
    tad: Floats
    ntad: Floats


def draw_segmental(settings: Settings, bilobar: Flags, lesions: Ints, rng: np.random.Generator) -> Flags:
    """Who is treated in one or two segments: a share of the unilobar patients with one or two lesions."""
    drawn = rng.random(len(lesions)) < settings.number("segmental_share")
    return np.asarray(drawn & ~bilobar & (lesions <= 2), dtype=np.bool_)


def draw_small(settings: Settings, n: int, rng: np.random.Generator) -> Small:
    """What a segmental treatment looks like: a small tumour, a small territory, one high dose."""
    page = {key: float(value) for key, value in settings.assumptions["segmental"].items()}
    dose = np.clip(page["dose_median"] * np.exp(page["dose_sd_log"] * rng.standard_normal(n)), 150.0, 1200.0)
    return Small(
        diameter=rng.uniform(page["diameter_low"], page["diameter_high"], n),
        share=rng.uniform(page["share_low"], page["share_high"], n),
        tad=dose, ntad=dose / rng.uniform(page["ratio_low"], page["ratio_high"], n),
    )  # fmt: skip


def draw_segments(segmental: Flags, bilobar: Flags, right: Flags, rng: np.random.Generator) -> Ints:
    """Number of segments treated: one or two, three of a left lobe, four or five of a right, six to eight of both."""
    n = len(segmental)
    few, more, both = rng.integers(1, 3, n), rng.integers(4, 6, n), rng.integers(6, 9, n)
    return np.where(segmental, few, np.where(bilobar, both, np.where(right, more, 3))).astype(np.int64)


def draw_intent(settings: Settings, segmental: Flags, bilobar: Flags, rng: np.random.Generator) -> Words:
    """Declared intent by its assumed share; growth of the other lobe is not meant where both are treated."""
    n = len(segmental)
    drawn = []
    for name in ("intent", "intent_segmental"):
        shares = settings.assumptions[name]
        weight = np.array([float(share) for share in shares.values()])
        drawn.append(rng.choice(list(shares), n, p=weight / weight.sum()))
    intent = np.where(segmental, drawn[1], drawn[0])
    return np.where(bilobar & (intent == "hypertrophy"), "palliative", intent)


def draw_body(settings: Settings, male: Flags, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Height in cm and weight in kg, by a body mass index."""
    page = {key: float(value) for key, value in settings.assumptions["body"].items()}
    n = len(male)
    height = np.clip(
        np.where(male, page["height_male"], page["height_female"]) + page["height_sd"] * rng.standard_normal(n),
        140,
        205,
    )
    index = np.clip(page["mass_index"] + page["mass_index_sd"] * rng.standard_normal(n), 17, 42)
    return height, index * (height / 100) ** 2
