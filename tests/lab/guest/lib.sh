# shellcheck shell=dash
# Helpers for scripts that run in the guest:   . /lab/lib.sh
#
# Nothing here sleeps for a fixed time: everything waits for an event, and no longer than a
# deadline in seconds. Every function that can fail says why on stderr and returns non-zero.
#
# busybox sh takes its own applet even where /bin has a better tool; these two are the ones that
# matter. What is run by another program (xargs, timeout ...) must be called by its path.
ip() { /bin/ip "$@"; }
tc() { /bin/tc "$@"; }

. /lab/config

LAB_NQN=nqn.2014-08.org.example
LAB_KATO=${LAB_KATO:-2}
LAB_RECONNECT_DELAY=${LAB_RECONNECT_DELAY:-1}
LAB_LOSS_TMO=${LAB_LOSS_TMO:-60}
LAB_IO_TIMEOUT_MS=${LAB_IO_TIMEOUT_MS:-3000}
LAB_QUEUES=${LAB_QUEUES:-2}
NVMET=/sys/kernel/config/nvmet

. /lab/lib-wait.sh
. /lab/lib-target.sh
. /lab/lib-host.sh
. /lab/lib-fail.sh
. /lab/lib-truth.sh
. /lab/lib-live.sh
. /lab/lib-io.sh
. /lab/lib-ccr.sh
. /lab/lib-ghost.sh
# shellcheck disable=SC1090 # lib-rdma.sh, lib-fc.sh or lib-pci.sh
[ "$LAB_TRANSPORT" = tcp ] || . "/lab/lib-$LAB_TRANSPORT.sh"

# transport_up - the set-up that the command line or the scenario's header asked for
transport_up() {
	"${LAB_TRANSPORT}_up" "$LAB_PATHS"
}
