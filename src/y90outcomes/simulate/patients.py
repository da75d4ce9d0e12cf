"""The patients before and at treatment: vectorised draws with the printed margins, volumes and doses tied by MIRD."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from y90outcomes.errors import Fault, InputError
from y90outcomes.simulate.margins import from_extremes, log_normal, of_margin
from y90outcomes.simulate.numerics import expit, normal_cdf
from y90outcomes.simulate.settings import Settings
from y90outcomes.simulate.territory import draw_body, draw_intent, draw_segmental, draw_segments, draw_small

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.str_]

LATENT = ("normal_volume", "tumour_volume", "perfused_share", "tad", "ntad", "diameter")
MOST_LESIONS = 10
TARGETS = 2
"""Target lesions of an organ (RECIST 1.1)."""
ETIOLOGIES = ("hepatitis_b", "hepatitis_c", "alcohol", "masld", "cryptogenic", "other")


@dataclass(frozen=True, slots=True)
class Patients:
    """n patients; every array has n first. Volumes mL, doses Gy, activity GBq, diameters mm, shares in percent.

    diameters, volumes, doses   lesions in columns, the largest first, NaN beyond `lesions`
    causes                      n × 6 flags in the order of ETIOLOGIES
    points                      Child–Pugh points of bilirubin, albumin, INR, ascites, encephalopathy in columns
    segmental, segments         one or two segments treated; number of segments treated
    intent                      code of the intent declared before treatment
    height, body_mass           cm, kg
    """

    age: Floats
    male: Flags
    causes: Flags
    cirrhosis: Flags
    pvt: Flags
    ecog: Ints
    bclc: Words
    points: Ints
    bilobar: Flags
    right: Flags
    lesions: Ints
    diameters: Floats
    volumes: Floats
    doses: Floats
    months_from_diagnosis: Floats
    prior_sorafenib: Flags
    normal_volume: Floats
    tumour_volume: Floats
    gap_volume: Floats
    perfused_normal_volume: Floats
    tad: Floats
    ntad: Floats
    lung_shunt: Floats
    residual: Floats
    activity: Floats
    lung_dose: Floats
    lung_mass: Floats
    sphere_age: Floats
    spect_ct: Flags
    segmental: Flags
    segments: Ints
    intent: Words
    height: Floats
    body_mass: Floats

    @property
    def targets(self) -> Flags:
        """n × lesions: the two largest, of 3 cm or more."""
        return (self.diameters >= 30) & (np.arange(MOST_LESIONS) < TARGETS)

    @property
    def others(self) -> Flags:
        """n × lesions: those that are no target."""
        return ~np.isnan(self.diameters) & ~self.targets

    @property
    def liver_volume(self) -> Floats:
        """Normal liver and every tumour of 2 cm or more."""
        return self.normal_volume + self.tumour_volume + self.gap_volume

    @property
    def perfused_volume(self) -> Floats:
        """Perfused normal liver and every tumour of 2 cm or more."""
        return self.perfused_normal_volume + self.tumour_volume + self.gap_volume

    @property
    def perfused_dose(self) -> Floats:
        """Energy of tumour and normal tissue over the whole perfused volume; tumours of 2–3 cm belong to neither."""
        energy = self.tad * self.tumour_volume + self.ntad * self.perfused_normal_volume
        return energy / self.perfused_volume

    @property
    def normal_dose(self) -> Floats:
        """Dose of the whole normal liver, perfused or not."""
        return self.ntad * self.perfused_normal_volume / self.normal_volume

    @property
    def child_pugh(self) -> Ints:
        """Child–Pugh points."""
        return np.asarray(self.points.sum(axis=1), dtype=np.int64)


def draw_patients(settings: Settings, n: int, rng: np.random.Generator) -> Patients:
    """Draw `n` patients. The order of the draws is fixed, so a seed gives the same patients for the same n."""
    scores = _scores(settings, n, rng)
    margins, share = settings.margins, settings.share
    shape = settings.assumptions["perfused_share"]
    normal = np.maximum(of_margin(margins["normal_volume"])(scores["normal_volume"]), 450.0)
    tumour = np.clip(log_normal(*settings.assumptions["tumour_volume"].values())(scores["tumour_volume"]), 7.9, 2300.0)
    tumour = np.minimum(tumour, 0.93 * normal)  # eligibility: tumour in less than half of the liver
    perfused = expit(shape["logit_mean"] + shape["logit_sd"] * scores["perfused_share"]) * normal
    tad = np.clip(of_margin(margins["tad"])(scores["tad"]), 14.0, 1500.0)
    ntad = np.clip(of_margin(margins["ntad"])(scores["ntad"]), 12.0, 350.0)
    lesions = _count(settings, n, rng)
    diameters = _diameters(settings, scores["diameter"], lesions, rng)
    bilobar, right = rng.random(n) < share("bilobar"), rng.random(n) < share("right_lobe")
    segmental = draw_segmental(settings, bilobar, lesions, rng)
    small = draw_small(settings, n, rng)
    diameters = np.where(segmental[:, None], np.maximum(diameters * (small.diameter / diameters[:, 0])[:, None], 10.0),
                         diameters)  # fmt: skip
    tumour = np.where(segmental, np.pi / 6 * (small.diameter / 10) ** 3 * 0.8, tumour)
    perfused = np.where(segmental, small.share * normal, perfused)
    tad, ntad = np.where(segmental, small.tad, tad), np.where(segmental, small.ntad, ntad)
    volumes, gap = _volumes(diameters, tumour)
    doses = _doses(settings, tad, ntad, volumes, diameters, rng)
    lung_mass = np.clip(
        rng.normal(settings.assumptions["lung_mass_kg"]["mean"], settings.assumptions["lung_mass_kg"]["sd"], n),
        0.5,
        1.2,
    )
    limits = settings.assumptions["residual_percent"]
    residual = rng.uniform(limits["low"], limits["high"], n)
    k, density = settings.number("mird_gy_kg_per_gbq"), settings.number("density_g_per_ml")
    energy = (tad * tumour + ntad * perfused) * density / 1000  # Gy·kg
    most = settings.number("lung_dose_limit_gy") * lung_mass  # energy is k·A·(1−R)·(1−F)
    shunt = np.clip(_shunt(settings, energy, rng), 0.3, np.minimum(40.0, 100 * most / (energy + most)))
    activity = energy / (k * (1 - residual / 100) * (1 - shunt / 100))
    lung = k * activity * (1 - residual / 100) * shunt / 100 / lung_mass
    pvt = rng.random(n) < share("pvt")
    ecog = _ecog(settings, pvt, rng)
    age = from_extremes(float(margins["age"]["median"]), float(margins["age"]["low"]), float(margins["age"]["high"]),
                        int(margins["age"]["n"]))(rng.standard_normal(n))  # fmt: skip
    male = rng.random(n) < share("male")
    height, body_mass = draw_body(settings, male, rng)
    segments = draw_segments(segmental, bilobar, right, rng)
    return Patients(
        age=np.clip(age, 18.0, 95.0), male=male, causes=_causes(settings, n, rng),
        cirrhosis=rng.random(n) < share("cirrhosis"), pvt=pvt, ecog=ecog,
        bclc=_bclc(settings, pvt, ecog, lesions, rng), points=_points(settings, n, rng),
        bilobar=bilobar, right=right, lesions=lesions,
        diameters=diameters, volumes=volumes, doses=doses, months_from_diagnosis=_diagnosis(settings, n, rng),
        prior_sorafenib=rng.random(n) < share("prior_sorafenib"), normal_volume=normal, tumour_volume=tumour,
        gap_volume=gap, perfused_normal_volume=perfused, tad=tad, ntad=ntad, lung_shunt=shunt, residual=residual,
        activity=activity, lung_dose=lung, lung_mass=lung_mass, sphere_age=_sphere_age(settings, n, rng),
        spect_ct=rng.random(n) < share("spect_ct"), segmental=segmental, segments=segments,
        intent=draw_intent(settings, segmental, bilobar, rng), height=height, body_mass=body_mass,
    )  # fmt: skip


def correlation(settings: Settings) -> Floats:
    """The correlation matrix of the normal scores, in the order of LATENT."""
    matrix = np.eye(len(LATENT))
    for pair, value in settings.assumptions["correlations"].items():
        i, j = (LATENT.index(name.strip()) for name in pair.split(","))
        matrix[i, j] = matrix[j, i] = float(value)
    return matrix


def _scores(settings: Settings, n: int, rng: np.random.Generator) -> dict[str, Floats]:
    try:
        root = np.linalg.cholesky(correlation(settings))
    except np.linalg.LinAlgError:
        raise InputError(
            Fault("simulation.yaml (assumptions.correlations)", "no distribution has all these correlations at once",
                  "a positive definite matrix", "bring those of one variable closer to each other")
        ) from None  # fmt: skip
    drawn = rng.standard_normal((n, len(LATENT))) @ root.T
    return dict(zip(LATENT, drawn.T, strict=True))


def _count(settings: Settings, n: int, rng: np.random.Generator) -> Ints:
    edges = np.cumsum([settings.share(f"lesions_{k}") for k in (1, 2, 3)])
    number = np.searchsorted(edges, rng.random(n), side="right") + 1
    return np.where(number >= 4, rng.integers(4, MOST_LESIONS + 1, n), number).astype(np.int64)


def _diameters(settings: Settings, score: Floats, lesions: Ints, rng: np.random.Generator) -> Floats:
    """Longest diameters in mm: the target by its printed classes, the others a fifth to a half of it."""
    small, middle = settings.share("diameter_3_5"), settings.share("diameter_5_8")
    u = np.clip(normal_cdf(score), 1e-12, 1 - 1e-12)
    target = np.where(
        u < small,
        30 * (50 / 30) ** (u / small),
        np.where(
            u < small + middle,
            50 * (80 / 50) ** ((u - small) / middle),
            80 * (1 - np.minimum((u - small - middle) / (1 - small - middle), 1 - 1e-9)) ** -0.25,
        ),
    )
    target = np.clip(target, 30.0, 220.0)
    others = np.maximum(target[:, None] * rng.uniform(0.2, 0.5, (len(target), MOST_LESIONS - 1)), 10.0)
    others = -np.sort(-others, axis=1)  # the largest first
    table = np.column_stack([target, np.minimum(others, target[:, None] * 0.9)])
    return np.where(np.arange(MOST_LESIONS) < lesions[:, None], table, np.nan)


def _volumes(diameters: Floats, tumour: Floats) -> tuple[Floats, Floats]:
    """Volume of each lesion in mL, those of 3 cm or more adding up to `tumour`; the sum of those from 2 to 3 cm."""
    volumes = np.pi / 6 * (diameters / 10) ** 3 * 0.8
    others = np.nansum(np.where(diameters >= 30, volumes, 0.0)[:, 1:], axis=1)
    shrink = np.minimum(1.0, 0.3 * tumour / np.maximum(others, 1e-9))  # the largest lesion keeps at least 70 %
    counted = diameters[:, 1:] >= 30
    volumes[:, 1:] = np.where(counted, volumes[:, 1:] * shrink[:, None], volumes[:, 1:])
    volumes[:, 0] = tumour - np.nansum(np.where(counted, volumes[:, 1:], 0.0), axis=1)
    gap = np.nansum(np.where((diameters >= 20) & (diameters < 30), volumes, 0.0), axis=1)
    return volumes, gap


def _doses(
    settings: Settings, tad: Floats, ntad: Floats, volumes: Floats, diameters: Floats, rng: np.random.Generator
) -> Floats:
    """Dose of each lesion: around the tumour mean, which stays the volume-weighted one; below 3 cm the normal dose."""
    sd = settings.number("lesion_dose_sd_log")
    spread = np.exp(sd * rng.standard_normal(volumes.shape))
    counted = diameters >= 30
    weight = np.where(counted, volumes, 0.0)
    mean = (weight * spread).sum(axis=1) / weight.sum(axis=1)
    doses = np.where(counted, tad[:, None] * spread / mean[:, None], ntad[:, None])
    return np.where(np.isnan(volumes), np.nan, doses)


def _shunt(settings: Settings, energy: Floats, rng: np.random.Generator) -> Floats:
    """Lung shunt in percent: less where more activity was given, as the limits on the lung dose demand."""
    logs = np.log(energy)
    high = (logs - logs.mean()) / max(float(logs.std()), 1e-9)
    rho = settings.number("lung_shunt_with_energy")
    score = rho * high + np.sqrt(1 - rho**2) * rng.standard_normal(len(energy))
    return of_margin(settings.margins["lung_shunt"])(score)


def _ecog(settings: Settings, pvt: Flags, rng: np.random.Generator) -> Ints:
    with_pvt = settings.margins["pvt_ecog_0"]["count"] / settings.margins["pvt"]["count"]
    n = settings.margins["pvt"]["of"]
    free = n - settings.margins["pvt"]["count"]
    without = (settings.margins["ecog_0"]["count"] - settings.margins["pvt_ecog_0"]["count"]) / free
    fit = rng.random(len(pvt)) < np.where(pvt, with_pvt, without)
    worse = rng.random(len(pvt)) < settings.number("ecog_2_or_more_if_impaired")
    return np.where(fit, 0, np.where(worse, 2, 1)).astype(np.int64)


def _bclc(settings: Settings, pvt: Flags, ecog: Ints, lesions: Ints, rng: np.random.Generator) -> Words:
    """C with thrombus, or by performance status as often as printed; A among the single tumours, B otherwise."""
    margins = settings.margins
    impaired = margins["ecog_1"]["count"] + margins["ecog_ge2"]["count"]
    impaired_free = impaired - (margins["pvt"]["count"] - margins["pvt_ecog_0"]["count"])
    stage_c = pvt | ((ecog >= 1) & (rng.random(len(pvt)) < margins["bclc_c_ecog_no_pvt"]["count"] / impaired_free))
    single = settings.share("lesions_1")
    early = margins["bclc_a"]["count"] / (margins["bclc_a"]["count"] + margins["bclc_b"]["count"]) / single
    stage_a = (lesions == 1) & (rng.random(len(pvt)) < early)
    return np.where(stage_c, "C", np.where(stage_a, "A", "B"))


def _points(settings: Settings, n: int, rng: np.random.Generator) -> Ints:
    """Child–Pugh points by component, the score drawn first: A5, A6 or B7 (bilirubin never above one point)."""
    a = settings.share("child_pugh_a")
    u = rng.random(n)
    extra = np.where(u < a * settings.number("child_pugh_a5_among_a"), 0, np.where(u < a, 1, 2))
    one = np.array([[0, 1, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 1, 0, 0]])
    two = np.array([[0, 1, 0, 1, 0], [0, 1, 1, 0, 0], [0, 2, 0, 0, 0], [0, 1, 0, 0, 1]])
    added = np.zeros((n, 5), dtype=np.int64)
    pick_one, pick_two = rng.choice(3, n, p=[0.75, 0.15, 0.10]), rng.choice(4, n, p=[0.5, 0.2, 0.2, 0.1])
    added[extra == 1] = one[pick_one[extra == 1]]
    added[extra == 2] = two[pick_two[extra == 2]]
    return 1 + added


def _causes(settings: Settings, n: int, rng: np.random.Generator) -> Flags:
    """Etiologies: unknown alone, else one cause and sometimes a second, with the printed share of each."""
    wanted = np.array([settings.share(f"etiology_{name}") for name in ETIOLOGIES])
    unknown = ETIOLOGIES.index("cryptogenic")
    known = np.delete(wanted, unknown)
    second = known.sum() / (1 - wanted[unknown]) - 1
    first = known / known.sum()
    for _ in range(60):  # the first cause's shares that give the printed ones once second causes are added
        rest = second * np.array([(first[np.arange(5) != j] * first[j] / (1 - first[np.arange(5) != j])).sum()
                                  for j in range(5)])  # fmt: skip
        first = np.maximum(first * known / (1 - wanted[unknown]) / (first + rest), 1e-6)
        first /= first.sum()
    flags = np.zeros((n, len(ETIOLOGIES)), dtype=bool)
    position = np.delete(np.arange(len(ETIOLOGIES)), unknown)
    main = rng.choice(5, n, p=first)
    weights = np.tile(first, (n, 1))
    weights[np.arange(n), main] = 0.0
    steps = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    other = (steps < rng.random(n)[:, None]).sum(axis=1).clip(max=4)
    flags[np.arange(n), position[main]] = True
    also = rng.random(n) < second
    flags[np.flatnonzero(also), position[other[also]]] = True
    none = rng.random(n) < wanted[unknown]
    flags[none] = False
    flags[none, unknown] = True
    return flags


def _diagnosis(settings: Settings, n: int, rng: np.random.Generator) -> Floats:
    """Months from diagnosis: a log-normal body with the printed median, and a few long-standing diagnoses."""
    margin, tail = settings.margins["months_from_diagnosis"], settings.assumptions["diagnosis_tail"]
    late = rng.uniform(tail["low"], tail["high"], n)
    body = (margin["mean"] - tail["share"] * (tail["low"] + tail["high"]) / 2) / (1 - tail["share"])
    median = float(margin["median"])
    usual = log_normal(median, max(body, median * 1.15))(rng.standard_normal(n))
    return np.maximum(np.where(rng.random(n) < tail["share"], late, usual), 0.1)


def _sphere_age(settings: Settings, n: int, rng: np.random.Generator) -> Floats:
    """Days from calibration, first or second week; NaN where the week is not known."""
    first = rng.random(n) < settings.share("first_week")
    days = np.where(first, rng.integers(2, 8, n), rng.integers(8, 13, n)).astype(float)
    return np.where(rng.random(n) < settings.number("sphere_age_missing"), np.nan, days)
