#!/usr/bin/env Rscript
# SPDX-License-Identifier: GPL-2.0
#
# What R says of the statistics in tools/stats, for tests/unit/test_stats_reference.c: one case a
# line, on stdout. `make stats-fixtures` writes reference.txt with it.
#
# What comes from R itself, and what does not:
#
#   Mann-Whitney      wilcox.test(). It has no exact distribution for ties (R 4.2): that one comes from
#                     rank sums here, of all subsets (combn) where they are few, else added up sample by
#                     sample (Streitberg and Roehmel's shift algorithm); where both can be had they are
#                     compared. Where all samples are equal, R has NaN for the approximation: 1 here.
#   Hodges-Lehmann    wilcox.test(exact = TRUE, conf.int = TRUE) without ties. With ties, and of more
#                     than 50 samples, median(outer()) and order statistics of outer(); those of more
#                     than 50 are compared with the interval of wilcox.test(exact = FALSE), which finds
#                     the same by uniroot() to 1e-4. R gives the whole range where there is no interval
#                     with the confidence that is asked for: infinite here.
#   Fisher            fisher.test(), but phyper() and dhyper() for what its workspace is too small for.
#   Holm              p.adjust("holm").
#   quantiles         quantile(type = 1).
#   sample size       Noether's formula on qnorm().
#
# A set of samples is their number and all of them; or @number:multiplier:modulus:base, of which
# sample i, from 0, is base + i * multiplier mod modulus.

RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20612)
options(warn = 1)

EXACT <- 50 # NCT_RANKS_EXACT

number <- function(x) {
	short <- sprintf("%.15g", x)
	ifelse(as.numeric(short) == x, short, sprintf("%.17g", x))
}

line <- function(...) cat(paste(c(...), collapse = " "), "\n", sep = "")

listed <- function(x) c(length(x), number(x))

generated <- function(n, multiplier, modulus, base) {
	structure(base + ((0:(n - 1)) * multiplier) %% modulus,
		text = sprintf("@%d:%d:%d:%s", n, multiplier, modulus, number(base)))
}

samples <- function(x) {
	if (is.null(attr(x, "text"))) listed(x) else attr(x, "text")
}

# ---- Mann-Whitney -------------------------------------------------------------------

tied <- function(a, b) anyDuplicated(c(a, b)) > 0

# In how many ways each sum of doubled ranks comes about if m of all get into b.
ways_by_subsets <- function(ranks, m) tabulate(colSums(matrix(combn(ranks, m), m)) + 1, sum(ranks) + 1)

ways_by_shift <- function(ranks, m) {
	ways <- matrix(0, m + 1, sum(ranks) + 1)
	ways[1, 1] <- 1
	width <- ncol(ways)
	for (r in ranks)
		for (k in m:1)
			ways[k + 1, (r + 1):width] <- ways[k + 1, (r + 1):width] + ways[k, 1:(width - r)]
	ways[m + 1, ]
}

exact_with_ties <- function(a, b) {
	ranks <- 2 * rank(c(a, b))
	m <- length(b)
	got <- sum(ranks[length(a) + 1:m])
	ways <- ways_by_shift(ranks, m)
	if (choose(length(ranks), m) < 2000)
		stopifnot(all(ways == ways_by_subsets(ranks, m)))
	c(sum(ways[(got + 1):length(ways)]), sum(ways[1:(got + 1)])) / sum(ways)
}

mann_whitney <- function(a, b) {
	exact <- length(a) <= EXACT && length(b) <= EXACT
	both <- sapply(c("greater", "less"), function(side)
		suppressWarnings(wilcox.test(b, a, side, exact = exact, correct = TRUE))$p.value)
	if (exact && tied(a, b))
		both <- exact_with_ties(a, b)
	if (length(unique(c(a, b))) == 1)
		both <- c(1, 1)
	u <- sum(rank(c(a, b))[length(a) + seq_along(b)]) - length(b) * (length(b) + 1.0) / 2
	c(u, both)
}

# ---- Hodges-Lehmann -----------------------------------------------------------------

spread <- function(x, all) {
	t <- as.numeric(table(x))
	sum(t * (all - t) * (all + t))
}

# The rank of the lower bound among the differences; 0: none.
rank_of_low <- function(a, b, confidence) {
	n <- as.numeric(length(a))
	m <- as.numeric(length(b))
	tail <- (1 - confidence) / 2
	if (n <= EXACT && m <= EXACT)
		return(qwilcox(tail, n, m))
	all <- n + m
	sigma <- sqrt(n * m / 12 * (spread(a, all) + spread(b, all)) / (all * (all - 1)))
	max(0, ceiling(n * m / 2 + qnorm(tail) * sigma - 0.5))
}

# The difference of this rank by bisection, for sets whose differences are too many to be held.
nth_difference <- function(a, b, rank) {
	b <- sort(b)
	low <- min(b) - max(a) - 1
	high <- max(b) - min(a)
	while (high - low > 1) {
		middle <- floor((low + high) / 2)
		if (sum(as.numeric(findInterval(middle + a, b))) >= rank)
			high <- middle
		else
			low <- middle
	}
	high
}

nth_differences <- function(a, b, ranks) {
	if (as.numeric(length(a)) * length(b) > 1e7)
		sapply(ranks, function(r) nth_difference(a, b, r))
	else
		sort(outer(b, a, "-"))[ranks]
}

by_outer <- function(a, b, confidence) {
	pairs <- as.numeric(length(a)) * length(b)
	low <- rank_of_low(a, b, confidence)
	ranks <- c(floor((pairs + 1) / 2), ceiling((pairs + 1) / 2), max(low, 1), pairs + 1 - max(low, 1))
	d <- nth_differences(a, b, ranks)
	c((d[1] + d[2]) / 2, if (low) d[3:4] else c(-Inf, Inf))
}

# R's own interval is that of the test turned round.
agrees_with_r <- function(a, b, confidence, shift) {
	w <- suppressWarnings(wilcox.test(b, a, exact = FALSE, conf.int = TRUE, conf.level = confidence))
	stopifnot(abs(w$conf.int - shift[2:3]) < 1e-3)
}

hodges_lehmann <- function(a, b, confidence) {
	shift <- by_outer(a, b, confidence)
	if (length(a) > EXACT || length(b) > EXACT) {
		if (min(length(a), length(b)) > 20 && length(unique(a)) > 1 && length(unique(b)) > 1)
			agrees_with_r(a, b, confidence, shift)
		return(shift)
	}
	if (!tied(a, b)) {
		w <- suppressWarnings(wilcox.test(b, a, exact = TRUE, conf.int = TRUE,
			conf.level = confidence))
		shift <- c(w$estimate, if (rank_of_low(a, b, confidence)) w$conf.int else c(-Inf, Inf))
	}
	shift
}

ranks <- function(a, b, confidence = 0.95) {
	line("ranks", confidence, samples(a), samples(b),
		number(c(mann_whitney(a, b), hodges_lehmann(a, b, confidence))))
}

# ---- cases of them ------------------------------------------------------------------

size <- function() sample(EXACT, 1, prob = 1 / (5 + 1:EXACT))
confidence <- function() sample(c(0.95, 0.95, 0.99, 0.9, 0.999, 0.5), 1)

# Times as they are measured: nanoseconds around one or several modes, a long tail.
nanoseconds <- function(n, by = 0) floor(rlnorm(n, log(sample(c(4e4, 4e7, 15e9), 1)), 1) * (1 + by))

ranks_of_random_sets <- function() {
	for (i in 1:200) # no ties
		ranks(nanoseconds(size()), nanoseconds(size(), runif(1)), confidence())
	for (i in 1:350) { # some to many, and few values at all
		values <- sample(c(2, 3, 5, 20, 60), 1)
		ranks(sample(values, size(), TRUE), sample(values, size(), TRUE) + sample(0:1, 1),
			confidence())
	}
	for (i in 1:40) { # whole seconds
		second <- 1e9
		ranks(sample(20:25, size(), TRUE) * second, sample(20:27, size(), TRUE) * second)
	}
	for (i in 1:40) # where doubles end
		ranks(2^53 - sample(300, size()), 2^53 - sample(300, size()), confidence())
	for (i in 1:140) { # approximation
		values <- sample(c(2, 5, 30, 1000, 99999), 1)
		ranks(sample(values, sample(51:100, 1), TRUE), sample(values, sample(90, 1), TRUE) +
			sample(0:3, 1), confidence())
	}
}

ranks_of_edges <- function() {
	ranks(5, 3)
	ranks(3, 5)
	ranks(4, 4)
	ranks(4, 4, 0.5)
	ranks(0, 2^53)
	ranks(7, 1:50)
	ranks(1:50, 7)
	ranks(7, 1:51)
	ranks(1:51, 7)
	ranks(1:50, 1:50)
	ranks(1:50, 1:51)
	ranks(1:51, 1:50)
	ranks(1:51, 1:51)
	ranks(1:50, 51:100)   # the least p there is
	ranks(51:100, 1:50)
	ranks(1:60, 61:120)
	ranks(seq(1, 99, 2), seq(2, 100, 2))
	for (n in c(1, 2, 3, 30, 50, 51, 80))
		ranks(rep(9, n), rep(9, n))
	ranks(rep(9, 50), rep(9, 51))
	ranks(rep(9, 50), c(rep(9, 49), 10))
	ranks(rep(9, 80), c(rep(9, 79), 10))
	ranks(c(rep(9, 80), 8), rep(9, 80))
	ranks(rep(8, 30), rep(9, 30))
	ranks(rep(8, 70), rep(9, 70))
	ranks(1:3, 4:6)
	ranks(1:4, 5:8)
	ranks(1:4, 5:8, 0.99)
	ranks(c(1e9, 2e9, 3600e9), c(1, 2, 2^52))
	ranks(generated(1000, 7919, 99991, 1e9), generated(1200, 104729, 99989, 1e9 + 900))
	ranks(generated(2000, 7919, 17, 0), generated(300, 31, 19, 0))
	ranks(generated(100000, 7919, 1299709, 4e7), generated(100000, 15485863, 1299721, 4e7 + 3000))
	ranks(generated(100000, 7919, 13, 4e7), generated(100000, 104729, 13, 4e7))
	ranks(generated(100000, 31, 1, 77), generated(100000, 31, 1, 77))
	ranks(generated(100000, 7919, 1299709, 4e7), 40650000)
	ranks(c(1, 40650000, 2^52), generated(100000, 7919, 1299709, 4e7))
}

# ---- Fisher -------------------------------------------------------------------------

# All tables of two rows and three columns, for margins that are too much for fisher.test().
by_all_tables <- function(a, b) {
	total <- a + b
	first <- max(0, sum(a) - total[2] - total[3]):min(total[1], sum(a))
	p <- lapply(first, function(x) {
		left <- sum(a) - x
		dhyper(x, total[1], total[2] + total[3], sum(a)) *
			dhyper(max(0, left - total[3]):min(total[2], left), total[2], total[3], left)
	})
	at <- dhyper(a[1], total[1], total[2] + total[3], sum(a)) *
		dhyper(a[2], total[2], total[3], sum(a) - a[1])
	sum(sapply(p, function(q) sum(q[q <= at * (1 + 1e-7)])))
}

fisher <- function(a, b, p = NULL) {
	used <- a + b > 0
	if (is.null(p))
		p <- if (sum(used) < 2 || !sum(a) || !sum(b)) 1
			else fisher.test(rbind(a, b)[, used], workspace = 4e6)$p.value
	line("fisher", length(a), number(a), number(b), number(p))
}

fisher_cases <- function() {
	for (i in 1:120) {
		most <- sample(c(3, 10, 40, 500), 1)
		fisher(sample(0:most, 2, TRUE), sample(0:most, 2, TRUE))
	}
	for (i in 1:30)
		fisher(rbinom(2, 1e5, c(0.5, 0.5)), rbinom(2, 1e5, c(0.5, 0.5)))
	for (i in 1:150) {
		n <- sample(3:5, 1)
		most <- sample(c(2, 5, 10, if (n < 5) 30), 1)
		fisher(sample(0:most, n, TRUE), sample(0:most, n, TRUE))
	}
	for (i in 1:20) { # one class is rare
		a <- c(rbinom(1, 200, 0.9), rbinom(1, 20, 0.5), rbinom(2, 2, 0.5))
		fisher(a, a + c(sample(-5:5, 1), 0, sample(0:2, 2, TRUE)))
	}
	fisher(c(100000, 0), c(99990, 10))
	fisher(c(100000, 1), c(1, 100000))
	fisher(c(100000, 100000), c(100000, 100000))
	fisher(c(90000, 10000), c(89000, 11000))
	fisher(c(5, 0), c(7, 0))
	fisher(c(0, 0), c(7, 3))
	fisher(7, 3)
	fisher(c(0, 0, 0), c(0, 0, 0))
	fisher(c(1, 0), c(0, 1))
	fisher(c(10, 0), c(0, 10))
	fisher(c(0, 8, 0, 2), c(0, 2, 0, 8))
	fisher(c(200, 200, 200, 200, 200), c(190, 210, 205, 195, 200))
	for (set in list(list(c(99000, 900, 100), c(98900, 950, 150)),
			 list(c(30, 3000, 96970), c(45, 2900, 97055)),
			 list(c(300, 300, 400), c(330, 250, 420))))
		fisher(set[[1]], set[[2]], by_all_tables(set[[1]], set[[2]]))
}

# ---- the rest -----------------------------------------------------------------------

holm_cases <- function() {
	for (i in 1:100) {
		p <- runif(sample(40, 1))^sample(c(1, 3, 20), 1)
		if (i %% 4 == 0)
			p <- signif(p, 1)
		line("holm", listed(p), number(p.adjust(p, "holm")))
	}
	for (p in list(0, 1, c(0, 0), c(1, 1), c(0.5, 0.5, 0.5), c(0.01, 1, 0.02)))
		line("holm", listed(p), number(p.adjust(p, "holm")))
}

quantile_cases <- function() {
	for (i in 1:150) {
		x <- sample(c(5, 1e9), 1) * runif(sample(60, 1))
		permille <- sample(c(0, 1, 100, 250, 500, 900, 990, 999, 1000, sample(1000, 5)), 1)
		x <- floor(x)
		line("quantile", permille, listed(x),
			number(quantile(x, permille / 1000, type = 1, names = FALSE)))
	}
}

needed <- function(alpha, power, superiority) {
	z <- qnorm(1 - alpha) + qnorm(power)
	n <- if (superiority <= 0.5) 0 else ceiling(max(z, 0)^2 / (6 * (superiority - 0.5)^2))
	if (n)
		while (1 / choose(2 * n, n) > alpha)
			n <- n + 1
	line("needed", alpha, power, superiority, number(n))
}

needed_cases <- function() {
	for (alpha in c(0.05, 0.01, 0.001))
		for (power in c(0.5, 0.8, 0.9, 0.99))
			for (superiority in c(0.3, 0.5, 0.501, 0.55, 0.64, 0.71, 0.9, 1))
				needed(alpha, power, superiority)
}

cat("# SPDX-License-Identifier: GPL-2.0\n")
cat("# Made by tests/data/stats/reference.R (make stats-fixtures) with ", R.version.string, "\n",
	sep = "")
ranks_of_random_sets()
ranks_of_edges()
fisher_cases()
holm_cases()
quantile_cases()
needed_cases()
