# ROC curves: pROC, cutpointr, epiR; clustered shares and ratios by generalised linear models with sandwich::vcovCL.
suppressMessages({
  library(pROC)
  library(cutpointr)
  library(sandwich)
})
Sys.setenv(TZ = "UTC") # epiR otherwise asks the system for its time zone
suppressMessages(library(epiR))

# Scores with an event and the direction that speaks for it; the same list stands in tests/oracle/answers/roc.py.
roc_data <- function() {
  meerun <- read_data("meerun_tumours")
  breast <- read_data("breast_cancer")
  spector <- read_data("spector")
  anes <- read_data("anes96")
  lung <- read_data("lung")
  lung <- lung[!is.na(lung$ph.karno), ]
  iris <- read_data("iris")
  wine <- read_data("wine")
  heart <- read_data("heart")
  gbsg <- read_data("gbsg2")
  kidney <- read_data("kidney")
  mode <- read_data("modechoice")
  stanford <- read_data("stanford")
  set <- function(score, event, direction, cluster = seq_along(event), others = NULL, directions = NULL) {
    list(score = score, event = as.numeric(event), direction = direction, cluster = cluster, others = others,
         directions = directions)
  }
  list(
    meerun = set(meerun$post_treatment_tad_gy, meerun$pathological_necrosis == "CPN", "higher", meerun$patient,
                 list(meerun$tumour_size_mm), "lower"),
    meerun_mgy = set(meerun$post_treatment_tad_gy * 1000, meerun$pathological_necrosis == "CPN", "higher",
                     meerun$patient),
    breast = set(breast$mean_radius, breast$target == 0, "higher", others =
                 list(breast$worst_area, breast$mean_texture, breast$mean_smoothness), directions = rep("higher", 3)),
    spector = set(spector$gpa, spector$grade, "higher", others = list(spector$tuce), directions = "higher"),
    anes = set(anes$pid, anes$vote, "higher", others = list(anes$selflr, anes$income), directions = rep("higher", 2)),
    anes_age = set(anes$age, anes$vote, "higher"),
    lung = set(lung$ph.karno, lung$event, "lower", others = list(lung$age), directions = "higher"),
    iris = set(iris$sepal_width, iris$target == 1, "lower", others = list(iris$sepal_length), directions = "higher"),
    wine = set(wine$proline, wine$target == 1, "lower", others = list(wine$alcohol, wine$hue),
               directions = c("lower", "higher")),
    heart = set(heart$age, heart$event, "higher"),
    gbsg = set(gbsg$pnodes, gbsg$event, "higher", others = list(gbsg$progrec), directions = "lower"),
    gbsg_against = set(gbsg$pnodes, gbsg$event, "lower"),
    kidney = set(kidney$age, kidney$event, "higher"),
    modechoice = set(mode$gc, mode$choice, "lower", mode$individual, list(mode$ttme), "lower"),
    stanford = set(stanford$age, stanford$event, "higher", stanford$id),
    one_event = set(c(1, 3, 2, 2, 5), c(0, 0, 1, 0, 0), "higher"),
    tied = set(c(1, 2, 2, 3, 3, 3, 4), c(0, 1, 0, 0, 1, 1, 1), "higher"),
    several_optima = set(1:6, c(0, 1, 0, 1, 0, 1), "higher"),
    several_lower = set(6:1, c(0, 1, 0, 1, 0, 1), "lower")
  )
}

curve_of <- function(set, score = set$score, direction = set$direction) {
  pROC::roc(set$event, score, levels = c(0, 1), direction = if (direction == "higher") "<" else ">", quiet = TRUE)
}

sets <- roc_data()
for (name in names(sets)) {
  set <- sets[[name]]
  curve <- curve_of(set)
  for (level in c(0.95, 0.9)) {
    limits <- suppressWarnings(ci.auc(curve, conf.level = level, method = "delong"))
    put("roc_auc", name, paste0("lower@", level), "delong", limits[1])
    put("roc_auc", name, paste0("upper@", level), "delong", limits[3])
  }
  area <- as.numeric(pROC::auc(curve))
  se <- sqrt(var(curve, method = "delong"))
  put("roc_auc", name, "auc", "delong", area)
  put("roc_auc", name, "se", "delong", se)
  logit <- plogis(qlogis(area) + c(-1, 1) * qnorm(0.975) * se / (area * (1 - area)))
  put("roc_auc", name, "lower@0.95", "logit_delong", logit[1])
  put("roc_auc", name, "upper@0.95", "logit_delong", logit[2])
  if (!is.null(set$others)) {
    # pROC compares curves of one direction only: low values that speak for the event are negated.
    upwards <- function(s, d) curve_of(set, if (d == "higher") s else -s, "higher")
    curves <- Map(upwards, c(list(set$score), set$others), c(set$direction, set$directions))
    for (j in seq_along(set$others)) {
      test <- roc.test(curves[[j + 1]], curves[[1]], paired = TRUE, method = "delong")
      put("roc_paired", name, paste0("auc@", j), "", test$estimate[1])
      put("roc_paired", name, paste0("lower@", j), "", test$conf.int[1])
      put("roc_paired", name, paste0("upper@", j), "", test$conf.int[2])
      put("roc_paired", name, paste0("z@", j), "", test$statistic)
      put("roc_paired", name, paste0("p@", j), "", test$p.value)
    }
    k <- length(curves)
    covariance <- outer(1:k, 1:k, Vectorize(function(i, j) {
      if (i == j) var(curves[[i]], method = "delong") else cov(curves[[i]], curves[[j]], method = "delong")
    }))
    contrast <- cbind(-1, diag(k - 1))
    gap <- contrast %*% sapply(curves, function(made) as.numeric(pROC::auc(made)))
    statistic <- t(gap) %*% solve(contrast %*% covariance %*% t(contrast), gap)
    put("roc_paired", name, "chi_square", "", statistic)
    put("roc_paired", name, "joint_p", "", pchisq(statistic, k - 1, lower.tail = FALSE))
  }
}

# Points of the curve, from nobody positive to everybody.
for (name in c("meerun", "tied", "iris", "anes")) {
  curve <- curve_of(sets[[name]])
  strict <- order(curve$sensitivities, -curve$specificities)
  for (i in seq_along(strict)) {
    put("roc_points", name, paste0("sensitivity@", i), "", curve$sensitivities[strict[i]])
    put("roc_points", name, paste0("specificity@", i), "", curve$specificities[strict[i]])
  }
}

# Cutoffs. pROC at midpoints, cutpointr at observed values; infinite ones are no cutoffs. Strictest first.
strictest_first <- function(values, direction) {
  values <- values[is.finite(values)]
  sort(values, decreasing = direction == "higher")
}
put_cutoffs <- function(name, rule, convention, values) {
  put("roc_cutoff", name, paste0(rule, "@n"), convention, length(values))
  for (i in seq_along(values)) put("roc_cutoff", name, paste0(rule, "@", i), convention, values[i])
}
pick <- function(set, metric, method = maximize_metric, ...) {
  made <- cutpointr(
    data.frame(x = set$score, y = set$event), x, y, pos_class = 1, neg_class = 0,
    direction = if (set$direction == "higher") ">=" else "<=", method = method, metric = metric, tol_metric = 1e-12,
    break_ties = c, silent = TRUE, ...
  )
  unlist(made$optimal_cutpoint)
}
for (name in c("meerun", "meerun_mgy", "breast", "spector", "anes", "anes_age", "lung", "iris", "wine", "heart", "gbsg",
               "kidney", "modechoice", "tied", "several_optima", "several_lower")) {
  set <- sets[[name]]
  curve <- curve_of(set)
  for (rule in c("youden", "closest_topleft")) {
    best <- pROC::coords(curve, "best", best.method = sub("_", ".", rule), ret = "threshold", transpose = FALSE)
    put_cutoffs(name, rule, "midpoint", strictest_first(best$threshold, set$direction))
  }
  youden <- strictest_first(pick(set, cutpointr::youden), set$direction)
  put_cutoffs(name, "youden", "observed", youden)
  beside <- if (set$direction == "higher") {
    sapply(youden, function(v) max(set$score[set$score < v]))
  } else {
    sapply(youden, function(v) min(set$score[set$score > v]))
  }
  put_cutoffs(name, "youden", "medcalc", beside)
  put_cutoffs(name, "closest_topleft", "observed", strictest_first(pick(set, roc01, minimize_metric), set$direction))
  # Of equal specificity the laxest cutoff has the greatest sensitivity; of equal sensitivity the strictest is best.
  held <- strictest_first(pick(set, spec_constrain, min_constrain = 0.8), set$direction)
  put_cutoffs(name, "sensitivity", "observed", tail(held, 1))
  held <- strictest_first(pick(set, sens_constrain, min_constrain = 0.7), set$direction)
  put_cutoffs(name, "specificity", "observed", head(held, 1))
}

# Accuracy of a 2 x 2 table: tp, fp, fn, tn.
tables <- list(meerun = c(6, 3, 2, 11), good = c(40, 5, 3, 90), no_fp = c(5, 0, 2, 9), no_tp = c(0, 3, 4, 6),
               no_fn = c(7, 2, 0, 9), no_tn = c(4, 5, 3, 0), even = c(10, 10, 10, 10), large = c(812, 97, 143, 2215))
names_of <- c(se = "sensitivity", sp = "specificity", pv.pos = "ppv", pv.neg = "npv", diag.ac = "accuracy",
              lr.pos = "lr_positive", lr.neg = "lr_negative")
for (name in names(tables)) {
  cells <- tables[[name]]
  for (method in c("wilson", "clopper-pearson")) {
    made <- epi.tests(matrix(cells[c(1, 3, 2, 4)], nrow = 2), method = method, conf.level = 0.95)$detail
    for (statistic in names(names_of)) {
      row <- made[made$statistic == statistic, ]
      convention <- sub("-", "_", method)
      put("roc_accuracy", name, names_of[[statistic]], convention, row$est)
      # epiR prints limits 0 and infinity, or none, beside a ratio of 0 or infinity; ours has none.
      if (!grepl("^lr", statistic) || (is.finite(row$est) && row$est > 0)) {
        put("roc_accuracy", name, paste0(names_of[[statistic]], "@lower"), convention, row$lower)
        put("roc_accuracy", name, paste0(names_of[[statistic]], "@upper"), convention, row$upper)
      }
    }
  }
}

# The same with clusters: a constant fitted to the units of each denominator, cluster-robust, G/(G - 1).
cuts <- list(meerun = 388, modechoice = 80, stanford = 0)
control <- glm.control(epsilon = 1e-15, maxit = 100)
for (name in names(cuts)) {
  set <- sets[[name]]
  positive <- as.numeric(if (set$direction == "higher") set$score >= cuts[[name]] else set$score <= cuts[[name]])
  frame <- data.frame(positive, event = set$event, cluster = set$cluster)
  parts <- list(sensitivity = subset(frame, event == 1), specificity = transform(subset(frame, event == 0), positive = 1 - positive),
                ppv = transform(subset(frame, positive == 1), positive = event),
                npv = transform(subset(frame, positive == 0), positive = 1 - event),
                accuracy = transform(frame, positive = as.numeric(positive == event)))
  for (measure in names(parts)) {
    fit <- glm(positive ~ 1, binomial, parts[[measure]], control = control)
    se <- sqrt(vcovCL(fit, cluster = parts[[measure]]$cluster, type = "HC0")[1, 1])
    put("roc_accuracy_clustered", name, measure, "", plogis(coef(fit)))
    put("roc_accuracy_clustered", name, paste0(measure, "@lower"), "", plogis(coef(fit) - qnorm(0.975) * se))
    put("roc_accuracy_clustered", name, paste0(measure, "@upper"), "", plogis(coef(fit) + qnorm(0.975) * se))
  }
  for (measure in c("lr_positive", "lr_negative")) {
    turned <- if (measure == "lr_positive") frame else transform(frame, positive = 1 - positive)
    fit <- glm(positive ~ event, poisson, turned, control = control)
    se <- sqrt(vcovCL(fit, cluster = turned$cluster, type = "HC0")[2, 2])
    put("roc_accuracy_clustered", name, measure, "", exp(coef(fit)[2]))
    put("roc_accuracy_clustered", name, paste0(measure, "@lower"), "", exp(coef(fit)[2] - qnorm(0.975) * se))
    put("roc_accuracy_clustered", name, paste0(measure, "@upper"), "", exp(coef(fit)[2] + qnorm(0.975) * se))
  }
}
write_reference("roc")
