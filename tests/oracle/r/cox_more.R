# Cox regression beyond the plain model: strata, intervals, clusters, profile limits, cox.zph, residuals, concordance.
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-15, iter.max = 60)
lung <- read_data("lung"); rossi <- read_data("rossi"); larynx <- read_data("larynx"); names(larynx)[names(larynx) == "death"] <- "event"
gbsg2 <- read_data("gbsg2"); leukemia <- read_data("leukemia"); kidney <- read_data("kidney"); stanford <- read_data("stanford")
recur <- read_data("recur"); meerun <- read_data("meerun_tumours")
gbsg2$hormone <- as.numeric(gbsg2$horTh == "yes"); gbsg2$gradeII <- as.numeric(gbsg2$tgrade == "II"); gbsg2$gradeIII <- as.numeric(gbsg2$tgrade == "III")
recur$status <- as.numeric(recur$censor == 0)
meerun <- meerun[!is.na(meerun$time_to_surgery_months), ]
meerun$event <- 1; meerun$time <- meerun$time_to_surgery_months; meerun$CPN <- as.numeric(meerun$pathological_necrosis == "CPN")
meerun$dose <- meerun$post_treatment_tad_gy
lung$months <- ceiling(lung$time / 30.4375)  # ties everywhere
models <- list(
  lung = list(data = lung, start = NULL, stop = "time", event = "event", x = c("age", "ph.ecog"), strata = "sex"),
  lung_months = list(data = lung, start = NULL, stop = "months", event = "event", x = c("age", "sex", "ph.ecog"), cluster = "ph.karno"),
  rossi = list(data = rossi, start = NULL, stop = "time", event = "event", x = c("fin", "age", "prio"), strata = "race"),
  larynx = list(data = larynx, start = NULL, stop = "time", event = "event", x = c("age", "Stage_II", "Stage_III", "Stage_IV"), block = list(age = 1, stage = 2:4)),
  gbsg2 = list(data = gbsg2, start = NULL, stop = "time", event = "event", x = c("hormone", "age", "pnodes", "progrec", "gradeII", "gradeIII"), strata = "menostat",
               block = list(hormone = 1, age = 2, pnodes = 3, progrec = 4, tgrade = 5:6)),
  leukemia = list(data = leukemia, start = NULL, stop = "time", event = "event", x = c("rx", "log_wbc"), strata = "sex"),
  kidney = list(data = kidney, start = NULL, stop = "time", event = "event", x = c("age", "black_male", "white_male", "black_female")),
  stanford = list(data = stanford, start = "start", stop = "stop", event = "event", x = c("age", "year", "surgery", "transplant"), cluster = "id"),
  stanford_strata = list(data = stanford, start = "start", stop = "stop", event = "event", x = c("age", "year", "transplant"), strata = "surgery"),
  recur = list(data = recur, start = "time0", stop = "time1", event = "status", x = c("age", "treat"), cluster = "id"),
  meerun = list(data = meerun, start = NULL, stop = "time", event = "event", x = c("CPN", "dose"), cluster = "patient")
)
for (name in names(models)) for (ties in c("efron", "breslow")) {
  m <- models[[name]]
  set <- m$data[complete.cases(m$data[, c(m$start, m$stop, m$event, m$x, m$strata, m$cluster)]), ]
  y <- if (is.null(m$start)) Surv(set[[m$stop]], set[[m$event]]) else Surv(set[[m$start]], set[[m$stop]], set[[m$event]])
  x <- as.matrix(set[, m$x]); strat <- if (is.null(m$strata)) rep(0, nrow(set)) else set[[m$strata]]
  plain <- if (is.null(m$strata)) y ~ x else y ~ x + strata(strat)
  fit <- coxph(plain, ties = ties, control = tight, x = TRUE, y = TRUE)
  out <- summary(fit)$coefficients
  for (i in seq_along(m$x)) put("cox_more", name, paste(m$x[i], c("coefficient", "se", "p"), sep = "@"), ties, c(coef(fit)[i], sqrt(diag(vcov(fit)))[i], out[i, 5]))
  put("cox_more", name, c("loglik_null", "loglik", "score", "wald"), ties, c(fit$loglik, fit$score, fit$wald.test))
  # profile likelihood: the other coefficients maximised at each value of one
  for (i in seq_along(m$x)) {
    profile <- function(b) {
      offset_i <- x[, i] * b
      if (length(m$x) == 1) return(coxph(if (is.null(m$strata)) y ~ offset(offset_i) else y ~ offset(offset_i) + strata(strat), ties = ties)$loglik[1])
      others <- x[, -i, drop = FALSE]
      f <- if (is.null(m$strata)) y ~ others + offset(offset_i) else y ~ others + offset(offset_i) + strata(strat)
      coxph(f, ties = ties, control = tight)$loglik[2]
    }
    b <- unname(coef(fit)[i]); s <- unname(sqrt(diag(vcov(fit)))[i]); top <- fit$loglik[2]
    drop_to <- function(v) 2 * (top - profile(v)) - qchisq(0.95, 1)
    limit <- function(side) { far <- b + side * 2 * s; while (drop_to(far) < 0) far <- far + side * s; uniroot(drop_to, sort(c(b, far)), tol = 1e-12)$root }
    statistic <- 2 * (top - profile(0))
    put("cox_profile", name, paste(m$x[i], c("chi_square", "p", "lower", "upper"), sep = "@"), ties,
        c(statistic, pchisq(statistic, 1, lower.tail = FALSE), exp(limit(-1)), exp(limit(1))))
  }
  if (!is.null(m$cluster)) {
    group <- set[[m$cluster]]
    robust <- coxph(plain, ties = ties, control = tight, cluster = group)
    out <- summary(robust)$coefficients
    for (i in seq_along(m$x)) put("cox_cluster", name, paste(m$x[i], c("se", "z", "p"), sep = "@"), ties, out[i, c("robust se", "z", "Pr(>|z|)")])
    put("cox_cluster", name, "wald", ties, robust$wald.test)
    put("cox_cluster", name, "clusters", ties, length(unique(group)))
  }
  for (transform in if (ties == "efron") c("km", "rank", "identity", "log") else "km") {
    zph <- cox.zph(fit, transform = transform, terms = FALSE)$table
    rows <- c(m$x, "GLOBAL")
    put("proportional_hazards", name, paste(rows, "chi_square", sep = "@"), paste(ties, transform), zph[, "chisq"])
    put("proportional_hazards", name, paste(rows, "p", sep = "@"), paste(ties, transform), zph[, "p"])
    if (!is.null(m$block)) {
      parts <- lapply(m$block, function(at) x[, at])
      f <- as.formula(paste("y ~", paste0("parts[[", seq_along(parts), "]]", collapse = " + "), if (is.null(m$strata)) "" else "+ strata(strat)"))
      zph <- cox.zph(coxph(f, ties = ties, control = tight, x = TRUE, y = TRUE), transform = transform)$table
      put("proportional_hazards", name, paste0("block_", names(m$block), "@chi_square"), paste(ties, transform), zph[seq_along(parts), "chisq"])
      put("proportional_hazards", name, paste0("block_", names(m$block), "@df"), paste(ties, transform), zph[seq_along(parts), "df"])
    }
  }
  if (!is.null(m$block)) for (part in names(m$block)) {
    at <- m$block[[part]]; b <- coef(fit)[at]
    rest <- x[, -at, drop = FALSE]
    reduced <- coxph(if (is.null(m$strata)) y ~ rest else y ~ rest + strata(strat), ties = ties, control = tight)
    put("cox_block", name, paste(part, c("wald", "likelihood_ratio"), sep = "@"), ties,
        c(drop(b %*% solve(vcov(fit)[at, at], b)), 2 * (fit$loglik[2] - reduced$loglik[2])))
  }
  # residuals: the first, the last, and sums that no permutation hides
  for (type in c("martingale", "deviance")) {
    r <- residuals(fit, type = type)
    put("cox_residuals", name, paste(type, c("first", "last", "squares"), sep = "@"), ties, c(r[1], r[length(r)], sum(r^2)))
  }
  for (type in c("score", "dfbeta", "schoenfeld")) {
    r <- as.matrix(residuals(fit, type = type))
    put("cox_residuals", name, paste(type, m$x, "squares", sep = "@"), ties, colSums(r^2))
    if (type != "schoenfeld") put("cox_residuals", name, paste(type, m$x, "first", sep = "@"), ties, r[1, ])
  }
  scaled <- cox.zph(fit, transform = "identity", terms = FALSE)
  put("cox_residuals", name, paste("scaled_schoenfeld", m$x, "squares", sep = "@"), ties, colSums(scaled$y^2))
  h <- basehaz(fit, centered = FALSE)
  if (is.null(m$strata)) put("cox_baseline", name, c("last", "middle"), ties, h$hazard[c(nrow(h), (nrow(h) + 1) %/% 2)])
  if (is.null(m$strata)) put("cox_baseline", name, "middle_time", ties, h$time[(nrow(h) + 1) %/% 2])
  c1 <- concordance(fit)
  put("concordance", name, c("c", "se", "concordant", "discordant", "tied"), ties, c(c1$concordance, sqrt(c1$var), colSums(matrix(c1$count, ncol = 5))[1:3]))
  if (!is.null(m$cluster)) {
    group <- set[[m$cluster]]
    by <- concordance(coxph(plain, ties = ties, control = tight, cluster = group))
    put("concordance_cluster", name, c("c", "se"), ties, c(by$concordance, sqrt(by$var)))
  }
}
# a score of few values: ties of the score, with and without strata and intervals
put("concordance_score", "lung", c("c", "se"), "ph.ecog", with(concordance(Surv(time, event) ~ ph.ecog, data = lung, reverse = TRUE), c(concordance, sqrt(var))))
put("concordance_score", "stanford", c("c", "se"), "transplant", with(concordance(Surv(start, stop, event) ~ transplant, data = stanford, reverse = TRUE), c(concordance, sqrt(var))))
# the switch of episodes.csv as a time-dependent covariate
set <- read_data("episodes")
set$died <- as.numeric(set$status == 1)  # a competing event censors here
rows <- tmerge(set, set, id = id, status_at_end = event(time, died), switched = tdc(switch))
fit <- coxph(Surv(tstart, tstop, status_at_end) ~ switched, data = rows, control = tight)
put("cox_time_dependent", "episodes", c("coefficient", "se", "loglik"), "efron", c(coef(fit), sqrt(vcov(fit)), fit$loglik[2]))
write_reference("cox_more")
