# What every script here uses. Values are written with 17 significant digits, so that a double reads back unchanged.
library(survival)

oracle_rows <- list()

put <- function(method, dataset, quantity, convention, value) {
  oracle_rows[[length(oracle_rows) + 1]] <<- data.frame(
    method = method, dataset = dataset, quantity = as.character(quantity), convention = convention,
    value = as.numeric(value), stringsAsFactors = FALSE
  )
}

write_reference <- function(name) {
  rows <- do.call(rbind, oracle_rows)
  rows$value <- ifelse(is.na(rows$value), "NA", sprintf("%.17g", rows$value))
  write.csv(rows, file.path("tests/oracle/reference", paste0(name, ".csv")), row.names = FALSE, quote = FALSE, eol = "\n")
  oracle_rows <<- list()
}

# R, the platform and every package loaded so far, added to what the file holds.
write_session <- function(path) {
  packages <- setdiff(loadedNamespaces(), rownames(installed.packages(priority = "base")))
  known <- if (file.exists(path)) readLines(path) else character()
  found <- paste(packages, vapply(packages, function(name) as.character(packageVersion(name)), ""))
  head <- c(R.version.string, paste("platform", R.version$platform))
  writeLines(c(head, sort(union(setdiff(known, head), found))), path)
}

read_data <- function(name) read.csv(file.path("tests/oracle/data", paste0(name, ".csv")))

# Times with events, by name; the same list stands in tests/oracle/datasets.py.
survival_data <- function() {
  meerun <- read_data("meerun_tumours")
  meerun <- meerun[!is.na(meerun$time_to_surgery_months), ]
  sets <- list(
    lung = read_data("lung"), aml = read_data("aml"), waltons = read_data("waltons"), larynx = NULL,
    rossi = read_data("rossi"),
    meerun = data.frame(time = meerun$time_to_surgery_months, event = 1,
                        group = ifelse(meerun$pathological_necrosis == "CPN", "CPN", "other"))
  )
  larynx <- read_data("larynx")
  names(larynx)[names(larynx) == "death"] <- "event"
  larynx$stage <- 1 + larynx$Stage_II + 2 * larynx$Stage_III + 3 * larynx$Stage_IV
  sets$larynx <- larynx
  constructed <- read_data("constructed")
  for (name in unique(constructed$dataset)) sets[[name]] <- constructed[constructed$dataset == name, ]
  sets
}
