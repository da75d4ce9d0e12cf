# Width of the 95 % interval of a logistic curve at chosen doses, for many small studies cut out of data sets: rows in
# blocks of n. A study without a finite maximum (glm runs away) has width 1 here, as for us.
tight <- glm.control(epsilon = 1e-14, maxit = 200)

width_data <- function() {
  spector <- read_data("spector"); breast <- read_data("breast_cancer"); heart <- read_data("heart")
  anes <- read_data("anes96"); wine <- read_data("wine")
  list(
    spector = list(spector$grade, spector$gpa, 16),
    breast_cancer = list(1 - breast$target, breast$mean_texture, 50),
    heart = list(heart$event, heart$age, 20),
    anes96 = list(anes$vote, anes$age, 100),
    wine = list(as.numeric(wine$target == 0), wine$ash, 40)
  )
}

for (name in names(width_data())) {
  set <- width_data()[[name]]
  y <- set[[1]]; x <- set[[2]]; n <- set[[3]]
  at <- as.numeric(quantile(x, c(0.25, 0.5, 0.9)))
  for (study in seq_len(floor(length(y) / n))) {
    rows <- seq((study - 1) * n + 1, study * n)
    event <- y[rows]; dose <- x[rows]
    yes <- dose[event == 1]; no <- dose[event == 0]
    finite <- length(yes) > 0 && length(no) > 0 && max(no) > min(yes) && max(yes) > min(no)
    if (finite) {
      fit <- glm(event ~ dose, family = binomial, control = tight)
      # once more from there: the standard errors of a glm are those of the step before the last
      fit <- glm(event ~ dose, family = binomial, control = tight, start = coef(fit))
      link <- predict(fit, data.frame(dose = at), type = "link", se.fit = TRUE)
      half <- qnorm(0.975) * link$se.fit
      width <- plogis(link$fit + half) - plogis(link$fit - half)
    } else width <- rep(1, length(at))
    for (i in seq_along(at)) put("curve_width", name, paste0("width_", study, "_", i), "ml", width[i])
    put("curve_width", name, paste0("finite_", study), "ml", as.numeric(finite))
  }
}

write_reference("curve_width")
