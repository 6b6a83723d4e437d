# shellcheck shell=dash
# description: a user's reset is told as one, not as a recovery
. /lab/lib.sh

watch_start && ctrl=$(ctrl_of 4420) || exit 1
# It returns when the reset is over.
for n in 1 2 3; do
	ctrl_reset "$ctrl" && wait_state "$ctrl" live 10 && live_wait $n 10 || exit 1
done
watch_stop 3
