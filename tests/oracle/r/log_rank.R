# Log-rank tests: survdiff of the survival package.
sets <- survival_data()
by <- list(lung = c("sex", "ph.ecog"), aml = "group", waltons = "group", larynx = "stage", rossi = c("race", "prio"),
           meerun = "group")
for (name in names(by)) for (column in by[[name]]) {
  set <- sets[[name]][!is.na(sets[[name]][[column]]), ]
  set$by <- set[[column]]
  found <- survdiff(Surv(time, event) ~ by, data = set)
  df <- sum(found$exp > 0) - 1
  put("log_rank", name, c("statistic", "df", "p"), column, c(found$chisq, df, pchisq(found$chisq, df, lower.tail = FALSE)))
  levels <- sort(unique(set$by))
  put("log_rank", name, paste0("n@", levels), column, found$n)
  put("log_rank", name, paste0("observed@", levels), column, found$obs)
  put("log_rank", name, paste0("expected@", levels), column, found$exp)
}
write_reference("log_rank")
