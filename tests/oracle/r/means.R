# Means, geometric means, their differences and ratios: t.test. Standardised differences: effectsize's cohens_d; of
# levels, the distance under the generalised inverse of the whole covariance (MASS::ginv).
meerun <- read_data("meerun_tumours"); lung <- read_data("lung"); iris_data <- read_data("iris")
wine <- read_data("wine"); gbsg2 <- read_data("gbsg2"); breast <- read_data("breast_cancer"); rossi <- read_data("rossi")
halves <- function(x, group) list(x[group & !is.na(x)], x[!group & !is.na(x)])
pairs <- list(
  meerun_dose = halves(meerun$post_treatment_tad_gy, meerun$pathological_necrosis == "CPN"),
  meerun_afp = halves(meerun$baseline_afp_ng_ml, meerun$best_localized_mrecist == "CR"),
  lung_age = halves(lung$age, lung$sex == 1),
  iris_sepal = list(iris_data$sepal_length[iris_data$target == 1], iris_data$sepal_length[iris_data$target == 2]),
  wine_proline = list(wine$proline[wine$target == 0], wine$proline[wine$target == 1]),
  gbsg2_size = halves(gbsg2$tsize, gbsg2$horTh == "yes"),
  breast_area = halves(breast$worst_area, breast$target == 0),
  unequal_sizes = list(c(5, 9), c(1, 2, 3, 4, 6, 7, 8, 10, 11)),
  one_and_many = list(7, c(1, 2, 4, 8)),
  huge = list(c(1, 2, 4) * 1e100, c(2, 3, 9, 11) * 1e100)
)
for (name in names(pairs)) {
  a <- pairs[[name]][[1]]; b <- pairs[[name]][[2]]
  for (kind in c("mean", "geometric_mean")) {
    values <- if (kind == "mean") b else log(b)
    back <- if (kind == "mean") identity else exp
    scale <- if (kind == "mean") max(abs(b)) else 1
    one <- t.test(values / scale)
    put(kind, name, "estimate", "", back(one$estimate * scale))
    put(kind, name, "lower", "", back(one$conf.int[1] * scale))
    put(kind, name, "upper", "", back(one$conf.int[2] * scale))
  }
  for (pooled in c(FALSE, TRUE)) {
    if (!pooled && length(a) < 2) next
    variance <- if (pooled) "pooled" else "welch"
    scale <- max(abs(c(a, b)))
    plain <- t.test(a / scale, b / scale, var.equal = pooled)
    put("mean_difference", name, "estimate", variance, scale * (plain$estimate[1] - plain$estimate[2]))
    put("mean_difference", name, "lower", variance, scale * plain$conf.int[1])
    put("mean_difference", name, "upper", variance, scale * plain$conf.int[2])
    put("mean_difference", name, "se", variance, scale * plain$stderr)
    put("mean_difference", name, "statistic", variance, plain$statistic)
    put("mean_difference", name, "p", variance, plain$p.value)
    logs <- t.test(log(a), log(b), var.equal = pooled, conf.level = 0.9)
    put("geometric_mean_ratio", name, "estimate", variance, exp(logs$estimate[1] - logs$estimate[2]))
    put("geometric_mean_ratio", name, "lower@0.9", variance, exp(logs$conf.int[1]))
    put("geometric_mean_ratio", name, "upper@0.9", variance, exp(logs$conf.int[2]))
    put("geometric_mean_ratio", name, "p", variance, logs$p.value)
    if (length(a) < 2) next
    d <- effectsize::cohens_d(a / scale, b / scale, pooled_sd = pooled, ci = NULL)$Cohens_d
    put("standardised_difference", name, "estimate", if (pooled) "pooled" else "average", d)
    se <- sqrt((length(a) + length(b)) / (length(a) * length(b)) + d^2 / (2 * (length(a) + length(b))))
    put("standardised_difference", name, "se", if (pooled) "pooled" else "average", se)
  }
}
levels_by_group <- list(
  meerun_necrosis = table(meerun$best_localized_mrecist == "CR", meerun$pathological_necrosis),
  lung_ecog = table(lung$sex, lung$ph.ecog), gbsg2_grade = table(gbsg2$horTh, gbsg2$tgrade),
  gbsg2_menopause = table(gbsg2$horTh, gbsg2$menostat), rossi_race = table(rossi$fin, rossi$race),
  one_apart = rbind(c(4, 3, 0, 2), c(0, 5, 6, 1)), empty_level = rbind(c(4, 0, 3), c(2, 0, 9))
)
for (name in names(levels_by_group)) {
  shares <- prop.table(as.matrix(levels_by_group[[name]]), 1)
  apart <- shares[1, ] - shares[2, ]
  covariance <- (diag(shares[1, ]) - outer(shares[1, ], shares[1, ]) + diag(shares[2, ]) - outer(shares[2, ], shares[2, ])) / 2
  d <- sqrt(drop(apart %*% MASS::ginv(covariance, tol = 1e-12) %*% apart))
  put("standardised_difference_of_levels", name, "size", "", d)
}
for (name in names(samples <- list(
  tied = c(2, 2, 2, 5, 5, 9), large = seq(1e15, 1e15 + 9), signed = c(-3, -1, 0, 2, 8), iris = iris_data$petal_width,
  wine = wine$proline, seven = c(1.5, 2.5, 4, 4, 4.25, 8, 1e6)
))) for (type in c(2, 6, 7)) for (q in c(0, 0.01, 0.2, 0.25, 0.5, 0.75, 0.99, 1)) {
  put("quantile_edge", name, q, type, quantile(samples[[name]], q, type = type, names = FALSE))
}
write_reference("means")
