# Dose-response: the logistic curve with its band, the restricted cubic spline and its test of non-linearity, and the
# dose for a probability with delta, Fieller and profile-likelihood limits. Limits outside the data are NA here, as they
# are for us; so is a dose that would be an extrapolation.
suppressMessages({library(MASS); library(rms); library(lmtest); library(brglm)})

tight <- glm.control(epsilon = 1e-15, maxit = 200)

dose_data <- function() {
  meerun <- read_data("meerun_tumours")
  meerun <- meerun[!is.na(meerun$post_treatment_tad_gy), ]
  meerun$event <- as.numeric(meerun$pathological_necrosis == "CPN")
  meerun$log2_dose <- log2(meerun$post_treatment_tad_gy)
  spector <- read_data("spector"); spector$event <- spector$grade
  breast <- read_data("breast_cancer"); breast$event <- 1 - breast$target
  iris2 <- read_data("iris"); iris2 <- iris2[iris2$target > 0, ]; iris2$event <- as.numeric(iris2$target == 2)
  anes <- read_data("anes96"); anes$event <- anes$vote
  wine <- read_data("wine"); wine$event <- as.numeric(wine$target == 0)
  heart <- read_data("heart")
  mode <- read_data("modechoice"); mode <- mode[mode$mode == 1, ]; mode$event <- mode$choice
  list(
    meerun_tumours = list(meerun, c("post_treatment_tad_gy", "log2_dose", "tumour_size_mm")),
    spector = list(spector, c("gpa", "tuce")),
    breast_cancer = list(breast, c("mean_radius", "mean_texture")),
    iris = list(iris2, c("sepal_length", "petal_length")),
    anes96 = list(anes, c("selflr", "age")),
    wine = list(wine, c("magnesium", "ash")),
    heart = list(heart, "age"),
    modechoice = list(mode, c("hinc", "ttme"))
  )
}

band <- function(method, name, convention, eta, se) {
  z <- qnorm(0.975)
  for (i in seq_along(eta)) {
    put(method, name, paste0("estimate_", i), convention, plogis(eta[i]))
    put(method, name, paste0("lower_", i), convention, plogis(eta[i] - z * se[i]))
    put(method, name, paste0("upper_", i), convention, plogis(eta[i] + z * se[i]))
  }
}

inside <- function(value, x) ifelse(is.na(value) | value < min(x) | value > max(x), NA, value)

fieller <- function(fit, target, x) {
  b <- coef(fit); v <- vcov(fit); z2 <- qnorm(0.975)^2; d <- b[[1]] - target
  A <- b[[2]]^2 - z2 * v[2, 2]; B <- d * b[[2]] - z2 * v[1, 2]; C <- d^2 - z2 * v[1, 1]
  if (B^2 <= A * C) return(c(NA, NA))
  roots <- sort((-B + c(-1, 1) * sqrt(B^2 - A * C)) / A)
  if (A > 0) return(inside(roots, x))
  if (roots[1] >= min(x) && roots[2] <= max(x)) return(c(NA, NA))
  if (-d / b[[2]] <= roots[1]) inside(c(NA, roots[1]), x) else inside(c(roots[2], NA), x)
}

# Walks outward from the estimate; the first crossing is the limit, a second one before the end means two ranges.
profile_dose <- function(y, x, fit, target) {
  top <- as.numeric(logLik(fit)); crit <- qchisq(0.95, 1); place <- (target - coef(fit)[[1]]) / coef(fit)[[2]]
  over <- function(at) {
    z <- x - at
    # the score of the one free slope falls throughout; glm.fit has no step halving and can run away here
    score <- function(b) sum((y - plogis(target + z * b)) * z)
    width <- abs(coef(fit)[[2]])
    b <- uniroot(score, c(-1, 1) * width, extendInt = "downX", tol = 1e-14 * width, maxiter = 1000)$root
    eta <- target + z * b
    2 * (top - sum(y * eta - ifelse(eta > 0, eta + log1p(exp(-eta)), log1p(exp(eta))))) - crit
  }
  limit <- c(NA, NA)
  for (side in 1:2) {
    end <- c(min(x), max(x))[side]
    places <- seq(place, end, length.out = 200)
    heights <- sapply(places, over)
    up <- which(heights > 0)
    if (!length(up)) next
    if (any(heights[up[1]:200] <= 0)) return(c(NA, NA))
    limit[side] <- uniroot(over, sort(places[up[1] - 1:0]), tol = 1e-13, maxiter = 1000)$root
  }
  limit
}

for (name in names(dose_data())) {
  set <- dose_data()[[name]]
  y <- set[[1]]$event
  for (variable in set[[2]]) {
    x <- set[[1]][[variable]]
    at <- seq(min(x), max(x), length.out = 3)
    fit <- suppressWarnings(glm(y ~ x, family = binomial, control = tight))
    predicted <- predict(fit, data.frame(x = at), type = "link", se.fit = TRUE)
    band("dose_response_curve", name, paste(variable, "ml line"), predicted$fit, predicted$se.fit)
    firth <- suppressWarnings(brglm(y ~ x, family = binomial, method = "brglm.fit", pl = TRUE,
                                    control.brglm = brglm.control(br.epsilon = 1e-13, br.maxit = 1000)))
    eta <- coef(firth)[[1]] + coef(firth)[[2]] * at
    se <- sqrt(rowSums((cbind(1, at) %*% vcov(firth)) * cbind(1, at)))
    band("dose_response_curve", name, paste(variable, "firth line"), eta, se)

    for (p in c(0.25, 0.5, 0.75)) {
      found <- dose.p(fit, p = p)
      se <- attr(found, "SE")[[1]]
      estimate <- inside(as.numeric(found), x)
      conv <- function(interval) paste(variable, interval, p)
      limits <- list(delta = inside(as.numeric(found) + c(-1, 1) * qnorm(0.975) * se, x),
                     fieller = fieller(fit, qlogis(p), x),
                     profile = if (is.na(estimate)) c(NA, NA) else profile_dose(y, x, fit, qlogis(p)))
      for (interval in names(limits)) {
        put("dose_for_probability", name, "estimate", conv(interval), estimate)
        put("dose_for_probability", name, "lower", conv(interval), if (is.na(estimate)) NA else limits[[interval]][1])
        put("dose_for_probability", name, "upper", conv(interval), if (is.na(estimate)) NA else limits[[interval]][2])
      }
      put("dose_for_probability", name, "se", conv("delta"), if (is.na(estimate)) NA else se)
    }

    for (nk in 3:5) {
      convention <- paste(variable, nk)
      places <- tryCatch(rcspline.eval(x, nk = nk, knots.only = TRUE), warning = function(w) NA, error = function(e) NA)
      if (length(places) != nk) places <- rep(NA, nk)
      for (i in seq_len(nk)) put("spline_knots", name, paste0("knot_", i), convention, places[i])
      if (anyNA(places)) {
        for (quantity in c("statistic", "df", "p")) for (test in c("profile", "wald"))
          put("spline_nonlinearity", name, quantity, paste(convention, test), NA)
        next
      }
      basis <- rcspline.eval(at, knots = places, inclx = TRUE, norm = 2)
      for (j in 2:(nk - 1)) put("spline_basis", name, paste0("column_", j), convention, basis[3, j])
      spline <- suppressWarnings(glm(y ~ rcs(x, places), family = binomial, control = tight))
      if (!spline$converged || any(abs(spline$linear.predictors) > 30)) next  # no finite maximum: not R's to answer
      ratio <- lrtest(fit, spline)
      put("spline_nonlinearity", name, "statistic", paste(convention, "profile"), ratio$Chisq[2])
      put("spline_nonlinearity", name, "df", paste(convention, "profile"), ratio$Df[2])
      put("spline_nonlinearity", name, "p", paste(convention, "profile"), ratio[["Pr(>Chisq)"]][2])
      frame <- data.frame(y = y, x = x)
      # Glm rather than lrm: lrm reports failure when it is asked to converge as tightly
      model <- suppressWarnings(Glm(y ~ rcs(x, places), data = frame, family = binomial, control = tight))
      table <- anova(model, test = "Chisq")
      put("spline_nonlinearity", name, "statistic", paste(convention, "wald"), table[" Nonlinear", "Chi-Square"])
      put("spline_nonlinearity", name, "df", paste(convention, "wald"), table[" Nonlinear", "d.f."])
      put("spline_nonlinearity", name, "p", paste(convention, "wald"), table[" Nonlinear", "P"])
      if (nk == 4) {
        made <- predict(model, data.frame(x = at), se.fit = TRUE)  # rms::Predict takes t quantiles for Glm
        band("dose_response_curve", name, paste(variable, "ml spline4"), made$linear.predictors, made$se.fit)
      }
    }
  }
}
# An end value many share pulls its knot to the neighbour; 60 and 100 values, where the outer knots differ.
heaped <- list(heaped_low = c(rep(0, 10), 1:90), heaped_high = c(1:90, rep(200, 10)),
               heaped_both = c(rep(0, 8), 1:84, rep(200, 8)), heaped_small = c(rep(0, 6), 1:54),
               heaped_inner = c(rep(0, 10), 1:80, rep(40.5, 10)))
for (name in names(heaped)) for (nk in 3:5) {
  places <- rcspline.eval(heaped[[name]], nk = nk, knots.only = TRUE)
  if (length(places) != nk) places <- rep(NA, nk)
  for (i in seq_len(nk)) put("spline_knots", name, paste0("knot_", i), paste("x", nk), places[i])
}
write_reference("dose_response")
