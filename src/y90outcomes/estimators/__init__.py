"""Arrays in, frozen numbers out: one estimator per file, no knowledge of studies, cohorts or reports."""
