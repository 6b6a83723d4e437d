# shellcheck shell=dash
# description: what the target answers to raw CCR commands: every status, the log page, a full log; a host refused by it (40h) finds another source
# requires: kernel=patched-*,recovery-*
# paths: 0
# timeout: 400
. /lab/lib.sh

LAB_KATO=60
# A held command is no reason to give up a path here.
LAB_IO_TIMEOUT_MS=600000
BAD=0

# answer GLOB WHAT ARGUMENT... - what rawccr prints matches
answer() {
	local want=$1 what=$2 got
	shift 2
	got=$(rawccr "$@" 2>&1)
	# shellcheck disable=SC2254 # a pattern is meant
	case $got in
	$want) ;;
	*) complain "$what: $got, expected $want"; BAD=1 ;;
	esac
}

get() { # CTRL FIELD
	rawccr "/dev/$1" get "$2"
}

# name CTRL - the instance that it is now, as words for `rawccr DEV ccr`
name() {
	echo "$(get "$1" cntlid) $(get "$1" ciu) $(get "$1" cirn)"
}

all_live() {
	wait_or_say 60 '[ "$(ctrls_live)" = 8 ]' "8 live controllers"
}

# completed N - the log of S has so many resets that are over
completed() {
	wait_or_say 20 "[ \$(rawccr $S log | grep -c ccrs=1) = $1 ]" "$1 completed resets in the log"
}

ccr_paths 8 0 4 && S=/dev/$(ctrl_of 4420) || exit 1
[ "$(get nvme0 ccrl)" = 4 ] && [ "$(get nvme0 cqt)" = 0 ] || { complain "identify"; BAD=1; }
answer '*=0x00000001' "supported, says the effects log" "$S" effects 0x38
answer '*entries 0' "an empty log" "$S" log

# Who is meant?
answer 'status=0x002 dnr=1*' "itself" "$S" reset "$S"
answer 'status=0x000*result=0x00000001' "an unknown controller: at once" "$S" ccr 999 5 1
answer 'status=0x000*result=0x00000001' "another CIRN: at once" "$S" reset /dev/nvme1 dcirn=1
answer 'status=0x000*result=0x00000001' "another CIU: at once" "$S" reset /dev/nvme1 dciu=1
answer 'status=0x002 dnr=1*' "CIU 0" "$S" ccr "$(get nvme1 cntlid)" 0 "$(get nvme1 cirn)"
[ "$(ctrl_state nvme1)" = live ] || { complain "nvme1 was reset"; BAD=1; }
target_recovery s1 0 0 && wait_or_say 30 '[ "$(get nvme0 ccrl)" = 0 ]' "a target without CCR" && all_live || exit 1
answer 'status=0x001 dnr=1*' "a target without CCR: invalid opcode" "$S" ccr 999 5 1
answer 'status=0x002 dnr=1*' "a target without CCR: no log page" "$S" log
answer '*=0x00000000' "a target without CCR: effects log" "$S" effects 0x38
all_down || exit 1

# In progress, and the limit: writes of six controllers hang in the backend.
backend_start && ccr_paths 8 0 4 /dev/nbd0 && backend hold holding || exit 1
# Told of what is complete, the host would read the log, and remove it.
answer 'status=0x000*' "no event" "$S" aen 0x100
for n in 1 2 3 4 5 6; do
	held_write nvme$n $n && eval "NAME$n=\$(name nvme$n)" || exit 1
done
# shellcheck disable=SC2086,SC2154 # words are meant; set by eval
{
	for one in "$NAME1" "$NAME2" "$NAME3" "$NAME4"; do
		answer 'status=0x000*result=0x00000000' "accepted" "$S" ccr $one
	done
	answer 'status=0x13f dnr=1*' "in progress" "$S" ccr $NAME1
	answer 'status=0x141 dnr=0*' "beyond the limit" "$S" ccr $NAME5
	answer 'status=0x000*result=0x00000001' "unknown, at the limit: at once" "$S" ccr 999 5 1
}
answer '*entries 4' "four in progress are not removed" "$S" log rmc
backend release released && completed 4 || exit 1
# shellcheck disable=SC2086
answer 'status=0x000*result=0x00000001' "gone now: at once" "$S" ccr $NAME1
answer '*entries 4' "four, told for the last time" "$S" log rmc
answer '*entries 0' "removed" "$S" log
all_live || exit 1

# A full log, as still nobody reads it.
n=0
while [ $n -lt 32 ]; do
	victim=nvme$((n % 6 + 1))
	wait_state $victim live 30 && rawccr "$S" reset /dev/$victim | grep -q 'status=0x000' || exit 1
	n=$((n + 1))
	[ $((n % 4)) -ne 0 ] || completed $n || exit 1
done
all_live || exit 1
answer 'status=0x140 dnr=0*' "the log is full" "$S" reset /dev/nvme1
# The host has to find that out, too, and asks another one.
live_start && backend hold holding && held_write nvme1 7 && path_kill 4421 &&
	wait_said nvme1 "CCR failed with error 320" 20 && backend release released && live_wait 1 60 && live_stop &&
	all_live || exit 1
all_down && exit $BAD
