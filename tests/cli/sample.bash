# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A recording that needs no kernel.

# recording FILE - the sample
recording() {
	local top=$BATS_TEST_DIRNAME/../..
	sqlite3 "$1" <<-SQL
		PRAGMA application_id = 0x6e636374;
		PRAGMA user_version = 1;
		.read $top/tools/recording/schema.sql
		.read $top/tests/data/recording/sample.sql
	SQL
}
