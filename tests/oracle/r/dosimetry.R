# Absorbed dose, without a package: decay integrated numerically, the partition model as two linear equations, a course as
# a sum of energies, uncertainty by numerical derivatives. Units: GBq, kg, Gy, days.
half_life <- 64.1 / 24
decays <- function(days) integrate(function(t) exp(-log(2) * t / half_life), 0, days, rel.tol = 1e-13)$value
# Energy of 1 GBq decaying to nothing: 200 half-lives are enough for a double.
seconds <- sum(sapply(0:9, function(i) 2^-i * decays(half_life))) * 86400 / (1 - 2^-10)
per_decay <- 0.9267e6 * 1.602176634e-19
put("dosimetry", "constant", "k", "half_life_and_energy", 1e9 * per_decay * seconds)
for (days in c(0, 3, 7, 8, 12.5)) {
  left <- 1 - log(2) / half_life * if (days > 0) decays(days) else 0
  put("dosimetry", "decay", paste0("factor@", days), "", left)
  put("dosimetry", "decay", paste0("sphere@", days), "", 2500 * left)
}

cases <- read_data("dosimetry")
for (i in seq_len(nrow(cases))) {
  case <- cases[i, ]
  for (name in c("salem_2022", "mird_49_67")) {
    k <- if (name == "salem_2022") 50 else 49.67
    left <- case$activity - case$activity * case$residual
    lung <- left * case$shunt
    liver <- left - lung
    put("dosimetry", case$case, "perfused", name, k * liver / (case$tumour_mass + case$normal_mass))
    put("dosimetry", case$case, "lung", name, k * lung / case$lung_mass)
    # tumour dose - ratio * normal dose = 0; the energies add up to that of the activity
    doses <- function(ratio, tumour, normal, energy) {
      solve(rbind(c(1, -ratio), c(tumour, normal)), c(0, energy))
    }
    found <- doses(case$ratio, case$tumour_mass, case$normal_mass, k * liver)
    put("dosimetry", case$case, c("tumour", "normal"), name, found)
    put("dosimetry", case$case, "whole_normal", name, found[2] * case$normal_mass / case$whole_normal_mass)
    needed <- uniroot(
      function(a) doses(case$ratio, case$tumour_mass, case$normal_mass,
                        k * a * (1 - case$residual) * (1 - case$shunt))[1] - 205,
      c(0, 1000), tol = 1e-14
    )$root
    put("dosimetry", case$case, "needed_for_205", name, needed)
    if (name == "salem_2022") for (which in 1:2) {
      logs <- function(x) log(doses(exp(x[1]), exp(x[2]), exp(x[3]), k * liver * exp(x[4]))[which])
      at <- c(log(case$ratio), log(case$tumour_mass), log(case$normal_mass), 0)
      step <- 1e-4
      slope <- sapply(1:4, function(j) {
        shift <- function(by) { x <- at; x[j] <- x[j] + by; logs(x) }
        (8 * (shift(step) - shift(-step)) - (shift(2 * step) - shift(-2 * step))) / (12 * step)
      })
      put("dosimetry", case$case, c("tumour_cv", "normal_cv")[which], name, sqrt(sum((slope * c(0.2, 0.1, 0.05, 0.03))^2)))
    }
  }
}
write_reference("dosimetry")
