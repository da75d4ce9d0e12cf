# Intervals of a proportion: prop.test, binom.test; Agresti-Coull and Wald by their formulas.
for (pair in list(c(0, 10), c(10, 10), c(1, 1), c(5, 10), c(14, 28), c(10, 209), c(129, 209), c(1, 1e6), c(8, 22))) {
  x <- pair[1]; n <- pair[2]; name <- paste(x, format(n, scientific = FALSE), sep = "/")
  for (level in c(0.95, 0.9)) {
    z <- qnorm(1 - (1 - level) / 2)
    share <- (x + z^2 / 2) / (n + z^2)
    limits <- list(
      wilson = suppressWarnings(prop.test(x, n, correct = FALSE, conf.level = level))$conf.int,
      wilson_cc = suppressWarnings(prop.test(x, n, correct = TRUE, conf.level = level))$conf.int,
      clopper_pearson = binom.test(x, n, conf.level = level)$conf.int,
      agresti_coull = pmin(pmax(share + c(-1, 1) * z * sqrt(share * (1 - share) / (n + z^2)), 0), 1),
      wald = pmin(pmax(x / n + c(-1, 1) * z * sqrt(x / n * (1 - x / n) / n), 0), 1)
    )
    for (kind in names(limits)) {
      put("proportion", name, paste0("lower@", level), kind, limits[[kind]][1])
      put("proportion", name, paste0("upper@", level), kind, limits[[kind]][2])
    }
  }
}
write_reference("proportions")
