# Means, standard deviations and quantiles of three types: base R.
meerun <- read_data("meerun_tumours")
lung <- read_data("lung")
samples <- c(
  split(meerun$post_treatment_tad_gy, meerun$pathological_necrosis),
  list(lung_age = lung$age, lung_wt.loss = lung$wt.loss, one = 7.5, two = c(3, 1), thirty = 1:30)
)
for (name in names(samples)) {
  x <- samples[[name]]
  put("describe", name, "missing", "", sum(is.na(x)))
  x <- x[!is.na(x)]
  put("describe", name, "n", "", length(x))
  put("describe", name, "mean", "", mean(x))
  put("describe", name, "sd", "", sd(x))
  put("describe", name, "low", "", min(x))
  put("describe", name, "high", "", max(x))
  for (type in c(2, 6, 7)) for (q in c(0.05, 0.1, 0.25, 0.5, 0.75, 0.9)) {
    put("quantile", name, q, type, quantile(x, q, type = type, names = FALSE))
  }
}
write_reference("summaries")
