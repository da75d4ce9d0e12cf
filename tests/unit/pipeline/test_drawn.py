"""A drawn registry as a cohort, and a protocol cut down without moving a number."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from y90outcomes.pipeline.analyses import run_analyses
from y90outcomes.pipeline.drawn import cohort_of_tables, drawn_cohort, only_for
from y90outcomes.results.addresses import entries
from y90outcomes.simulate.models import MODELS
from y90outcomes.simulate.settings import read_settings
from y90outcomes.study import read_study

TARGET = Path(__file__).parents[3] / "analyses" / "target"
ASKED = ("table_2", "response_by_stratum", "survival_by_dose", "dose_tests")


@pytest.fixture(scope="module")
def study():
    return read_study(TARGET)


def test_a_protocol_cut_down_gives_the_same_numbers(study):
    settings = read_settings(TARGET)
    tables = MODELS[settings.model].draw(settings, 30, 3).tables
    small = only_for(study, ASKED)
    assert set(ASKED) < set(small.analyses) < set(study.analyses)  # the family's members come along
    assert len(small.variables) < len(study.variables)
    numbers = []
    for protocol in (small, study):
        made = run_analyses(cohort_of_tables(protocol, tables), {n: study.analyses[n] for n in small.analyses})
        numbers.append(
            [(e.address, dict(e.values)) for items in made.values() for item in items for e in entries(item)]
        )
    assert numbers[0] == numbers[1]


def test_a_draw_is_the_registry_that_its_files_hold(study):
    """The same seed and number as the committed data give the doses of the committed truth."""
    drawn_from = YAML(typ="safe").load((TARGET / "truth" / "parameters.yaml").read_text(encoding="utf-8"))
    cohort = drawn_cohort(
        only_for(study, ["table_2"]), read_settings(TARGET), drawn_from["patients"], drawn_from["seed"]
    )
    truth = pd.read_parquet(TARGET / "truth" / "dosimetry.parquet")
    doses = truth.loc[truth["compartment"] == "tumour_total_perfused", "absorbed_dose"]
    assert sorted(cohort.frame["tad"]) == sorted(doses)
