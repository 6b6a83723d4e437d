# shellcheck shell=dash
# description: nvme-fc over fcloop, a write lost, three times
# transport: fc
# requires: kernel=stock-6.12,patched-*,recovery-*,traced-*
. /lab/lib.sh

watch_start && io_start || exit 1
for n in 1 2 3; do
	fc_drop_write && live_wait $n 30 &&
		wait_or_say 15 '[ "$(ctrls_live)" = 2 ]' "both controllers" || exit 1
done
io_stop && watch_stop 3
