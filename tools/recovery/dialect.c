// SPDX-License-Identifier: GPL-2.0
/* Which kernels have which states. */
#include "recovery.h"

enum nct_dialect nct_dialect_of_state(enum nct_state state)
{
	switch (state) {
	case NCT_STATE_RECOVERING:
		return NCT_DIALECT_RECOVERING;
	case NCT_STATE_FENCING:
	case NCT_STATE_FENCED:
		return NCT_DIALECT_FENCING;
	default:
		return NCT_DIALECT_UNKNOWN;
	}
}
