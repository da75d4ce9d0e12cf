"""Names a simulation page of the model two_arm gives."""

from __future__ import annotations

MARGINS = (
    "randomised_pda", "treated_pda", "treated_sda", "age_pda", "age_sda", "size_pda", "size_sda", "child_a5_pda",
    "child_a5_sda", "ecog_0_pda", "ecog_0_sda", "bclc_b_pda", "bclc_b_sda", "pvt_pda", "pvt_sda", "alcohol_pda",
    "alcohol_sda", "viral_pda", "viral_sda", "haemochromatosis_pda", "haemochromatosis_sda", "nash_pda", "nash_sda",
    "mixture_pda", "mixture_sda", "no_cirrhosis_pda", "no_cirrhosis_sda", "td_ge205", "pld_ge150", "response_pda",
    "response_sda", "resected_pda", "resected_sda", "follow_up", "os_median_pda", "os_median_sda",
    "os_median_surgery_pda", "os_median_surgery_sda", "os_median_pvt_pda", "os_median_pvt_sda", "os_median_td_ge205",
    "os_median_td_lt205", "os_median_pld_ge150", "os_median_pld_lt150", "os_median_not_resected", "hr_arm",
    "hr_surgery", "hr_pvt_arm", "hr_td", "hr_pld", "hr_resected", "hr_female", "hr_age_gt65", "hr_child", "hr_ecog",
    "hr_cirrhosis", "hr_bilobar", "hr_pvt", "hr_prior", "hr_size_ge10", "hr_afp", "hr_involvement", "hr_multifocal",
    "rate_pda_2y", "rate_pda_3y", "rate_pda_5y", "rate_sda_2y", "rate_sda_3y", "rate_sda_5y", "rate_pvt_pda_2y",
    "rate_pvt_pda_3y", "rate_pvt_pda_5y", "rate_pvt_sda_2y", "rate_pvt_sda_3y", "rate_pvt_sda_5y", "rate_td_ge205_2y",
    "rate_td_ge205_3y", "rate_td_ge205_5y", "rate_td_lt205_2y", "rate_td_lt205_3y", "rate_td_lt205_5y",
    "rate_pld_ge150_2y", "rate_pld_ge150_3y", "rate_pld_ge150_5y", "rate_pld_lt150_2y", "rate_pld_lt150_3y",
    "rate_pld_lt150_5y", "rate_resected_2y", "rate_resected_3y", "rate_resected_5y", "rate_not_resected_2y",
    "rate_not_resected_3y", "rate_not_resected_5y",
)  # fmt: skip
"""Printed margins: name_arm for Table 1, os_median_, hr_ and rate_ of the groups compared."""

ASSUMPTIONS = (
    "female", "age_sda_sd", "smallest_size_cm", "child_b7_among_others", "multifocal", "bilobar_if_multifocal",
    "bilobar_if_single", "prior_therapy", "afp_ge_200", "viral_hepatitis_c", "delay_days", "td", "pld",
    "td_pld_correlation", "tumour_shape", "normal_volume_ml", "perfused_share", "residual_percent",
    "lung_dose_limit_gy", "density_g_per_ml", "mird_gy_kg_per_gbq", "response_per_log_dose",
    "complete_among_responders", "progressive_among_others", "weibull_shape", "log_hazard", "resection_month",
    "resectable_if_bilobar", "censoring_months",
)  # fmt: skip
"""What the paper does not print."""
