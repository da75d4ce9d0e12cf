# Cumulative incidence of two causes: survfit of a multi-state Surv; estimates also from cmprsk. Cause-specific Cox: coxph.
# Where a data set has one kind of event only, a rule makes two of it, so that their ties are real ones.
competing_data <- function() {
  sets <- survival_data()
  lung <- sets$lung[!is.na(sets$lung$ph.ecog), ]
  lung$state <- lung$event * (1 + (lung$ph.ecog >= 2)); lung$by <- lung$sex
  larynx <- sets$larynx; larynx$state <- larynx$event * (1 + (larynx$stage >= 3)); larynx$by <- 1 + (larynx$age >= 65)
  waltons <- sets$waltons; waltons$state <- waltons$event * (1 + (seq_len(nrow(waltons)) %% 3 == 0))
  waltons$by <- waltons$group
  aml <- sets$aml; aml$state <- aml$event * (1 + (seq_len(nrow(aml)) %% 2 == 0)); aml$by <- aml$group
  mgus2 <- read_data("mgus2"); mgus2$by <- mgus2$sex
  meerun <- sets$meerun; meerun$state <- 1 + (meerun$group == "other"); meerun$by <- "all"
  list(mgus2 = mgus2, lung = lung, larynx = larynx, waltons = waltons, aml = aml, meerun = meerun)
}
sets <- competing_data()
grids <- list(mgus2 = c(12, 60, 120, 240, 360), lung = c(100, 365, 700), larynx = c(1, 5, 8), waltons = c(20, 45, 60),
              aml = c(1, 10, 24, 48), meerun = c(0.1, 3, 6))
for (name in names(sets)) {
  set <- sets[[name]]
  set$status <- factor(set$state, 0:2, c("censored", "one", "two"))
  times <- grids[[name]]
  for (type in c("log-log", "log", "plain")) {
    fit <- survfit(Surv(time, status) ~ 1, data = set, conf.type = type)
    at <- summary(fit, times = times)
    for (cause in 1:2) {
      column <- match(c("one", "two")[cause], fit$states)
      # A curve still at 0 has no interval: NA here where the other cause has happened, [0, 0] before and for "plain".
      known <- at$pstate[, column] > 0 | is.na(at$lower[, column])
      if (type == "log-log") {
        put("aalen_johansen", name, paste0("estimate@", cause, "@", times), "", at$pstate[, column])
        put("aalen_johansen", name, paste0("se@", cause, "@", times), "", at$std.err[, column])
        if (cause == 1) put("aalen_johansen", name, paste0("n@", times), "", at$n.risk[, 1])
      }
      put("aalen_johansen", name, paste0("lower@", cause, "@", times)[known], type, at$lower[known, column])
      put("aalen_johansen", name, paste0("upper@", cause, "@", times)[known], type, at$upper[known, column])
    }
  }
  found <- cmprsk::timepoints(cmprsk::cuminc(set$time, set$state, cencode = 0), times)$est
  for (cause in 1:2) put("aalen_johansen_cmprsk", name, paste0("estimate@", cause, "@", times), "", found[cause, ])
}
# Every step of the curve, and by group.
for (name in c("aml", "larynx")) {
  set <- sets[[name]]
  set$status <- factor(set$state, 0:2, c("censored", "one", "two"))
  fit <- survfit(Surv(time, status) ~ 1, data = set)
  for (cause in 1:2) {
    put("aalen_johansen_steps", name, paste0("estimate@", cause, "@", fit$time), "", fit$pstate[, 1 + cause])
    put("aalen_johansen_steps", name, paste0("se@", cause, "@", fit$time), "", fit$std.err[, 1 + cause])
  }
}
strict <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)
models <- list(mgus2 = c("age", "male"), lung = c("age", "female"), larynx = c("age"))
for (name in names(models)) for (ties in c("efron", "breslow")) {
  set <- sets[[name]]
  set$male <- as.numeric(set$by == "M"); set$female <- as.numeric(set$by == 2)
  for (cause in 1:2) {
    fit <- coxph(as.formula(paste("Surv(time, state == cause) ~", paste(models[[name]], collapse = "+"))),
                 data = set, ties = ties, control = strict)
    made <- summary(fit)
    for (term in models[[name]]) {
      put("cause_specific_cox", name, paste0(c("hr", "lower", "upper", "se", "p"), "@", cause, "@", term), ties,
          c(made$conf.int[term, c(1, 3, 4)], made$coefficients[term, c("se(coef)", "Pr(>|z|)")]))
    }
  }
}
write_reference("competing_risks")
