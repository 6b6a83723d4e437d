// SPDX-License-Identifier: GPL-2.0
/*
 * Whatever is imported, nothing crashes, sessions and recoveries begin and end once, and
 * phases sum up (fuzz/check.h): random bytes; lines of real logs and traces in any order, cut,
 * glued, with bytes changed; whole logs with other logs mixed in.
 *
 * NCT_IMPORTS: how many of each (default 10000). NCT_SEED: where to begin.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "imported.h"

#define MAX_LINES 2000

static char *lines[MAX_LINES];
static size_t nlines;
static uint64_t seed;

/* xorshift64* */
static uint64_t any(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 0x2545f4914f6cdd1dull;
}

static size_t below(size_t n)
{
	return (size_t)((any() >> 16) % n);
}

static unsigned long imports(void)
{
	const char *n = getenv("NCT_IMPORTS");

	return n ? strtoul(n, NULL, 10) : 10000;
}

static int load(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t size = 0;

	if (!f)
		return -1;
	while (nlines < MAX_LINES && getline(&lines[nlines], &size, f) > 0) {
		nlines++;
		size = 0;
	}
	if (nlines < MAX_LINES) { /* what getline made room for at the end */
		free(lines[nlines]);
		lines[nlines] = NULL;
	}
	fclose(f);
	return 0;
}

static int setup(void **state)
{
	static const char *const files[] = {
		"tests/data/import/ccr-rejected-patched.dmesg",
		"tests/data/import/tcp-removal-patched.dmesg",
		"tests/data/import/fc-drop-patched.dmesg",
		"tests/data/import/tcp-drop-stock.dmesg",
		"tests/data/import/two-hosts.dmesg",
		"tests/data/import/ccr-timeout-patched.ftrace",
		"tests/data/import/tcp-kill-stock.ftrace",
		"tests/fuzz/corpus/dmesg/formats",
		"tests/fuzz/corpus/ftrace/tracepoints",
	};
	const char *text = getenv("NCT_SEED");

	(void)state;
	seed = text ? strtoull(text, NULL, 0) | 1 : 0x9e3779b97f4a7c15ull;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (load(files[i]))
			return -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < MAX_LINES; i++)
		free(lines[i]);
	return 0;
}

static void import_both(const char *data, size_t size, uint64_t began)
{
	static const import_fn from[] = { nct_dmesg_import, nct_ftrace_import };
	const struct nct_session model = { .resolution_ns = 1 };

	for (size_t i = 0; i < 2; i++) {
		struct nct_import_stats stats = { 0 };
		struct check check = { 0 };
		struct nct_lines l;

		nct_lines_memory(&l, data, size);
		if (from[i](&l, &model, &check_ops, &check, &stats) ||
		    stats.sessions != check.sessions || stats.understood > stats.lines)
			fail_msg("NCT_SEED=%#llx", (unsigned long long)began);
		nct_lines_close(&l);
	}
}

static void test_random_bytes(void **state)
{
	static const char common[] = "[]0123456789.: nvme\n\r<>{}\"-,+TZ";
	char data[512];

	(void)state;
	for (unsigned long n = imports(); n; n--) {
		uint64_t began = seed;
		size_t size = below(sizeof(data));

		for (size_t i = 0; i < size; i++)
			data[i] = any() & 1 ? common[below(sizeof(common) - 1)] : (char)any();
		import_both(data, size, began);
	}
}

/* One line, perhaps not all of it, perhaps not as it was. */
static size_t add_line(char *to, size_t room)
{
	const char *line = lines[below(nlines)];
	size_t len = strlen(line), from = 0;

	switch (below(16)) {
	case 0:
		len = below(len + 1);
		break;
	case 1:
		from = below(len + 1);
		break;
	default:
		break;
	}
	if (len < from || len - from > room)
		return 0;
	memcpy(to, line + from, len - from);
	if (len > from && !below(8))
		to[below(len - from)] = (char)any();
	return len - from;
}

static void test_shuffled_lines(void **state)
{
	static char data[16384];

	(void)state;
	for (unsigned long n = imports(); n; n--) {
		uint64_t began = seed;
		size_t size = 0;

		for (size_t k = below(80); k; k--)
			size += add_line(data + size, sizeof(data) - size);
		import_both(data, size, began);
	}
}

/* In their order, with some left out, so that recoveries do get far. */
static void test_thinned_logs(void **state)
{
	static char data[65536];

	(void)state;
	for (unsigned long n = imports() / 10; n; n--) {
		uint64_t began = seed;
		size_t size = 0, rare = 1 + below(10);

		for (size_t i = below(nlines); i < nlines; i++) {
			size_t len = strlen(lines[i]);

			if (!below(rare) || len > sizeof(data) - size)
				continue;
			memcpy(data + size, lines[i], len);
			size += len;
		}
		import_both(data, size, began);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_shuffled_lines),
		cmocka_unit_test(test_thinned_logs),
	};

	return cmocka_run_group_tests_name("anything imported", tests, setup, teardown);
}
