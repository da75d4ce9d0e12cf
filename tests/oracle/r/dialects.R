# What R does when nobody says otherwise: its functions without options, one item of the dialect `r` each (the column
# convention). Only convergence is tightened, which is no convention. Our side uses the names the dialect chooses.
suppressMessages({ library(epiR); library(pROC); library(geepack); library(MASS) })
roots <- list2env(list(uniroot = function(...) stats::uniroot(..., tol = 1e-15)), parent = asNamespace("stats"))
exact_test <- stats::fisher.test
environment(exact_test) <- roots
tight <- glm.control(epsilon = 1e-15, maxit = 100)
say <- function(item, dataset, quantity, value) put("default_call", dataset, quantity, item, value)
limits <- function(item, dataset, pair) for (i in 1:2) say(item, dataset, c("lower", "upper")[i], pair[i])

for (pair in list(c(8, 22), c(1, 9), c(129, 209))) {
  limits("proportion_interval", paste(pair, collapse = "/"), suppressWarnings(prop.test(pair[1], pair[2]))$conf.int)
}
for (quad in list(c(56, 70, 48, 80), c(9, 10, 3, 10), c(6, 7, 2, 9))) {
  name <- paste0(quad[1], "/", quad[2], " ", quad[3], "/", quad[4])
  x <- quad[c(1, 3)]; n <- quad[c(2, 4)]
  limits("proportion_difference_interval", name, suppressWarnings(prop.test(x, n))$conf.int)
  found <- epi.2by2(as.table(cbind(x, n - x)), method = "cohort.count")$massoc.detail$RR.strata.wald
  limits("proportion_ratio_interval", name, as.numeric(found[c("lower", "upper")]))
  found <- exact_test(cbind(x, n - x))
  say("odds_ratio", name, "estimate", found$estimate)
  limits("odds_ratio", name, found$conf.int)
}
gbsg2 <- read_data("gbsg2"); iris_data <- read_data("iris"); meerun <- read_data("meerun_tumours")
lung <- read_data("lung"); spector <- read_data("spector"); anes <- read_data("anes96"); rossi <- read_data("rossi")
cpn <- meerun$pathological_necrosis == "CPN"
numbers <- list(
  gbsg2_size = split(gbsg2$tsize, gbsg2$horTh != "yes"),
  iris_sepal = split(iris_data$sepal_length, iris_data$target)[2:3],
  meerun_dose = split(meerun$post_treatment_tad_gy, !cpn),
  untied = list(c(1.1, 2.2, 3.3, 9.9, 4.5), c(0.5, 2.1, 5.5, 8.8, 7.3, 6.6, 12)),
  tied = list(c(1, 2, 2, 3, 3, 3), c(2, 3, 4, 4, 5, 5, 5)),
  nine = list((1:9)^2 + 0.5, (2:10)^2 - 1.25 * (1:9)),
  below_50 = list((7 * (1:49)) %% 101, (11 * (1:49)) %% 103 + 0.5),
  from_50 = list((7 * (1:50)) %% 101, (11 * (1:20)) %% 103 + 0.5)
)
for (name in names(numbers)) {
  a <- numbers[[name]][[1]]; b <- numbers[[name]][[2]]
  say("smd_variance", name, "estimate", effectsize::cohens_d(a, b, ci = NULL)$Cohens_d)
  found <- t.test(a, b)
  for (part in c("statistic", "p.value")) say("t_test", name, sub(".value", "", part), found[[part]])
  found <- suppressWarnings(wilcox.test(a, b))
  for (part in c("statistic", "p.value")) say("mann_whitney", name, sub(".value", "", part), found[[part]])
  for (q in c(0.1, 0.25, 0.5, 0.75, 0.9)) say("quantile_type", name, paste0("quantile@", q), quantile(a, q))
}

sets <- survival_data()
for (name in c("lung", "aml", "larynx", "waltons", unique(read_data("constructed")$dataset))) {
  fit <- survfit(Surv(time, event) ~ 1, data = sets[[name]])
  if (name %in% c("aml", "larynx")) {
    say("kaplan_meier_interval", name, paste0("lower@", fit$time), fit$lower)
    say("kaplan_meier_interval", name, paste0("upper@", fit$time), fit$upper)
  }
  say("median_rule", name, "median", summary(fit)$table["median"])
  flipped <- survfit(Surv(time, 1 - event) ~ 1, data = sets[[name]])
  if (name %in% c("lung", "aml", "larynx")) {
    happened <- flipped$n.event > 0
    say("reverse_kaplan_meier_ties", name, paste0("survival@", flipped$time[happened]), flipped$surv[happened])
  }
}
control <- coxph.control(eps = 1e-13, iter.max = 100)
models <- list(
  rossi = coxph(Surv(time, event) ~ fin + age + prio, data = rossi, control = control),
  lung = coxph(Surv(time, event) ~ sex + age, data = lung, control = control)
)
for (name in names(models)) {
  fit <- models[[name]]; found <- summary(fit); terms <- names(coef(fit))
  say("cox_ties", name, paste0(terms, "_coefficient"), coef(fit))
  say("cox_ties", name, paste0(terms, "_se"), sqrt(diag(vcov(fit))))
  say("cox_ties", name, "loglik", fit$loglik[2])
  say("cox_inference", name, paste0(terms, "_p"), found$coefficients[, "Pr(>|z|)"])
  say("cox_inference", name, paste0(terms, "_lower"), found$conf.int[, "lower .95"])
  say("cox_inference", name, paste0(terms, "_upper"), found$conf.int[, "upper .95"])
  tested <- cox.zph(fit)$table
  say("proportional_hazards", name, paste0(rownames(tested), "_statistic"), tested[, "chisq"])
  say("proportional_hazards", name, paste0(rownames(tested), "_p"), tested[, "p"])
  dropped <- drop1(fit, test = "Chisq")
  say("selection_test", name, paste0(terms, "_p"), dropped[terms, "Pr(>Chi)"])
}
psychiatric <- read_data("psychiatric")
state <- factor(ifelse(psychiatric$event == 1, psychiatric$sex, 0), 0:2)
fit <- survfit(Surv(psychiatric$time, state) ~ 1)
for (cause in 1:2) {
  say("cumulative_incidence_interval", "psychiatric", paste0("lower", cause, "@", fit$time), fit$lower[, cause + 1])
  say("cumulative_incidence_interval", "psychiatric", paste0("upper", cause, "@", fit$time), fit$upper[, cause + 1])
}

fits <- list(
  spector = glm(grade ~ gpa + tuce + psi, family = binomial, data = spector, control = tight),
  anes96 = glm(vote ~ age + income + educ, family = binomial, data = anes, control = tight)
)
for (name in names(fits)) {
  fit <- fits[[name]]; terms <- names(coef(fit))[-1]
  say("logistic_estimator", name, paste0(terms, "_coefficient"), coef(fit)[-1])
  say("logistic_estimator", name, paste0(terms, "_se"), sqrt(diag(vcov(fit)))[-1])
  dropped <- drop1(fit, test = "LRT")
  say("logistic_inference", name, paste0(terms, "_p"), dropped[terms, "Pr(>Chi)"])
  dropped <- drop1(fit, test = "Chisq")
  say("selection_test", name, paste0(terms, "_p"), dropped[terms, "Pr(>Chi)"])
}
# The whole confint as R finds it interpolates; its limits are where the deviance rises by the quantile.
profiled <- glm(grade ~ gpa, family = binomial, data = spector, control = tight)
rise <- function(b) {
  held <- glm(grade ~ 1 + offset(b * gpa), family = binomial, data = spector, control = tight)
  deviance(held) - deviance(profiled) - qchisq(0.95, 1)
}
top <- coef(profiled)[["gpa"]]
limits("logistic_inference", "spector_gpa", exp(c(
  uniroot(rise, c(top - 5, top), tol = 1e-14)$root, uniroot(rise, c(top, top + 8), tol = 1e-14)$root
)))
stopifnot(max(abs(log(rev(unlist(lapply(tail(oracle_rows, 2), function(row) row$value)))) -
                    rev(suppressMessages(confint(profiled))["gpa", ]))) < 1e-3)
dose <- dose.p(profiled, p = 0.5)
say("inverse_prediction_interval", "spector_gpa", "estimate", as.numeric(dose))
limits("inverse_prediction_interval", "spector_gpa", as.numeric(dose) + c(-1, 1) * qnorm(0.975) * attr(dose, "SE")[[1]])

anes$cluster <- anes$educ * 10 + anes$tvnews
known <- meerun[!is.na(cpn) & !is.na(meerun$post_treatment_tad_gy), ]
known$event <- as.integer(known$pathological_necrosis == "CPN"); known$dose <- known$post_treatment_tad_gy / 100
known$cluster <- as.integer(factor(known$patient))
clustered <- list(
  meerun = list(known[order(known$cluster), ], event ~ dose),
  anes96 = list(anes[order(anes$cluster), ], vote ~ age + income)
)
strict <- geese.control(epsilon = 1e-14, maxit = 500)
for (name in names(clustered)) {
  set <- clustered[[name]][[1]]; form <- clustered[[name]][[2]]
  made <- geeglm(form, family = binomial, data = set, id = cluster, corstr = "independence", control = strict)
  say("cluster_small_sample", name, paste0(names(coef(made))[-1], "_se"), sqrt(diag(made$geese$vbeta))[-1])
  made <- geeglm(form, family = binomial, data = set, id = cluster, corstr = "exchangeable", control = strict)
  say("gee_moments", name, "alpha", made$geese$alpha)
}

curves <- list(
  gbsg2_nodes = roc(gbsg2$event, gbsg2$pnodes, levels = c(0, 1), direction = "<"),
  spector_gpa = roc(spector$grade, spector$gpa, levels = c(0, 1), direction = "<")
)
for (name in names(curves)) {
  limits("auc_interval", name, ci.auc(curves[[name]])[c(1, 3)])
  best <- coords(curves[[name]], "best", best.method = "youden")
  say("cutoff_value", name, "cutoff", max(best$threshold))
}

tables <- list(
  small = matrix(c(1, 9, 11, 3), 2, byrow = TRUE), near = matrix(c(5, 5, 5, 6), 2, byrow = TRUE),
  margins = matrix(c(40, 60, 55, 45), 2, byrow = TRUE), large = matrix(c(794, 86, 150, 570), 2, byrow = TRUE),
  balanced = matrix(c(5, 4, 6, 9), 2, byrow = TRUE)
)
for (name in names(tables)) {
  found <- suppressWarnings(chisq.test(tables[[name]]))
  for (part in c("statistic", "p.value")) say("chi_square", name, sub(".value", "", part), found[[part]])
  found <- mcnemar.test(tables[[name]])
  for (part in c("statistic", "p.value")) say("mcnemar", name, sub(".value", "", part), found[[part]])
}
trends <- list(rising = list(c(3, 9, 14), c(20, 24, 22)), four = list(c(1, 0, 4, 6), c(9, 7, 11, 8)))
for (name in names(trends)) {
  found <- prop.trend.test(trends[[name]][[1]], trends[[name]][[2]])
  for (part in c("statistic", "p.value")) say("cochran_armitage", name, sub(".value", "", part), found[[part]])
}
ordered <- list(
  gbsg2_grade = list(gbsg2$tsize, match(gbsg2$tgrade, c("I", "II", "III"))),
  lung_ecog = list(lung$age[!is.na(lung$ph.ecog)], lung$ph.ecog[!is.na(lung$ph.ecog)]),
  six = list(c(1, 3, 2, 5, 4, 7), c(1, 1, 2, 2, 3, 3))
)
for (name in names(ordered)) {
  found <- cor.test(ordered[[name]][[1]], ordered[[name]][[2]], method = "kendall", exact = FALSE)
  say("jonckheere_terpstra", name, "p", found$p.value)
}
correlated <- list(
  seven = list(c(44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7), c(2.6, 3.1, 2.5, 5, 3.6, 4, 5.2)),
  twelve = list(1:12, c(11, 7, 9, 12, 10, 4, 8, 2, 6, 1, 5, 3)),
  spector = list(spector$gpa, spector$tuce), thirty = list(1:30, (7 * (1:30)) %% 31)
)
for (name in names(correlated)) {
  found <- suppressWarnings(cor.test(correlated[[name]][[1]], correlated[[name]][[2]], method = "spearman"))
  say("spearman", name, "estimate", found$estimate)
  say("spearman", name, "p", found$p.value)
}
write_reference("dialects")
