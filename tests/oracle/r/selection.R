# Model building: every step by drop1 and add1, and the AIC path by step(), on the terms as blocks.
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-15, iter.max = 60)
gbsg2 <- read_data("gbsg2")
gbsg2$tgrade <- factor(gbsg2$tgrade)
lung <- read_data("lung")[, c("time", "event", "age", "sex", "ph.ecog", "ph.karno", "wt.loss")]
lung$ph.ecog <- factor(pmin(lung$ph.ecog, 2))  # one patient has 3
lung <- lung[complete.cases(lung), ]
larynx <- survival_data()$larynx
larynx$stage <- factor(larynx$stage)
anes96 <- read_data("anes96")
anes96$pid <- factor(anes96$pid)
modechoice <- read_data("modechoice")
modechoice$mode <- factor(modechoice$mode)
cases <- list(
  gbsg2 = list(gbsg2, "cox", c("age", "menostat", "tsize", "tgrade", "pnodes", "progrec", "estrec"), "horTh"),
  lung = list(lung, "cox", c("age", "ph.ecog", "ph.karno", "wt.loss"), "sex"),
  rossi = list(read_data("rossi"), "cox", c("age", "race", "wexp", "mar", "paro", "prio"), "fin"),
  larynx = list(larynx, "cox", c("age", "stage"), character(0)),
  spector = list(read_data("spector"), "logistic", c("tuce", "psi"), "gpa", "grade"),
  anes96 = list(anes96, "logistic", c("tvnews", "selflr", "pid", "age", "educ", "income"), character(0), "vote"),
  modechoice = list(modechoice, "logistic", c("mode", "ttme", "invc", "invt", "gc"), "ttme", "choice"),
  breast_cancer = list(read_data("breast_cancer"), "logistic",
                       c("mean_texture", "mean_smoothness", "mean_compactness", "mean_symmetry"), character(0), "target")
)
left <- function(case) if (case[[2]] == "cox") "Surv(time, event)" else case[[5]]
model <- function(case, terms) {
  formula <- as.formula(paste(left(case), "~", paste(c(terms, if (length(terms) == 0) "1"), collapse = " + ")))
  data <- case[[1]]
  if (case[[2]] == "cox") do.call(coxph, list(formula, data = data, control = tight))
  else do.call(glm, list(formula, data = data, family = binomial, epsilon = 1e-15, maxit = 100))
}
wald_of <- function(fit, term) {
  which <- attr(model.matrix(fit), "assign") == match(term, attr(terms(fit), "term.labels"))
  b <- coef(fit)[which]
  x <- drop(b %*% solve(vcov(fit)[which, which], b))
  c(x, length(b), pchisq(x, length(b), lower.tail = FALSE))
}
# Statistic, df, p of dropping `term` from the model of `terms`, and the AIC of what is left.
judge <- function(case, terms, term, test) {
  large <- model(case, terms)
  table <- drop1(large, as.formula(paste("~", term)), test = "Chisq")
  row <- rownames(table) == term
  made <- if (test == "wald") wald_of(large, term) else c(table$LRT[row], table$Df[row], table[row, ncol(table)])
  c(made, table$AIC[row])
}
record <- function(method, name, at, test, term, made) {
  keep <- if (test == "wald") c(1, 3) else 1:4
  put(method, name, paste(at, term, c("statistic", "df", "p", "aic")[keep], sep = "@"), test, made[keep])
}
screen <- function(method, name, case, beside, enter, test) {
  kept <- character(0)
  for (term in setdiff(case[[3]], case[[4]])) {
    made <- judge(case, c(beside, term), term, test)
    made[4] <- AIC(model(case, c(beside, term)))
    record(method, name, 1, test, term, made)
    if (made[3] < enter) kept <- c(kept, term)
  }
  kept
}
backward <- function(method, name, case, forced, terms, stay, test, step) {
  repeat {
    removable <- setdiff(terms, forced)
    if (length(removable) == 0) break
    tests <- sapply(removable, function(term) judge(case, terms, term, test))
    for (term in removable) record(method, name, step, test, term, tests[, term])
    worst <- which.max(tests[3, ])
    if (tests[3, worst] < stay) break
    terms <- setdiff(terms, removable[worst])
    step <- step + 1
  }
  terms
}
final <- function(method, name, case, convention, terms) {
  fit <- model(case, terms)
  put(method, name, paste("chosen", c(case[[4]], setdiff(case[[3]], case[[4]])), sep = "@"), convention,
      c(case[[4]], setdiff(case[[3]], case[[4]])) %in% terms)
  put(method, name, c("final@loglik", "final@aic"), convention, c(logLik(fit), AIC(fit)))
}
for (name in names(cases)) {
  case <- cases[[name]]
  forced <- case[[4]]
  for (test in c("likelihood_ratio", "wald")) {
    entered <- screen("selection_two_step", name, case, forced, 0.1, test)
    terms <- backward("selection_two_step", name, case, forced, c(forced, entered), 0.1, test, 2)
    final("selection_two_step", name, case, test, terms)
    terms <- backward("selection_backward", name, case, forced, c(forced, setdiff(case[[3]], forced)), 0.1, test, 1)
    final("selection_backward", name, case, test, terms)
    entered <- screen("selection_enter_all", name, case, character(0), 0.05, test)
    final("selection_enter_all", name, case, test, c(forced, entered))
  }
  entered <- Filter(function(term) judge(case, term, term, "likelihood_ratio")[3] < 0.15, setdiff(case[[3]], forced))
  for (start in c("full", "null")) {
    upper <- c(forced, entered)
    scope <- list(lower = as.formula(paste("~", paste(c("1", forced), collapse = " + "))),
                  upper = as.formula(paste("~", paste(c("1", upper), collapse = " + "))))
    first <- model(case, if (start == "full") upper else forced)
    found <- step(first, scope = scope, direction = "both", trace = 0)
    path <- found$anova
    put("selection_stepwise_aic", name, "path@moves", start, nrow(path) - 1)
    put("selection_stepwise_aic", name, paste("path", seq_len(nrow(path)), "aic", sep = "@"), start, path$AIC)
    put("selection_stepwise_aic", name, paste("path", seq_len(nrow(path)), "deviance", sep = "@"), start, path[["Resid. Dev"]])
    moved <- as.character(path$Step)[-1]
    if (length(moved) == 0) {
      final("selection_stepwise_aic", name, case, start, attr(terms(found), "term.labels"))
      next
    }
    sign <- ifelse(substr(moved, 1, 1) == "-", -1, 1)
    put("selection_stepwise_aic", name, paste("path", seq_along(moved) + 1, "term", sep = "@"), start,
        sign * match(substring(moved, 3), c(forced, setdiff(case[[3]], forced))))
    put("selection_stepwise_aic", name, paste("path", seq_along(moved) + 1, "df", sep = "@"), start, abs(path$Df[-1]))
    final("selection_stepwise_aic", name, case, start, attr(terms(found), "term.labels"))
  }
}
write_reference("selection")
