# Cox regression: coxph of the survival package, iterated to the last digits.
sets <- survival_data()
columns <- list(
  lung = c("age", "sex", "ph.ecog"), rossi = c("fin", "age", "race", "wexp", "mar", "paro", "prio"),
  larynx = c("age", "Stage_II", "Stage_III", "Stage_IV"), aml = "maintained", meerun = "CPN"
)
sets$aml$maintained <- as.numeric(sets$aml$group == "Maintained")
sets$meerun$CPN <- as.numeric(sets$meerun$group == "CPN")
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-15, iter.max = 60)
for (name in names(columns)) for (ties in c("efron", "breslow")) {
  set <- sets[[name]][, c("time", "event", columns[[name]])]
  set <- set[complete.cases(set), ]
  fit <- coxph(Surv(time, event) ~ ., data = set, ties = ties, control = tight)
  out <- summary(fit)
  for (term in columns[[name]]) {
    put("cox", name, paste(term, c("coefficient", "hazard_ratio", "se", "z", "p"), sep = "@"), ties, out$coefficients[term, ])
    put("cox", name, paste(term, c("lower", "upper"), sep = "@"), ties, out$conf.int[term, 3:4])
  }
  put("cox", name, c("loglik_null", "loglik"), ties, fit$loglik)
  put("cox", name, c("likelihood_ratio", "score"), ties, c(out$logtest["test"], out$sctest["test"]))
  put("cox", name, "wald", ties, fit$wald.test)  # summary() rounds this one to two decimals
  put("cox", name, c("n", "events"), ties, c(fit$n, fit$nevent))
}
write_reference("cox")
