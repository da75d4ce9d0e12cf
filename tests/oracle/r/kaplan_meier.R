# Product-limit curves, their intervals and medians: survfit of the survival package.
types <- c("log-log" = "log-log", log = "log", plain = "plain", logit = "logit", arcsine = "arcsin")
sets <- survival_data()
for (name in names(sets)) for (type in names(types)) {
  fit <- survfit(Surv(time, event) ~ 1, data = sets[[name]], conf.type = types[[type]])
  if (type == "log-log") {
    put("kaplan_meier", name, paste0("survival@", fit$time), "", fit$surv)
    put("kaplan_meier", name, paste0("at_risk@", fit$time), "", fit$n.risk)
    put("kaplan_meier", name, paste0("events@", fit$time), "", fit$n.event)
    put("kaplan_meier", name, paste0("censored@", fit$time), "", fit$n.censor)
  }
  if (length(fit$time) <= 200) {
    put("kaplan_meier", name, paste0("lower@", fit$time), type, fit$lower)
    put("kaplan_meier", name, paste0("upper@", fit$time), type, fit$upper)
  }
  printed <- summary(fit)$table
  put("median_midpoint", name, c("estimate", "lower", "upper"), type, printed[c("median", "0.95LCL", "0.95UCL")])
}
for (name in c("lung", "aml", "larynx")) {
  times <- list(lung = c(0, 100, 365.25, 700), aml = c(12, 24, 48), larynx = c(1, 5, 10))[[name]]
  fit <- survfit(Surv(time, event) ~ 1, data = sets[[name]], conf.type = "log", conf.int = 0.9)
  at <- summary(fit, times = times)
  put("survival_at", name, paste0("estimate@", times), "log", at$surv)
  put("survival_at", name, paste0("lower@", times), "log", at$lower)
  put("survival_at", name, paste0("upper@", times), "log", at$upper)
  put("survival_at", name, paste0("se@", times), "log", at$std.err)
  put("survival_at", name, paste0("n@", times), "log", at$n.risk)
}
# Reverse Kaplan-Meier. R's own form flips the indicator. Where deaths leave first, censorings are put a third of the
# smallest gap later, which orders the ties and nothing else; the shift is taken off again.
for (name in c("lung", "aml", "larynx", "waltons", "same_day", "day_zero", "rossi")) {
  set <- sets[[name]]
  gap <- min(diff(sort(unique(set$time)))) / 3
  for (ties in c("flipped_indicator", "deaths_first")) {
    shift <- if (ties == "deaths_first") gap else 0
    fit <- survfit(Surv(time + shift * (1 - event), 1 - event) ~ 1, data = set, conf.type = "log-log")
    happened <- fit$n.event > 0
    put("reverse_kaplan_meier", name, paste0("survival@", signif(fit$time[happened] - shift, 10)), ties, fit$surv[happened])
    printed <- summary(fit)$table
    put("follow_up", name, c("estimate", "lower", "upper"), ties, printed[c("median", "0.95LCL", "0.95UCL")] - shift)
  }
}
write_reference("kaplan_meier")
