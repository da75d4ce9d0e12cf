# Paired, ordered and correlated data, agreement and families of p values: mcnemar.test, binom.test, prop.trend.test,
# coin's independence_test, kruskal_test and wilcox_test, cor.test, p.adjust, vcd's Kappa, chisq.test, fisher.test.
# The data sets stand in tests/oracle/answers/group_tests.py too.
meerun <- read_data("meerun_tumours"); lung <- read_data("lung"); larynx <- survival_data()$larynx
gbsg2 <- read_data("gbsg2"); iris_data <- read_data("iris"); wine <- read_data("wine")
leukemia <- read_data("leukemia"); anes <- read_data("anes96"); heart <- read_data("heart")
spector <- read_data("spector"); breast <- read_data("breast_cancer"); psychiatric <- read_data("psychiatric")

# McNemar: rows the first reading, columns the second.
response <- meerun[!is.na(meerun$best_localized_mrecist) & meerun$best_localized_mrecist != "", ]
two_by_two <- function(a, b) table(factor(a, c(TRUE, FALSE)), factor(b, c(TRUE, FALSE)))
ecog <- lung[!is.na(lung$ph.ecog) & !is.na(lung$ph.karno), ]
paired <- list(
  meerun_response = two_by_two(response$best_localized_mrecist == "CR", response$pathological_necrosis == "CPN"),
  lung_scales = two_by_two(ecog$ph.ecog >= 2, ecog$ph.karno < 80),
  large = matrix(c(794, 86, 150, 570), 2, byrow = TRUE),
  one_sided = matrix(c(5, 0, 6, 4), 2, byrow = TRUE),
  balanced_pairs = matrix(c(5, 4, 4, 1), 2, byrow = TRUE),
  concordant = matrix(c(5, 0, 0, 4), 2, byrow = TRUE)
)
for (name in names(paired)) {
  table <- paired[[name]]; b <- table[1, 2]; c <- table[2, 1]
  put("mcnemar", name, "p", "exact", if (b + c) binom.test(b, b + c)$p.value else NA)
  for (kind in c("plain", "edwards")) {
    found <- mcnemar.test(table, correct = kind == "edwards")
    put("mcnemar", name, "statistic", kind, found$statistic)
    put("mcnemar", name, "p", kind, found$p.value)
  }
}

# Cochran–Armitage: events by ordered group, scores in order or as given.
by_group <- function(event, group) {
  kept <- !is.na(event) & !is.na(group)
  n <- table(group[kept]); x <- tapply(event[kept], group[kept], sum)
  list(x = as.numeric(x), n = as.numeric(n))
}
strata <- cut(meerun$post_treatment_tad_gy, c(0, 200, 300, 400, Inf), right = FALSE)
trends <- list(
  meerun_dose = c(by_group(meerun$pathological_necrosis == "CPN", strata), list(score = c(100, 250, 350, 500))),
  lung_ecog = c(by_group(lung$event, lung$ph.ecog), list(score = c(0, 1, 2, 3))),
  larynx_stage = c(by_group(larynx$event, larynx$stage), list(score = c(1, 2, 4, 8))),
  gbsg2_grade = c(by_group(gbsg2$event, gbsg2$tgrade), list(score = c(1, 2, 3))),
  anes_education = c(by_group(anes$vote, anes$educ), list(score = c(0, 1, 3, 4, 5, 6, 9))),
  smokers = list(x = c(83, 90, 129, 70), n = c(86, 93, 136, 82), score = c(-3e6, 0, 1e6, 2e6)),
  no_events = list(x = c(0, 0, 0), n = c(4, 5, 6), score = c(1, 2, 3))
)
for (name in names(trends)) {
  x <- trends[[name]]$x; n <- trends[[name]]$n
  for (scored in c(FALSE, TRUE)) {
    score <- if (scored) trends[[name]]$score else seq_along(x)
    for (kind in c("n", "n_minus_1")) {
      if (kind == "n") {
        statistic <- if (sum(x) > 0) suppressWarnings(prop.trend.test(x, n, score))$statistic else NaN
      } else if (sum(x) > 0) {
        group <- rep(score, n); event <- unlist(mapply(function(x, n) rep(c(1, 0), c(x, n - x)), x, n, SIMPLIFY = FALSE))
        statistic <- coin::statistic(coin::independence_test(event ~ group, teststat = "quadratic"))
      } else statistic <- NaN
      where <- paste0(kind, if (scored) "; scores" else "")
      put("cochran_armitage", name, "statistic", where, statistic)
      put("cochran_armitage", name, "p", where, pchisq(statistic, 1, lower.tail = FALSE))
    }
  }
}

# Ordered groups: the tie-corrected z of Kendall's tau against the group is that of Jonckheere–Terpstra.
three <- list(
  larynx_age = split(larynx$age, larynx$stage),
  lung_loss = split(lung$wt.loss, lung$ph.ecog),
  gbsg2_nodes = split(gbsg2$pnodes, gbsg2$tgrade),
  iris_width = split(iris_data$sepal_width, iris_data$target),
  wine_ash = split(wine$ash, wine$target),
  leukemia_wbc = split(leukemia$log_wbc, leukemia$rx),
  breast_texture = split(breast$mean_texture, breast$target),
  meerun_dose = split(meerun$post_treatment_tad_gy, factor(meerun$pathological_necrosis, c("Partial", "Extensive", "CPN"))),
  psychiatric_age = split(psychiatric$age, psychiatric$sex),
  tied = list(c(1, 2, 2), c(2, 3, 3, 4), c(3, 4, 5)),
  equal = list(c(2, 2), c(2, 2, 2))
)
for (name in names(three)) {
  groups <- lapply(three[[name]], function(x) x[!is.na(x)])
  x <- unlist(groups); g <- rep(seq_along(groups), lengths(groups)); n <- length(x)
  j <- 0
  for (a in seq_along(groups)) for (b in seq_along(groups)) if (a < b) {
    j <- j + sum(outer(groups[[a]], groups[[b]], "<")) + sum(outer(groups[[a]], groups[[b]], "==")) / 2
  }
  found <- suppressWarnings(cor.test(x, g, method = "kendall", exact = FALSE))
  put("jonckheere_terpstra", name, "statistic", "normal", if (is.na(found$p.value)) NA else j)
  put("jonckheere_terpstra", name, "p", "normal", found$p.value)
  found <- kruskal.test(x, g)
  put("kruskal_wallis_more", name, "statistic", "chi_square", found$statistic)
  put("kruskal_wallis_more", name, "p", "chi_square", found$p.value)
}

# Mann–Whitney, exact with ties.
ranked <- list(
  tied = list(c(1, 2, 2, 3, 3, 3), c(2, 3, 4, 4, 5, 5, 5)),
  meerun_dose = three$meerun_dose[c(3, 2)],
  meerun_afp = list(meerun$baseline_afp_ng_ml[meerun$pathological_necrosis == "CPN"],
                    meerun$baseline_afp_ng_ml[meerun$pathological_necrosis != "CPN"]),
  psychiatric_age = three$psychiatric_age,
  leukemia_wbc = three$leukemia_wbc,
  spector_tuce = split(spector$tuce, spector$grade),
  one_against_five = list(3, c(1, 2, 3, 3, 9))
)
for (name in names(ranked)) {
  pair <- lapply(ranked[[name]], function(x) x[!is.na(x)])
  x <- unlist(pair); g <- factor(rep(1:2, lengths(pair)))
  found <- coin::wilcox_test(x ~ g, distribution = coin::exact("shift"))
  put("mann_whitney_exact", name, "p", "exact", coin::pvalue(found))
}

# Correlation. The statistic of Spearman's is S, given where p is exact or by AS 89.
xy <- list(
  lung_age_loss = list(lung$age, lung$wt.loss),
  meerun_size_dose = list(meerun$tumour_size_mm, meerun$post_treatment_tad_gy),
  meerun_surgery_recurrence = list(meerun$time_to_surgery_months, meerun$time_to_recurrence_months),
  heart_age_time = list(heart$age, heart$time),
  spector_gpa_tuce = list(spector$gpa, spector$tuce),
  iris_sepal = list(iris_data$sepal_length, iris_data$sepal_width),
  wine_alcohol_proline = list(wine$alcohol, wine$proline),
  breast_area_texture = list(breast$worst_area, breast$mean_texture),
  gbsg2_receptors = list(gbsg2$progrec, gbsg2$estrec),
  leukemia_time_wbc = list(leukemia$time, leukemia$log_wbc),
  seven = list(c(44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7), c(2.6, 3.1, 2.5, 5, 3.6, 4, 5.2)),
  nine = list(1:9, c(2, 1, 4, 3, 9, 8, 5, 6, 7)),
  twelve = list(1:12, c(11, 7, 9, 12, 10, 4, 8, 2, 6, 1, 5, 3)),
  thirty = list(1:30, (7 * (1:30)) %% 31),
  reversed = list(c(1, 2, 3, 4), c(9, 7, 5, 3)),
  constant = list(1:5, rep(3, 5))
)
for (name in names(xy)) {
  x <- xy[[name]][[1]]; y <- xy[[name]][[2]]
  kept <- !is.na(x) & !is.na(y); x <- x[kept]; y <- y[kept]; n <- length(x)
  found <- suppressWarnings(cor.test(x, y))
  put("pearson", name, "estimate", "t", found$estimate)
  for (i in 1:2) put("pearson", name, c("lower", "upper")[i], "t", found$conf.int[i])
  exact_line <- name == "reversed" # there t is infinite and p zero up to rounding
  if (!exact_line) {
    put("pearson", name, "statistic", "t", found$statistic)
    put("pearson", name, "p", "t", found$p.value)
  }
  put("pearson", name, "upper@0.9", "t", suppressWarnings(cor.test(x, y, conf.level = 0.9))$conf.int[2])
  ties <- anyDuplicated(x) > 0 || anyDuplicated(y) > 0
  for (kind in c("t", "as89")) {
    found <- suppressWarnings(cor.test(x, y, method = "spearman", exact = kind == "as89"))
    put("spearman", name, "estimate", kind, found$estimate)
    if (!(exact_line && kind == "t")) put("spearman", name, "p", kind, found$p.value)
    if (kind == "as89" && !ties) put("spearman", name, "statistic", kind, found$statistic)
  }
}

# Families of p values, missing ones counted out.
families <- list(
  four = c(0.01, 0.02, 0.03, 0.04), tied = c(0.05, 0.01, 0.01, 0.2, 0.9), missing = c(0.03, NA, 0.001, 0.5, NA, 0.04),
  one = 0.04, extremes = c(0, 1, 1e-300, 0.5, 1), all_missing = c(NA_real_, NA_real_)
)
for (name in names(families)) {
  for (kind in c("holm", "benjamini_hochberg", "bonferroni", "none")) {
    found <- p.adjust(families[[name]], if (kind == "benjamini_hochberg") "BH" else kind)
    for (i in seq_along(found)) put("adjustment", name, i, kind, found[i])
  }
}

# Agreement: vcd's kappa with its asymptotic standard error.
agreement <- list(
  three = matrix(c(10, 3, 1, 2, 8, 4, 0, 3, 9), 3, byrow = TRUE),
  four = matrix(c(12, 3, 0, 1, 2, 15, 4, 0, 1, 5, 9, 2, 0, 0, 3, 11), 4, byrow = TRUE),
  two = matrix(c(40, 9, 12, 22), 2, byrow = TRUE),
  meerun_response = unclass(paired$meerun_response),
  lung_scales = unclass(paired$lung_scales),
  below_chance = matrix(c(2, 7, 9, 3), 2, byrow = TRUE)
)
for (name in names(agreement)) {
  for (kind in c("unweighted", "linear", "quadratic")) {
    found <- vcd::Kappa(agreement[[name]], weights = if (kind == "quadratic") "Fleiss-Cohen" else "Equal-Spacing")
    part <- if (kind == "unweighted") found$Unweighted else found$Weighted
    put("kappa", name, "estimate", kind, part["value"])
    put("kappa", name, "se", kind, part["ASE"])
  }
}

# Larger tables.
tables <- list(
  anes_vote_party = table(anes$vote, anes$pid),
  gbsg2_grade_menopause = table(gbsg2$tgrade, gbsg2$menostat),
  lung_sex_ecog = table(lung$sex, lung$ph.ecog),
  larynx_stage_death = table(larynx$stage, larynx$event),
  meerun_vein_necrosis = table(meerun$pvtt_class[meerun$pvtt_class != ""], meerun$pathological_necrosis[meerun$pvtt_class != ""])
)
for (name in names(tables)) {
  table <- tables[[name]]
  found <- suppressWarnings(chisq.test(table, correct = FALSE))
  put("chi_square_more", name, "statistic", "plain", found$statistic)
  put("chi_square_more", name, "df", "plain", found$parameter)
  put("chi_square_more", name, "p", "plain", found$p.value)
  if (name != "anes_vote_party") {
    put("fisher_more", name, "p", "min_likelihood", fisher.test(table, workspace = 2e7)$p.value)
  }
}
write_reference("group_tests")
