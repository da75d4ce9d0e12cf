# Two proportions: prop.test, epiR's Katz, Koopman and Woolf, fisher.test with its roots found tightly. Newcombe's and
# Agresti and Caffo's intervals by their formulas.
library(epiR)
roots <- list2env(list(uniroot = function(...) stats::uniroot(..., tol = 1e-15)), parent = asNamespace("stats"))
exact_test <- stats::fisher.test
environment(exact_test) <- roots
inside <- function(name) getFromNamespace(name, "epiR")

counts <- function(event, group) {
  known <- !is.na(event) & !is.na(group)
  event <- event[known]; group <- group[known]
  c(sum(event[group]), sum(group), sum(event[!group]), sum(!group))
}
meerun <- read_data("meerun_tumours"); lung <- read_data("lung"); larynx <- read_data("larynx")
spector <- read_data("spector"); rossi <- read_data("rossi"); gbsg2 <- read_data("gbsg2")
heart <- read_data("heart"); psychiatric <- read_data("psychiatric"); anes <- read_data("anes96")
tables <- list(
  meerun = counts(meerun$pathological_necrosis == "CPN", meerun$best_localized_mrecist == "CR"),
  lung = counts(lung$event == 1, lung$sex == 2),
  larynx = counts(larynx$death == 1, larynx$Stage_IV == 1),
  spector = counts(spector$grade == 1, spector$psi == 1),
  rossi = counts(rossi$event == 1, rossi$fin == 1),
  gbsg2 = counts(gbsg2$event == 1, gbsg2$horTh == "yes"),
  heart = counts(heart$event == 1, heart$age >= 48),
  psychiatric = counts(psychiatric$event == 1, psychiatric$sex == 2),
  anes96 = counts(anes$vote == 1, anes$educ >= 4)
)
for (quad in list(
  c(56, 70, 48, 80), c(9, 10, 3, 10), c(6, 7, 2, 7), c(1, 1000, 3, 1000), c(2, 4, 3, 6),
  c(5, 56, 0, 29), c(0, 10, 4, 20), c(10, 10, 0, 10), c(5, 5, 3, 7), c(0, 12, 9, 9), c(0, 10, 0, 20), c(7, 7, 9, 9)
)) tables[[paste0(quad[1], "/", quad[2], " ", quad[3], "/", quad[4])]] <- quad

score <- function(x, n, level) suppressWarnings(prop.test(x, n, correct = FALSE, conf.level = level))$conf.int
corrected <- function(x, n, level) {
  # Wilson's roots with half a count, whatever x is (prop.test takes less near n / 2).
  z2 <- qnorm(1 - (1 - level) / 2)^2
  p <- x / n
  low <- (2 * n * p + z2 - 1 - sqrt(z2 * (z2 - 2 - 1 / n + 4 * p * (n * (1 - p) + 1)))) / (2 * (n + z2))
  high <- (2 * n * p + z2 + 1 + sqrt(z2 * (z2 + 2 - 1 / n + 4 * p * (n * (1 - p) - 1)))) / (2 * (n + z2))
  c(if (x == 0) 0 else low, if (x == n) 1 else high)
}
hybrid <- function(t, level, one) {
  p1 <- t[1] / t[2]; p2 <- t[3] / t[4]
  a <- one(t[1], t[2], level); b <- one(t[3], t[4], level)
  p1 - p2 + c(-sqrt((p1 - a[1])^2 + (b[2] - p2)^2), sqrt((a[2] - p1)^2 + (p2 - b[1])^2))
}
both <- function(method, name, level, kind, limits) {
  put(method, name, paste0("lower@", level), kind, limits[1])
  put(method, name, paste0("upper@", level), kind, limits[2])
}
for (name in names(tables)) {
  t <- as.numeric(tables[[name]])
  x <- c(t[1], t[3]); n <- c(t[2], t[4]); p <- x / n
  cells <- c(x[1], n[1] - x[1], x[2], n[2] - x[2])
  put("proportion_difference", name, "estimate", "wald", p[1] - p[2])
  put("proportion_difference", name, "se", "wald", sqrt(sum(p * (1 - p) / n)))
  for (level in c(0.95, 0.9)) {
    both("proportion_difference", name, level, "newcombe", hybrid(t, level, score))
    both("proportion_difference", name, level, "newcombe_cc", hybrid(t, level, corrected))
    q <- (x + 1) / (n + 2)
    half <- qnorm(1 - (1 - level) / 2) * sqrt(sum(q * (1 - q) / (n + 2)))
    caffo <- q[1] - q[2] + c(-half, half)
    both("proportion_difference", name, level, "agresti_caffo", pmin(pmax(caffo, -1), 1))
    if (any(p > 0 & p < 1)) for (correct in c(FALSE, TRUE)) {
      limits <- suppressWarnings(prop.test(x, n, correct = correct, conf.level = level))$conf.int
      both("proportion_difference", name, level, if (correct) "wald_cc" else "wald", limits)
    }
    # An odds ratio needs both outcomes; a root is sought only where there is one.
    if (sum(x) > 0 && sum(x) < sum(n)) {
      exact <- exact_test(matrix(cells, 2, byrow = TRUE), conf.level = level)
      both("odds_ratio", name, level, "conditional", exact$conf.int)
      if (level == 0.95) put("odds_ratio", name, "estimate", "conditional", exact$estimate)
    }
    # epiR 2.0.57 reads a table by column for its Wald ratio and by row for its score ratio.
    if (all(cells > 0)) {
      log_ratio <- as.numeric(inside("zRRwald")(matrix(cells, 2, byrow = TRUE), level))
      both("proportion_ratio", name, level, "log", log_ratio[2:3])
      koopman <- as.numeric(inside("zRRscore")(cells, level))
      both("proportion_ratio", name, level, "score", koopman[2:3])
      woolf <- as.numeric(inside("zORwald")(cells, level))
      both("odds_ratio", name, level, "sample", woolf[2:3])
      if (level == 0.95) {
        put("proportion_ratio", name, "estimate", "log", log_ratio[1])
        put("odds_ratio", name, "estimate", "sample", woolf[1])
      }
    }
  }
}
write_reference("two_proportions")
