// SPDX-License-Identifier: GPL-2.0
/* libFuzzer: import --from ftrace of anything at all. */
#include "../../tools/source/ftrace.h"
#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct nct_session model = { .resolution_ns = 1 };
	struct nct_import_stats stats = { 0 };
	struct check check = { 0 };
	struct nct_lines lines;

	nct_lines_memory(&lines, (const char *)data, size);
	REQUIRE(nct_ftrace_import(&lines, &model, &check_ops, &check, &stats) == 0);
	nct_lines_close(&lines);
	REQUIRE(stats.sessions == check.sessions && stats.understood <= stats.lines);
	return 0;
}
