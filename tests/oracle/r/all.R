# Writes every reference table again. From the project root: Rscript tests/oracle/r/all.R
source("tests/oracle/r/lib.R")
for (script in c("summaries", "proportions", "groups", "kaplan_meier", "log_rank", "cox", "dosimetry", "liver", "episodes")) {
  source(file.path("tests/oracle/r", paste0(script, ".R")))
}
writeLines(
  c(R.version.string, paste("survival", packageVersion("survival")), paste("platform", R.version$platform)),
  "tests/oracle/reference/session.txt"
)
