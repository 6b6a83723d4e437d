#!/usr/bin/env Rscript
# SPDX-License-Identifier: GPL-2.0
#
# The statistics of a gate as R does them: for every pair of DIRECTORY/METRIC.a and METRIC.b (doubles
# of this machine) wilcox.test() to both sides; and for the first few of them the shift with its
# interval, which takes R a minute each for 100,000 samples on each side.
#
#   stats.R DIRECTORY INTERVALS
#
# Prints one JSON line as build/bench/stats does, in seconds of processor time. Starting R and
# reading the files are not in them. R finds the shift and its bounds as roots, to 1e-4; to make
# all differences (exact = TRUE) would take 80 GB.

arguments <- commandArgs(TRUE)
stopifnot(length(arguments) == 2)
directory <- arguments[1]
intervals <- as.integer(arguments[2])

set_of <- function(path) readBin(path, "double", file.size(path) / 8)

seconds_of <- function(expression) sum(system.time(expression, gcFirst = FALSE)[1:2])

field <- function(name, value) sprintf('"%s":%.17g', name, value)

tests <- function(a, b) {
	seconds <- seconds_of({
		greater <- wilcox.test(b, a, "greater", exact = FALSE)
		less <- wilcox.test(b, a, "less", exact = FALSE)
	})
	c(field("test_s", seconds), field("greater", greater$p.value), field("less", less$p.value))
}

shift <- function(a, b) {
	seconds <- seconds_of(w <- wilcox.test(b, a, exact = FALSE, conf.int = TRUE, conf.level = 0.95))
	c(field("shift_s", seconds), field("shift", w$estimate), field("low", w$conf.int[1]),
		field("high", w$conf.int[2]))
}

compare <- function(i) {
	a <- set_of(file.path(directory, paste0(metrics[i], ".a")))
	b <- set_of(file.path(directory, paste0(metrics[i], ".b")))
	fields <- c(sprintf('"metric":"%s"', metrics[i]), tests(a, b), if (i <= intervals) shift(a, b))
	paste0("{", paste(fields, collapse = ","), "}")
}

metrics <- sub("[.]a$", "", list.files(directory, "[.]a$"))
stopifnot(length(metrics) > 0)
results <- vapply(seq_along(metrics), compare, "")
cat(sprintf('{"bench":"stats-r","metrics":[%s]}\n', paste(results, collapse = ",")))
