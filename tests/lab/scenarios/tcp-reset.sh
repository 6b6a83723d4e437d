# shellcheck shell=dash
# description: a user's reset is told as one, not as a recovery
. /lab/lib.sh

watch_start && ctrl=$(ctrl_of 4420) || exit 1
# Returns when the reset is over.
echo 1 >"/sys/class/nvme/$ctrl/reset_controller" && wait_state "$ctrl" live 10 && watch_stop 1
