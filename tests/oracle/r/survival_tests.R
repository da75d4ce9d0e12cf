# Log-rank tests stratified, for trend and of pairs; rates and their difference at a time; restricted mean survival.
sets <- survival_data()
sets$mgus2 <- transform(read_data("mgus2"), event = as.numeric(state > 0), old = as.numeric(age >= 72))
sets$gbsg2 <- read_data("gbsg2")
sets$kidney <- transform(read_data("kidney"), black = black_male + black_female)
p_of <- function(chisq, df) pchisq(chisq, df, lower.tail = FALSE)

stratified <- list(c("lung", "sex", "ph.ecog"), c("lung", "ph.ecog", "sex"), c("rossi", "race", "prio"),
                   c("gbsg2", "horTh", "tgrade"), c("gbsg2", "tgrade", "menostat"), c("mgus2", "sex", "old"))
for (one in stratified) {
  set <- sets[[one[1]]]
  set$by <- set[[one[2]]]; set$block <- set[[one[3]]]
  set <- set[!is.na(set$by) & !is.na(set$block), ]
  found <- survdiff(Surv(time, event) ~ by + strata(block), data = set)
  expected <- rowSums(as.matrix(found$exp)); observed <- rowSums(as.matrix(found$obs))
  df <- sum(expected > 0) - 1
  words <- paste(one[2], "within", one[3])
  put("stratified_log_rank", one[1], c("statistic", "df", "p"), words, c(found$chisq, df, p_of(found$chisq, df)))
  put("stratified_log_rank", one[1], paste0("observed@", sort(unique(set$by))), words, observed)
  put("stratified_log_rank", one[1], paste0("expected@", sort(unique(set$by))), words, expected)
}

# Tarone's trend, by hand from the observed and expected events and the variance of survdiff.
trend <- function(found, scores) {
  off <- rowSums(as.matrix(found$obs)) - rowSums(as.matrix(found$exp))
  sum(scores * off)^2 / drop(t(scores) %*% found$var %*% scores)
}
trends <- list(list("lung", "ph.ecog", c(1, 2, 3, 4)), list("lung", "ph.ecog", c(0, 1, 3, 10)),
               list("larynx", "stage", c(1, 2, 3, 4)), list("larynx", "stage", c(-1, 0, 2, 2)),
               list("gbsg2", "tgrade", c(1, 2, 3)))
for (one in trends) {
  set <- sets[[one[[1]]]]
  set$by <- set[[one[[2]]]]
  set <- set[!is.na(set$by), ]
  statistic <- trend(survdiff(Surv(time, event) ~ by, data = set), one[[3]])
  words <- paste(one[[2]], paste(one[[3]], collapse = " "))
  put("log_rank_trend", one[[1]], c("statistic", "p"), words, c(statistic, p_of(statistic, 1)))
}
set <- sets$gbsg2
found <- survdiff(Surv(time, event) ~ tgrade + strata(menostat), data = set)
put("log_rank_trend", "gbsg2", c("statistic", "p"), "tgrade 1 2 3 within menostat",
    c(trend(found, 1:3), p_of(trend(found, 1:3), 1)))

for (one in list(c("lung", "ph.ecog"), c("larynx", "stage"), c("gbsg2", "tgrade"))) {
  set <- sets[[one[1]]]
  set$by <- set[[one[2]]]
  set <- set[!is.na(set$by), ]
  for (adjust in c("none", "holm", "BH")) {
    found <- survminer::pairwise_survdiff(Surv(time, event) ~ by, data = set, p.adjust.method = adjust)$p.value
    for (a in colnames(found)) for (b in rownames(found)) if (!is.na(found[b, a]))
      put("pairwise_log_rank", one[1], paste0("p@", a, "@", b), c(none = "none", holm = "holm", BH = "benjamini_hochberg")[adjust], found[b, a])
  }
}

# Two groups: difference of rates (Wald), test on the log(-log) scale, restricted means, their difference and ratio.
z <- qnorm(0.975)
pairs <- list(list("lung", "sex", c(180, 365, 700), 700), list("aml", "group", c(12, 24, 40), 40),
              list("waltons", "group", c(30, 50), 60), list("gbsg2", "horTh", c(365, 1500), 2000),
              list("mgus2", "sex", c(60, 120, 240), 240), list("kidney", "black", c(365, 2000), 2500))
for (one in pairs) {
  set <- sets[[one[[1]]]]
  set$by <- factor(set[[one[[2]]]])
  fit <- survfit(Surv(time, event) ~ by, data = set, conf.type = "log-log")
  for (time in one[[3]]) {
    at <- summary(fit, times = time)
    value <- at$surv[1] - at$surv[2]; se <- sqrt(sum(at$std.err^2))
    put("rate_difference", one[[1]], paste0(c("estimate", "lower", "upper", "se", "statistic", "p"), "@", time), "wald",
        c(value, value - z * se, value + z * se, se, value / se, 2 * pnorm(-abs(value / se))))
    put("rate_difference", one[[1]], paste0(c("lower", "upper"), "@", time), "hybrid",
        c(value - sqrt((at$surv[1] - at$lower[1])^2 + (at$upper[2] - at$surv[2])^2),
          value + sqrt((at$upper[1] - at$surv[1])^2 + (at$surv[2] - at$lower[2])^2)))
    height <- log(-log(at$surv))
    statistic <- diff(height)^2 / sum((at$std.err / (at$surv * log(at$surv)))^2)
    put("rate_test", one[[1]], paste0(c("statistic", "p"), "@", time), "log-log", c(statistic, p_of(statistic, 1)))
  }
  tau <- one[[4]]
  table <- summary(fit, rmean = tau)$table
  mean <- table[, "rmean"]; se <- table[, "se(rmean)"]
  for (i in 1:2) put("restricted_mean", one[[1]], paste0(c("estimate", "se", "lower", "upper"), "@", levels(set$by)[i]), as.character(tau),
                     c(mean[i], se[i], mean[i] - z * se[i], mean[i] + z * se[i]))
  value <- mean[1] - mean[2]; s <- sqrt(sum(se^2))
  put("restricted_mean", one[[1]], paste0("difference_", c("estimate", "lower", "upper", "p")), as.character(tau),
      c(value, value - z * s, value + z * s, 2 * pnorm(-abs(value / s))))
  value <- log(mean[1] / mean[2]); s <- sqrt(sum((se / mean)^2))
  put("restricted_mean", one[[1]], paste0("ratio_", c("estimate", "lower", "upper", "p")), as.character(tau),
      c(exp(value), exp(value - z * s), exp(value + z * s), 2 * pnorm(-abs(value / s))))
}
# A horizon past the last time of a curve that has reached 0 changes nothing: the area stays.
for (name in c("waltons", "meerun", "flat_half")) {
  set <- sets[[name]]
  last <- max(set$time)
  if (min(survfit(Surv(time, event) ~ 1, data = set)$surv) > 0) next
  table <- summary(survfit(Surv(time, event) ~ 1, data = set), rmean = 2 * last)$table
  put("restricted_mean_ended", name, c("estimate", "se"), "", table[c("rmean", "se(rmean)")])
}
write_reference("survival_tests")
