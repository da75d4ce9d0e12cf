"""The one list of kinds of notes: each a stable word with what it says. No note is of another kind."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KINDS: Mapping[str, str] = MappingProxyType(
    {
        # how the data came about, or were used, so that a number may mislead
        "immortal_time": "a variable known only after the time origin splits or explains an endpoint",
        "median_of_censored_times": "times to an event are described without those who had not had it",
        "data_driven_cutoff": "a cutoff was chosen from the patients it is tested on",
        "after_selection": "intervals and p of a selected model ignore the search",
        "competing_as_censored": "a competing event is taken as censored",
        "complement_of_kaplan_meier": "one minus Kaplan–Meier overstates where events compete",
        "lesions_independent": "lesions of one patient are taken as independent, with their intraclass correlation",
        "unadjusted": "groups that were not allocated are compared as they are",
        "residuals": "how residuals are to be read",
        "pooled_centres": "an effect is pooled over centres that no analysis compares",
        "subgroups": "how effects in subgroups are to be read",
        # what a model lacks
        "few_events": "fewer than ten events per parameter, or in a level",
        "few_clusters": "few clusters for a robust variance",
        "small_groups": "fewer than five values in a group",
        "separation": "covariates separate the outcome, or order every event: no finite maximum likelihood",
        "no_maximum": "simulated studies without a finite maximum likelihood",
        "non_convergence": "the search for the maximum did not end",
        "no_estimate": "a model that no method can fit",
        "no_curve": "no curve can be drawn",
        "no_spline": "no spline can be fitted",
        "collinearity": "covariates that explain one another",
        "small_unit": "a ratio per unit prints as 1.00; a larger unit is suggested",
        "non_proportional": "hazards are not proportional",
        "non_linear": "the spline departs from the line",
        "weak_slope": "the slope is not significant, so doses for a probability are hardly known",
        "falling": "the probability falls as the dose rises",
        "auc_below_half": "the score speaks against the event, in the direction of the protocol",
        "set_aside": "candidates that could not be judged",
        "search_stopped": "a search ended at a model that cannot be estimated",
        "none_selected": "no candidate is in the final model",
        "adjustment_left_out": "adjusting terms that do not vary within a level",
        "levels_left_out": "levels that are not in an interaction test",
        "centres_not_estimated": "centres without an estimate of their own",
        "centre_without_contrast": "centres where everybody or nobody has the event",
        "interval_and_test_disagree": "a test and an interval lead to opposite conclusions",
        "zero_cells": "a group has one outcome only",
        "not_graded": "terms of toxicity without a grade",
        # who is missing
        "complete_case": "the complete-case n of a model, and what shrank it",
        "missing_outcome": "subjects without an outcome",
        "missing_group": "subjects without the grouping value",
        "missing_stratum": "subjects without a stratum",
        "missing_reading": "subjects without both readings",
        "missing_pairs": "subjects without both numbers",
        "not_evaluable": "subjects who cannot be evaluated",
        "left_out": "subjects out of a landmark or time-dependent version, by reason",
        "empty_group": "groups nobody is in, or nothing to compare",
        "no_censoring": "nobody is censored",
        "no_input": "inputs the protocol does not give",
        # what was done
        "endpoint": "the endpoint in words",
        "endpoint_reasons": "why subjects are missing or censored, counted",
        "landmark": "the landmark and its rule",
        "time_dependent": "how a term changes with time",
        "clusters": "clusters, and the variance that allows for them",
        "strata": "how many baseline hazards, by what",
        "knots": "places of a spline's knots",
        "no_extrapolation": "doses observed; nothing is said beyond them",
        "direction": "which values speak for the event",
        "counts": "what n and events of a share are",
        "prevalence": "predictive values at a prevalence of the protocol",
        "several_optima": "several cutoffs do equally well",
        "order_of_groups": "the order in which a trend takes the groups",
        "trend_scores": "scores of a test for trend",
        "several_comparisons": "several comparisons with one group",
        "test_chosen": "which test a rule chose, and why",
        "geometric_mean": "how intervals of geometric means are made",
        "smd_of_levels": "how differences of categories are standardised",
        "family": "p adjusted within a family",
        "left_out_of_family": "tests without a p",
        "one_comparison_twice": "two tests of a family ask one thing",
        "percentage": "of whom a percentage is",
        "condition": "whether a condition stated beforehand is met",
        "margin": "what a margin is",
        "assumed": "what a simulation takes as true",
        # of the run, not of a method
        "reproduction": "why a published number is not compared",
        "unmoved": "no variant moves a number",
        "stale": "made before a change",
        "not_exhaustive": "a search that stopped before it had looked everywhere",
        "printed_counts": "percentages computed from printed counts",
        "printed_only": "a number printed without what it could be computed from",
        "audit": "how printed numbers were checked",
    }
)
"""kind -> what it says."""
NAMED: Mapping[str, str] = MappingProxyType(
    {
        "open_": "a question a guideline leaves open, by name",
        "not_evaluated_": "a recommendation that is not evaluated, by name",
    }
)
"""Beginnings of kinds that end in the name of a recommendation."""
