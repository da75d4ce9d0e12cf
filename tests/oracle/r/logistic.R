# Logistic regression: stats::glm, profile limits searched to the last digit, Wald, anova; Firth's estimates by brglm;
# cluster-robust and GEE by sandwich, clubSandwich and geepack. No values of separated data by glm: they do not exist.
suppressMessages({library(brglm); library(geepack); library(sandwich); library(clubSandwich)})
tight <- glm.control(epsilon = 1e-15, maxit = 200)

spector <- read_data("spector")
anes <- read_data("anes96")
cancer <- read_data("breast_cancer")
meerun <- read_data("meerun_tumours")
meerun$cpn <- as.numeric(meerun$pathological_necrosis == "CPN")
mode <- read_data("modechoice")
mode$y <- mode$choice
models <- list(
  spector = list(spector, "grade", c("gpa", "tuce", "psi")),
  anes96 = list(anes, "vote", c("age", "educ", "income", "tvnews", "selflr")),
  breast_cancer = list(cancer, "target", c("mean_texture", "mean_smoothness", "mean_symmetry")),
  meerun = list(meerun, "cpn", c("post_treatment_tad_gy")),
  meerun_two = list(meerun, "cpn", c("post_treatment_tad_gy", "tumour_size_mm")),
  modechoice = list(mode, "y", c("ttme", "gc"))
)

deviance_at <- function(y, x, position, value) {
  rest <- x[, -position, drop = FALSE]
  suppressWarnings(glm.fit(rest, y, offset = x[, position] * value, family = binomial(), control = tight))$deviance
}
limit <- function(y, x, fit, position, side, level = 0.95) {
  target <- fit$deviance + qchisq(level, 1)
  at <- fit$coefficients[position]
  step <- sqrt(diag(chol2inv(qr(fit)$qr)))[position]
  far <- at + side * step
  while (deviance_at(y, x, position, far) < target) far <- far + side * step
  f <- function(b) deviance_at(y, x, position, b) - target
  uniroot(f, sort(c(at, far)), tol = 1e-14)$root
}

for (name in names(models)) {
  data <- models[[name]][[1]]; data <- data[complete.cases(data[, c(models[[name]][[2]], models[[name]][[3]])]), ]
  y <- data[[models[[name]][[2]]]]
  x <- cbind(intercept = 1, as.matrix(data[, models[[name]][[3]], drop = FALSE]))
  full <- glm(y ~ x - 1, family = binomial, control = tight)
  # Started at its own answer: the standard errors are then of the last step, not of the one before.
  for (again in 1:2) full <- glm(y ~ x - 1, family = binomial, control = tight, start = coef(full))
  null <- glm(y ~ 1, family = binomial, control = tight)
  table <- summary(full)$coefficients
  for (i in seq_len(ncol(x))) {
    term <- colnames(x)[i]
    put("logistic", name, paste0(term, "_coefficient"), "ml", table[i, 1])
    put("logistic", name, paste0(term, "_se"), "ml", table[i, 2])
    put("logistic", name, paste0(term, "_lower"), "wald", exp(table[i, 1] - qnorm(0.975) * table[i, 2]))
    put("logistic", name, paste0(term, "_upper"), "wald", exp(table[i, 1] + qnorm(0.975) * table[i, 2]))
    put("logistic", name, paste0(term, "_statistic"), "wald", table[i, 3])
    put("logistic", name, paste0(term, "_p"), "wald", table[i, 4])
    without <- deviance_at(y, x, i, 0)
    put("logistic", name, paste0(term, "_lower"), "profile", exp(limit(y, x, full, i, -1)))
    put("logistic", name, paste0(term, "_upper"), "profile", exp(limit(y, x, full, i, 1)))
    put("logistic", name, paste0(term, "_statistic"), "profile", without - full$deviance)
    put("logistic", name, paste0(term, "_p"), "profile", pchisq(without - full$deviance, 1, lower.tail = FALSE))
  }
  put("logistic", name, "loglik", "ml", as.numeric(logLik(full)))
  put("logistic", name, "loglik_null", "ml", as.numeric(logLik(null)))
  put("logistic", name, "aic", "ml", AIC(full))
  put("logistic", name, "model_statistic", "profile", null$deviance - full$deviance)
  put("logistic", name, "model_p", "profile", pchisq(null$deviance - full$deviance, ncol(x) - 1, lower.tail = FALSE))
  b <- coef(full)[-1]
  w <- sum(b * solve(vcov(full)[-1, -1], b))
  put("logistic", name, "model_statistic", "wald", w)
  put("logistic", name, "model_p", "wald", pchisq(w, ncol(x) - 1, lower.tail = FALSE))
}

# Firth's estimates and standard errors: brglm on the same data and on separated data.
separated <- list(
  complete = list(data.frame(y = c(0, 0, 0, 1, 1, 1), a = 1:6), "y", "a"),
  quasi = list(data.frame(y = c(0, 0, 0, 1, 0, 1, 1, 1), a = c(1, 2, 3, 3, 3, 4, 5, 6), b = c(1, 0, 1, 0, 1, 1, 0, 1)), "y", c("a", "b")),
  level = list(data.frame(y = c(0, 1, 0, 1, 0, 1, 1, 1, 1), a = c(0, 0, 0, 0, 0, 0, 1, 1, 1)), "y", "a")
)
for (name in c(names(models), names(separated))) {
  model <- c(models, separated)[[name]]
  data <- model[[1]]; data <- data[complete.cases(data[, c(model[[2]], model[[3]])]), ]
  y <- data[[model[[2]]]]
  # brglm stops on the size of the modified scores; columns of like size make that a tight rule.
  raw <- as.matrix(data[, model[[3]], drop = FALSE]); sd <- apply(raw, 2, sd)
  scaled <- sweep(raw, 2, sd, "/")
  made <- brglm(y ~ scaled, family = binomial, method = "brglm.fit", pl = TRUE,
                control.brglm = brglm.control(br.epsilon = 1e-13, br.maxit = 5000))
  estimate <- coef(made) / c(1, sd); error <- sqrt(diag(vcov(made))) / c(1, sd)
  for (i in seq_along(estimate)) {
    term <- c("intercept", model[[3]])[i]
    put("logistic_firth", name, paste0(term, "_coefficient"), "firth", estimate[i])
    put("logistic_firth", name, paste0(term, "_se"), "firth", error[i])
  }
}

# A factor's block: likelihood ratio and Wald.
anes$group <- cut(anes$age, c(0, 35, 50, 65, 200), labels = FALSE)
with_factor <- glm(vote ~ factor(group) + income, family = binomial, data = anes, control = tight)
without <- glm(vote ~ income, family = binomial, data = anes, control = tight)
lr <- without$deviance - with_factor$deviance
put("logistic_term", "anes96", "group_statistic", "profile", lr)
put("logistic_term", "anes96", "group_p", "profile", pchisq(lr, 3, lower.tail = FALSE))
b <- coef(with_factor)[2:4]; w <- sum(b * solve(vcov(with_factor)[2:4, 2:4], b))
put("logistic_term", "anes96", "group_statistic", "wald", w)
put("logistic_term", "anes96", "group_p", "wald", pchisq(w, 3, lower.tail = FALSE))

# Clusters: lesions of a patient (Meerun), four alternatives of a traveller, voters by schooling and hours of news.
anes$cluster <- anes$educ * 10 + anes$tvnews
heart_like <- meerun[complete.cases(meerun[, c("cpn", "post_treatment_tad_gy")]), ]
clustered <- list(
  meerun = list(heart_like, "cpn", "post_treatment_tad_gy", "patient"),
  modechoice = list(mode, "y", c("ttme", "gc"), "individual"),
  anes96 = list(anes, "vote", c("age", "income"), "cluster")
)
for (name in names(clustered)) {
  model <- clustered[[name]]
  data <- model[[1]]; data$id <- as.integer(factor(data[[model[[4]]]])); data <- data[order(data$id), ]
  for (j in model[[3]]) data[[j]] <- data[[j]] / sd(data[[j]])
  form <- reformulate(model[[3]], model[[2]])
  size <- c(1, sapply(model[[3]], function(j) sd(model[[1]][[j]])))
  label <- c("intercept", model[[3]])
  for (structure in c("exchangeable", "independence")) {
    made <- geeglm(form, family = binomial, data = data, id = id, corstr = structure,
                   control = geese.control(epsilon = 1e-14, maxit = 500))
    estimate <- coef(made) / size; error <- sqrt(diag(made$geese$vbeta)) / size
    # Every traveller takes one of four alternatives: the correlation is at its bound, geepack runs away to 1e14. Ours: NaN.
    if (max(abs(estimate)) > 1e6) { estimate[] <- NA; error[] <- NA; made$geese$alpha <- NA }
    for (i in seq_along(label)) {
      put("gee", name, paste0(label[i], "_coefficient"), paste0(structure, ""), estimate[i])
      put("gee", name, paste0(label[i], "_se"), paste0(structure, ""), error[i])
    }
    if (structure == "exchangeable") put("gee", name, "alpha", "exchangeable", made$geese$alpha)
  }
  made <- glm(form, family = binomial, data = data, control = tight)
  plain <- sqrt(diag(vcovCL(made, cluster = data$id, type = "HC0", cadjust = FALSE))) / size
  adjusted <- sqrt(diag(vcovCL(made, cluster = data$id, type = "HC0", cadjust = TRUE))) / size
  cr3 <- sqrt(diag(as.matrix(vcovCR(made, cluster = data$id, type = "CR3")))) / size
  for (i in seq_along(label)) {
    put("cluster_robust", name, paste0(label[i], "_se"), "none", plain[i])
    put("cluster_robust", name, paste0(label[i], "_se"), "clusters_minus_1", adjusted[i])
    put("cluster_robust", name, paste0(label[i], "_se"), "mancl_derouen", cr3[i])
  }
}

# Variance inflation factors and the intraclass correlation of analysis of variance.
inflation <- list(anes96 = anes[, c("age", "educ", "income", "tvnews", "selflr")], breast_cancer = cancer[, -1])
for (name in names(inflation)) {
  factors <- diag(solve(cor(inflation[[name]])))
  for (i in seq_along(factors)) put("variance_inflation", name, colnames(inflation[[name]])[i], "", factors[i])
}
r <- cor(cbind(model.matrix(~ factor(group), anes)[, -1], anes$income))
put("variance_inflation", "anes96", "group", "", (det(r[1:3, 1:3]) / det(r))^(1 / 3))
for (name in names(clustered)) {
  model <- clustered[[name]]
  y <- model[[1]][[model[[2]]]]; id <- factor(model[[1]][[model[[4]]]])
  squares <- anova(lm(y ~ id))[["Mean Sq"]]
  m <- table(id); usual <- (sum(m) - sum(m^2) / sum(m)) / (length(m) - 1)
  put("intraclass_correlation", name, "estimate", "anova", (squares[1] - squares[2]) / (squares[1] + (usual - 1) * squares[2]))
}
write_reference("logistic")
