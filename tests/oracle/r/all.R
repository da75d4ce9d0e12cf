# Writes every reference table again, each in an R of its own. From the project root: Rscript tests/oracle/r/all.R
scripts <- c(
  "summaries", "proportions", "groups", "kaplan_meier", "log_rank", "cox", "cox_more", "dosimetry", "liver",
  "episodes", "survival_tests", "competing_risks", "two_proportions", "means", "logistic", "dose_response",
  "group_tests", "roc", "selection", "subgroups", "lowess", "curve_width", "dialects"
)
session <- "tests/oracle/reference/session.txt"
unlink(session)
for (script in scripts) {
  code <- sprintf('source("tests/oracle/r/lib.R"); source("tests/oracle/r/%s.R"); write_session("%s")', script, session)
  if (system2(file.path(R.home("bin"), "Rscript"), c("-e", shQuote(code))) != 0) stop(script, " failed")
}
