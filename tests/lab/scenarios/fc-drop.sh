# shellcheck shell=dash
# description: nvme-fc over fcloop, one write lost
# transport: fc
# requires: kernel=stock-6.12
. /lab/lib.sh

watch_start && io_start || exit 1
fc_drop_write && live_wait 1 30 && wait_or_say 15 '[ "$(ctrls_live)" = 2 ]' "both controllers" || exit 1
io_stop && watch_stop 1
