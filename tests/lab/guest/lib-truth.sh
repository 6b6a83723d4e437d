# shellcheck shell=dash
# Ground truth: what the kernel did, by its own tracer (kprobe events), not by any BPF program.
# Where fields lie comes from the running kernel's types: /lab/offsets, made on the host.
#
# A tracing instance of our own is used, so that a tool under test can have the main one.

TRACEFS=/sys/kernel/tracing
TRUTH=$TRACEFS/instances/truth

off() { # STRUCT MEMBER
	awk -v s="$1" -v m="$2" '$1 == "offset" && $2 == s && $3 == m { print $4; n = 1; exit }
		END { exit !n }' /lab/offsets
}

size() { # STRUCT
	awk -v s="$1" '$1 == "size" && $2 == s { print $3; n = 1; exit } END { exit !n }' /lab/offsets
}

signed() { # NUMBER - with the sign that a kprobe offset needs
	[ "$1" -lt 0 ] && echo "$1" || echo "+$1"
}

# probe DEFINITION - one event, in the kernel's own words
probe() {
	echo "$1" >>$TRACEFS/kprobe_events
}

# Where a work item's controller instance is, seen from the work item: the work lies either in
# nvme_ctrl itself or beside it in the transport's structure.
work_inst() { # STRUCT WORK
	local inst work ctrl=0
	inst=$(off nvme_ctrl instance) && work=$(off "$1" "$2") || return 1
	[ "$1" = nvme_ctrl ] || ctrl=$(off "$1" ctrl) || return 1
	signed $((ctrl + inst - work))
}

# truth_work KIND TRANSPORT FUNCTION STRUCT WORK - start and end of one work function. What the
# kernel's types do not have (other dialects), or what is not loaded, is left out. 512: in a storm
# that many may run at once, and more returns than that would be missed (and counted).
truth_work() {
	local inst module=nvme_$2
	[ "$2" != pci ] || module=nvme
	[ -d "/sys/module/$module" ] && inst=$(work_inst "$4" "$5") || return 0
	probe "p:lab/$1_start_$2 $3 inst=$inst(%di):s32" && probe "r512:lab/$1_end_$2 $3"
}

truth_works() {
	truth_work err tcp nvme_tcp_error_recovery_work nvme_tcp_ctrl err_work &&
	truth_work err rdma nvme_rdma_error_recovery_work nvme_rdma_ctrl err_work &&
	truth_work err fc nvme_fc_ctrl_ioerr_work nvme_fc_ctrl ioerr_work &&
	truth_work connect tcp nvme_tcp_reconnect_ctrl_work nvme_tcp_ctrl connect_work &&
	truth_work connect rdma nvme_rdma_reconnect_ctrl_work nvme_rdma_ctrl reconnect_work &&
	truth_work connect fc nvme_fc_connect_ctrl_work nvme_fc_ctrl connect_work &&
	truth_work reset tcp nvme_reset_ctrl_work nvme_ctrl reset_work &&
	truth_work reset rdma nvme_rdma_reset_ctrl_work nvme_ctrl reset_work &&
	truth_work reset fc nvme_fc_reset_ctrl_work nvme_ctrl reset_work &&
	truth_work reset pci nvme_reset_work nvme_ctrl reset_work &&
	truth_work fence tcp nvme_tcp_fencing_work nvme_ctrl fencing_work &&
	truth_work fence rdma nvme_rdma_fencing_work nvme_ctrl fencing_work &&
	truth_work fence fc nvme_fc_fencing_work nvme_ctrl fencing_work
}

# No return probe by default: it puts its own address in the place of the caller's, which a tool
# under test would then take for the caller. So the entry is all there is, and truth.awk finds out
# which requests were granted; with "returns" the kernel's own answer is recorded, and the caller
# is named by the return event.
truth_functions() { # [returns]
	local inst state ctrl
	inst=$(off nvme_ctrl instance) && state=$(off nvme_ctrl state) || return 1
	# "old" is what held when the function was entered; it takes ctrl->lock after that.
	# shellcheck disable=SC2016 # $retval and $stack0 are the kernel's
	probe "p:lab/state nvme_change_ctrl_state inst=+$inst(%di):s32 old=+$state(%di):u32 new=%si:u32"' caller=$stack0:symbol' &&
		probe "p:lab/reset_ctrl nvme_reset_ctrl inst=+$inst(%di):s32"' caller=$stack0:symbol' || return 1
	if [ "${1:-}" = returns ]; then
		# shellcheck disable=SC2016
		probe 'r512:lab/state_ret nvme_change_ctrl_state ok=$retval:u8' || return 1
	fi
	truth_recovery || return 1
	# The moment of retry. The request's driver data follows it.
	ctrl=$(off nvme_request ctrl) &&
		probe "p:lab/failover nvme_failover_req inst=+$inst(+$(($(size request) + ctrl))(%di)):s32"
}

# What kernels with CCR have besides: the helper that leaves RECOVERING without
# nvme_change_ctrl_state, and one function per CCR attempt (source, impacted controller).
truth_recovery() {
	local inst
	inst=$(off nvme_ctrl instance) || return 1
	if grep -q ' nvme_end_ctrl_recovery\b' /proc/kallsyms; then
		probe "p:lab/end_recovery nvme_end_ctrl_recovery inst=+$inst(%di):s32" || return 1
	fi
	grep -q ' nvme_issue_wait_ccr\b' /proc/kallsyms || return 0
	# shellcheck disable=SC2016 # $retval is the kernel's
	probe "p:lab/ccr_try nvme_issue_wait_ccr inst=+$inst(%si):s32 source=+$inst(%di):s32" &&
		probe 'r512:lab/ccr_done nvme_issue_wait_ccr ret=$retval:s32'
}

# truth_start [returns] - after the transports' modules are loaded: only what is there is probed
truth_start() {
	# An instance takes this option from the main one: recording task names would patch the
	# scheduler's code at every start and stop.
	echo 0 >$TRACEFS/options/record-cmd
	mkdir "$TRUTH" || return 1
	echo 1 >$TRACEFS/options/record-cmd
	echo mono >"$TRUTH/trace_clock" && echo 4096 >"$TRUTH/buffer_size_kb" || return 1
	truth_functions "$@" && truth_works ||
		{ complain "truth: a kprobe event was refused: $(tail -n 3 $TRACEFS/error_log)"
			return 1; }
	echo 1 >"$TRUTH/events/lab/enable"
}

# truth_lost AWK_CONDITION - what may have been missed: of all buffers, and of the probes that it is true
# for. Anything but 0 makes the truth worthless, unless only requests handed over were missed: an interrupt
# that ends a whole queue of them inside another probe is not seen. Who counts them will notice.
truth_lost() {
	cat "$TRUTH"/per_cpu/cpu*/stats $TRACEFS/kprobe_profile |
		awk '/^(overrun|commit overrun|dropped events):/ { n += $NF }
			/^ *(lab\/)?[a-z_]+ +[0-9]+ +[0-9]+$/ && '"$1"' { n += $3 }
			END { print n + 0 }'
}

# The states that controllers are in now, in the words of the kernel's source.
truth_final() {
	local dir
	for dir in /sys/class/nvme/nvme[0-9]*; do
		[ -e "$dir/state" ] || continue
		echo "final ${dir##*/} $(sed 's/(no IO)/noio/' "$dir/state" | tr 'a-z ' 'A-Z_')"
	done
}

# truth_stop FILE - FILE gets one event per line (see truth.awk), FILE.raw what the tracer printed
truth_stop() {
	local lost
	echo 0 >"$TRUTH/events/lab/enable"
	lost=$(truth_lost '$1 !~ /failover/')
	echo "truth: $(truth_lost '$1 ~ /failover/') requests handed over were missed"
	{ cat /lab/offsets; truth_final; } >"$1.types"
	cat "$TRUTH/trace" >"$1.raw"
	awk -f /lab/truth.awk "$1.types" "$1.raw" | sort -s -n -k 1,1 >"$1"
	rmdir "$TRUTH" && echo '-:lab/' >>$TRACEFS/kprobe_events ||
		{ complain "truth: the probes could not be removed"; return 1; }
	[ "$lost" -eq 0 ] || { complain "truth: $lost events were lost"; return 1; }
}
