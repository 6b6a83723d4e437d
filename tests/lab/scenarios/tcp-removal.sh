# shellcheck shell=dash
# description: ctrl_loss_tmo runs out: the recovery ends by removal
. /lab/lib.sh

LAB_LOSS_TMO=3
ctrl=$(ctrl_of 4421) && ctrl_delete "$ctrl" && wait_state "$ctrl" gone 10 && tcp_connect 4421 &&
	wait_or_say 20 '[ "$(ctrls_live)" = 2 ]' "the new controller" || exit 1
ctrl=$(ctrl_of 4421)
watch_start && port_unlink 4421 && wait_state "$ctrl" gone 30 && watch_stop 1 || exit 1
LAB_LOSS_TMO=60
port_link 4421 && tcp_connect 4421
