// SPDX-License-Identifier: GPL-2.0
/* libFuzzer: import --from dmesg of anything at all. */
#include "../../tools/source/dmesg.h"
#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_import(nct_dmesg_import, data, size);
	return 0;
}
