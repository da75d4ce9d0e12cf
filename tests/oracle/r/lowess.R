# A smooth line through points: stats::lowess as it is used under residuals.
for (name in c("lung", "rossi", "gbsg2", "heart", "iris")) {
  set <- read_data(name)
  pair <- list(lung = c("age", "time"), rossi = c("prio", "time"), gbsg2 = c("pnodes", "time"), heart = c("age", "time"),
               iris = c("petal_length", "sepal_width"))[[name]]
  set <- set[complete.cases(set[, pair]), ]
  made <- lowess(set[[pair[1]]], set[[pair[2]]], f = 2 / 3, iter = 3, delta = 0)
  first <- !duplicated(made$x)
  put("lowess", name, sprintf("y@%.15g", made$x[first]), "", made$y[first])
}
write_reference("lowess")
