# Tests of groups: t.test, wilcox.test, kruskal.test, chisq.test, fisher.test.
meerun <- read_data("meerun_tumours")
lung <- read_data("lung")
dose <- meerun$post_treatment_tad_gy
cpn <- meerun$pathological_necrosis == "CPN"
pairs <- list(
  meerun_dose = list(dose[cpn], dose[!cpn]),
  meerun_log_dose = list(log(dose[cpn]), log(dose[!cpn])),
  lung_age = list(lung$age[lung$sex == 1], lung$age[lung$sex == 2]),
  untied = list(c(1.1, 2.2, 3.3, 9.9, 4.5), c(0.5, 2.1, 5.5, 8.8, 7.3, 6.6, 12)),
  tied = list(c(1, 2, 2, 3, 3, 3), c(2, 3, 4, 4, 5, 5, 5)),
  unequal_sizes = list(c(5, 9), c(1, 2, 3, 4, 6, 7, 8, 10, 11))
)
for (name in names(pairs)) {
  a <- pairs[[name]][[1]]; b <- pairs[[name]][[2]]
  for (kind in c("welch", "pooled")) {
    found <- t.test(a, b, var.equal = kind == "pooled")
    put("t_test", name, "statistic", kind, found$statistic)
    put("t_test", name, "df", kind, found$parameter)
    put("t_test", name, "p", kind, found$p.value)
  }
  for (kind in c("normal", "normal_cc", if (!anyDuplicated(c(a, b))) "exact")) {
    found <- suppressWarnings(wilcox.test(a, b, exact = kind == "exact", correct = kind == "normal_cc"))
    put("mann_whitney", name, "statistic", kind, found$statistic)
    put("mann_whitney", name, "p", kind, found$p.value)
  }
}
ecog <- lung[!is.na(lung$ph.ecog), ]
several <- list(
  meerun_dose = split(dose, meerun$pathological_necrosis),
  lung_age = split(ecog$age, ecog$ph.ecog),
  two = list(c(1, 2, 2, 3), c(2, 4, 5))
)
for (name in names(several)) {
  found <- kruskal.test(several[[name]])
  put("kruskal_wallis", name, "statistic", "chi_square", found$statistic)
  put("kruskal_wallis", name, "df", "chi_square", found$parameter)
  put("kruskal_wallis", name, "p", "chi_square", found$p.value)
}
tables <- list(
  small = matrix(c(1, 9, 11, 3), 2, byrow = TRUE),
  balanced = matrix(c(12, 5, 6, 11), 2, byrow = TRUE),
  near = matrix(c(5, 5, 5, 6), 2, byrow = TRUE),
  margins = matrix(c(40, 60, 55, 45), 2, byrow = TRUE),
  zeros = matrix(c(0, 7, 6, 0), 2, byrow = TRUE),
  wide = matrix(c(3, 5, 1, 4, 0, 6, 2, 2, 7), 3, byrow = TRUE),
  response = matrix(c(4, 3, 0, 2, 6, 1), 2, byrow = TRUE),
  four = matrix(c(3, 1, 2, 0, 1, 4, 0, 2, 1, 0, 3, 2), 3, byrow = TRUE)
)
for (name in names(tables)) {
  table <- tables[[name]]; n <- sum(table); square <- all(dim(table) == 2)
  plain <- suppressWarnings(chisq.test(table, correct = FALSE))
  for (kind in c("plain", if (square) "yates", "n_minus_1")) {
    found <- if (kind == "yates") suppressWarnings(chisq.test(table, correct = TRUE)) else plain
    statistic <- as.numeric(found$statistic) * if (kind == "n_minus_1") (n - 1) / n else 1
    put("chi_square", name, "statistic", kind, statistic)
    put("chi_square", name, "df", kind, found$parameter)
    put("chi_square", name, "p", kind, pchisq(statistic, found$parameter, lower.tail = FALSE))
  }
  put("fisher", name, "p", "min_likelihood", fisher.test(table)$p.value)
}
write_reference("groups")
