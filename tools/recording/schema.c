// SPDX-License-Identifier: GPL-2.0
#include "schema.h"

/* schema.sql as it is, so that who writes queries reads what is executed here. */
__asm__(".pushsection .rodata\n"
	".global nct_schema_sql\n"
	"nct_schema_sql:\n"
	".incbin \"tools/recording/schema.sql\"\n"
	".byte 0\n"
	".popsection\n");
