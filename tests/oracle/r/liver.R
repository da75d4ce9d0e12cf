# Liver function scores and the standardised remnant, written out from their formulas; inputs in mg/dL, g/dL, cm, kg.
cases <- read_data("liver")
whole <- function(x) pmin(pmax(floor(x + 0.5), 6), 40)
between <- function(x, low, high) pmin(pmax(x, low), high)
with(cases, {
  bili <- log(pmax(bilirubin_mg, 1)); inr1 <- log(pmax(inr, 1)); below <- 137 - between(sodium, 125, 137)
  i <- whole(10 * (0.957 * log(between(creatinine_mg, 1, 4)) + 0.378 * bili + 1.120 * inr1 + 0.643))
  na <- ifelse(i > 11, whole(i + 1.32 * below - 0.033 * i * below), i)
  cr <- log(between(creatinine_mg, 1, 3)); lack <- 3.5 - between(albumin_g, 1.5, 3.5)
  three <- 1.33 * (sex == "female") + 4.56 * bili + 0.82 * below - 0.24 * below * bili + 9.09 * inr1 + 11.14 * cr +
    1.85 * lack - 1.83 * lack * cr + 6
  surface <- list(
    mosteller = sqrt(height_cm * mass_kg / 3600), dubois = 0.007184 * height_cm^0.725 * mass_kg^0.425,
    haycock = 0.024265 * height_cm^0.3964 * mass_kg^0.5378, gehan_george = 0.0235 * height_cm^0.42246 * mass_kg^0.51456
  )
  for (n in seq_along(case)) {
    put("liver", case[n], c("meld", "meld_na"), "optn", c(i[n], na[n]))
    put("liver", case[n], "meld_3", "limited", whole(three)[n])
    put("liver", case[n], "meld_3", "open", floor(three[n] + 0.5))
    albi <- function(weight) 0.66 * log10(bilirubin_mg[n] * 17.104) - weight * albumin_g[n] * 10
    put("liver", case[n], "albi", c("0.085", "0.0852"), c(albi(0.085), albi(0.0852)))
    for (name in names(surface)) {
      put("liver", case[n], "sflr", name, 100 * flr_ml[n] / (-794.41 + 1267.28 * surface[[name]][n]))
    }
  }
})
write_reference("liver")
