# Effects by subgroup and by centre: a fit per level, likelihood-ratio tests of interaction, strata, and the formulas of
# heterogeneity written out. Wald inference throughout; profile limits have their own script.
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-15, iter.max = 60)
gbsg2 <- read_data("gbsg2")
gbsg2$tgrade <- factor(gbsg2$tgrade)
rossi <- read_data("rossi")
for (name in c("fin", "race", "mar")) rossi[[name]] <- factor(rossi[[name]])
larynx <- survival_data()$larynx
larynx$stage <- factor(larynx$stage)
lung <- read_data("lung")[, c("time", "event", "age", "sex", "ph.ecog")]
lung <- lung[complete.cases(lung), ]
lung$sex <- factor(lung$sex)
lung$ph.ecog <- factor(pmin(lung$ph.ecog, 2))
leukemia <- read_data("leukemia")
leukemia$sex <- factor(leukemia$sex)
spector <- read_data("spector")
spector$psi <- factor(spector$psi)
anes96 <- read_data("anes96")
anes96$pid <- factor(anes96$pid)
breast <- read_data("breast_cancer")
modechoice <- read_data("modechoice")
modechoice$mode <- factor(modechoice$mode)
# data, outcome of a logistic model or "", exposure, adjust, subgroups, number of centres (dealt out by row)
cases <- list(
  gbsg2 = list(gbsg2, "", "pnodes", c("age", "tsize"), c("menostat", "tgrade", "horth"), 6),
  rossi = list(rossi, "", "prio", c("age"), c("fin", "race", "mar"), 5),
  larynx = list(larynx, "", "age", character(0), "stage", 4),
  lung = list(lung, "", "sex", "age", "ph_ecog", 7),
  leukemia = list(leukemia, "", "log_wbc", "rx", "sex", 3),
  spector = list(spector, "grade", "gpa", character(0), "psi", 2),
  anes96 = list(anes96, "vote", "educ", c("age", "income"), "pid", 8),
  breast_cancer = list(breast, "target", "mean_texture", "mean_symmetry", character(0), 9),
  modechoice = list(modechoice, "choice", "gc", "ttme", "mode", 3)
)
fit <- function(case, terms, data) {
  left <- if (case[[2]] == "") "Surv(time, event)" else case[[2]]
  formula <- as.formula(paste(left, "~", paste(terms, collapse = " + ")))
  if (case[[2]] == "") do.call(coxph, list(formula, data = data, control = tight))
  else do.call(glm, list(formula, data = data, family = binomial, epsilon = 1e-15, maxit = 100))
}
of_exposure <- function(model, exposure) {
  at <- grep(paste0("^", exposure), names(coef(model)))[1]
  c(coef(model)[at], sqrt(vcov(model)[at, at]))
}
ratio <- function(b, se) c(exp(b), exp(b - qnorm(0.975) * se), exp(b + qnorm(0.975) * se), se, 2 * pnorm(-abs(b / se)))
fields <- c("estimate", "lower", "upper", "se", "p")
events <- function(case, data) sum(data[[if (case[[2]] == "") "event" else case[[2]]]])
record <- function(method, name, place, case, model, data) {
  b <- of_exposure(model, case[[3]])
  put(method, name, paste(place, fields, sep = "@"), "wald", ratio(b[1], b[2]))
  put(method, name, paste(place, c("n", "events"), sep = "@"), "wald", c(nrow(data), events(case, data)))
  b
}
lr <- function(small, large) {
  x <- 2 * (as.numeric(logLik(large)) - as.numeric(logLik(small)))
  df <- length(coef(large)) - length(coef(small))
  c(x, df, pchisq(x, df, lower.tail = FALSE))
}
for (name in names(cases)) {
  case <- cases[[name]]
  data <- case[[1]]
  names(data) <- tolower(gsub("[.]", "_", names(data)))
  exposure <- case[[3]]
  adjust <- case[[4]]
  if (length(case[[5]])) record("subgroups", name, "all@", case, fit(case, c(exposure, adjust), data), data)
  for (group in case[[5]]) {
    rest <- setdiff(adjust, group)
    for (level in sort(unique(as.character(data[[group]])))) {
      part <- data[as.character(data[[group]]) == level, ]
      record("subgroups", name, paste(group, level, sep = "@"), case, fit(case, c(exposure, rest), part), part)
    }
    small <- fit(case, c(exposure, rest, group), data)
    large <- fit(case, c(exposure, rest, group, paste(exposure, group, sep = ":")), data)
    put("subgroups", name, paste(group, "interaction", c("statistic", "df", "p"), sep = "@"), "wald", lr(small, large))
  }
  data$centre <- paste0("c", (seq_len(nrow(data)) - 1) %% case[[6]])
  data$centre <- factor(data$centre)
  within <- if (case[[2]] == "") "strata(centre)" else "centre"
  record("centres", name, "all@naive", case, fit(case, c(exposure, adjust), data), data)
  pooled <- fit(case, c(exposure, adjust, within), data)
  record("centres", name, "all@stratified", case, pooled, data)
  crossed <- fit(case, c(exposure, adjust, within, paste(exposure, "centre", sep = ":")), data)
  free <- sum(!is.na(coef(crossed))) - length(coef(pooled))
  x <- 2 * (as.numeric(logLik(crossed)) - as.numeric(logLik(pooled)))
  put("centres", name, paste("interaction", c("statistic", "df", "p"), sep = "@"), "wald",
      c(x, free, pchisq(x, free, lower.tail = FALSE)))
  own <- sapply(levels(data$centre), function(level) {
    part <- data[data$centre == level, ]
    record("centres", name, paste("centre", level, sep = "@"), case, fit(case, c(exposure, adjust), part), part)
  })
  without <- sapply(levels(data$centre), function(level) {
    part <- droplevels(data[data$centre != level, ])
    terms <- c(exposure, adjust, if (nlevels(part$centre) > 1) within)
    exp(of_exposure(fit(case, terms, part), exposure)[1])
  })
  put("centres", name, c("leave_one_out@lowest@estimate", "leave_one_out@highest@estimate"), "wald", range(without))
  y <- own[1, ]
  w <- 1 / own[2, ]^2
  k <- length(y)
  mean <- sum(w * y) / sum(w)
  q <- sum(w * (y - mean)^2)
  tau2 <- max(0, (q - (k - 1)) / (sum(w) - sum(w^2) / sum(w)))
  v <- 1 / (own[2, ]^2 + tau2)
  put("centres", name, paste("all@fixed_effect", fields, sep = "@"), "wald", ratio(mean, 1 / sqrt(sum(w))))
  put("centres", name, paste("all@random_effects", fields, sep = "@"), "wald", ratio(sum(v * y) / sum(v), 1 / sqrt(sum(v))))
  put("centres", name, paste("heterogeneity", c("statistic", "df", "p"), sep = "@"), "wald",
      c(q, k - 1, pchisq(q, k - 1, lower.tail = FALSE)))
  h <- sqrt(q / (k - 1))
  se <- if (q > k) 0.5 * (log(q) - log(k - 1)) / (sqrt(2 * q) - sqrt(2 * k - 3)) else
    if (k > 2) sqrt(1 / (2 * (k - 2)) * (1 - 1 / (3 * (k - 2)^2))) else NA
  limits <- pmax(1, exp(log(max(1, h)) + c(-1, 1) * qnorm(0.975) * se))
  put("centres", name, c("i_squared", "i_squared@lower", "i_squared@upper", "tau_squared"), "wald",
      c(100 * max(0, (q - (k - 1)) / q), 100 * (1 - 1 / limits^2), tau2))
}
write_reference("subgroups")
