# shellcheck shell=bash
# lab run: the project's scenarios, as TAP. Scenarios that can share a guest do: a batch is what
# runs in one guest. WORK/NAME/ holds what is known of a scenario: status, log, dmesg.txt, reasons,
# and files/, which the check sees.

run_options() {
	CHOSEN=() LIST=''
	exec_defaults
	BINARY=''
	while [ $# -gt 0 ]; do
		case $1 in
		--list) LIST=1; shift; continue ;;
		--kernel | --scenario | --out | --accel)
			[ $# -gt 1 ] || die "$EXIT_USAGE" "$1 needs a value" ;;
		*) die "$EXIT_USAGE" "run: no such option: $1 (see: lab help)" ;;
		esac
		case $1 in
		--kernel) KERNEL=$2 ;;
		--scenario) scenario_must_exist "$2"; CHOSEN+=("$2") ;;
		--out) OUT=$2 ;;
		--accel) ACCEL=$2 ;;
		esac
		shift 2
	done
	[ -n "$KERNEL" ] || die "$EXIT_USAGE" "--kernel is missing (see: lab kernels)"
	kernel_must_exist "$KERNEL"
	[ ${#CHOSEN[@]} -gt 0 ] || mapfile -t CHOSEN < <(scenario_all)
}

run_main() {
	run_options "$@"
	[ -z "$LIST" ] || { run_list; return; }
	need qemu-system-x86_64 cpio tar
	kernel_ready "$KERNEL"
	ACCEL=$(accel_choose "$ACCEL")
	RESULTS=${OUT:-$LAB_ROOT/build/lab/results/$KERNEL}
	WORK=$(temp_dir scenarios) || die "$EXIT_INFRA" "no room in $LAB_CACHE"
	trap 'run_abort; rm -rf "$WORK"' EXIT
	trap 'exit 130' INT TERM HUP
	batches_make
	run_needs_binary
	image_base "$KERNEL" >/dev/null || die "$EXIT_INFRA" "no guest image"
	NUMBER=0 PASSED=0 FAILED=0
	report_skipped
	batches_run
	boundaries_report
	echo "1..$NUMBER"
	echo "$PASSED passed, $FAILED failed"
	[ "$FAILED" -eq 0 ]
}

run_list() {
	local name why
	for name in "${CHOSEN[@]}"; do
		why=$(scenario_unfit "$name" "$KERNEL")
		printf '%-24s %s%s\n' "$name" "$(header "$name" description '?')" \
			"${why:+ [not on $KERNEL: $why]}"
	done
}

# batches_make - WORK/batch.N, one scenario per line, equal set-ups together; LAB_JOBS pieces of
# each, so that side by side they really share the work
batches_make() {
	local name group jobs=${LAB_JOBS:-1} number=0
	SKIPPED=()
	declare -gA BATCH_OF=() COUNT_OF=()
	for name in "${CHOSEN[@]}"; do
		if [ -n "$(scenario_unfit "$name" "$KERNEL")" ]; then
			SKIPPED+=("$name")
			continue
		fi
		group=$(scenario_group "$name")
		group+="/$((${COUNT_OF[$group]:=0} % jobs))"
		COUNT_OF[${group%/*}]=$((COUNT_OF[${group%/*}] + 1))
		[ -n "${BATCH_OF[$group]:-}" ] || BATCH_OF[$group]=$((number += 1))
		echo "$name" >>"$WORK/batch.${BATCH_OF[$group]}"
		mkdir -p "$WORK/$name/files"
	done
}

run_needs_binary() {
	local name
	for name in "${CHOSEN[@]}"; do
		[ -d "$WORK/$name" ] && [ "$(header "$name" binary needed)" != none ] || continue
		binary_check
		return
	done
}

report_skipped() {
	local name
	for name in "${SKIPPED[@]}"; do
		echo "ok $((NUMBER += 1)) - $name # SKIP $(scenario_unfit "$name" "$KERNEL")"
	done
}

# boundaries_report - one more test, where scenarios have compared boundaries with the tracer's: how far
# off they are on the whole
boundaries_report() {
	local files
	files=("$WORK"/*/files/boundaries)
	[ -e "${files[0]}" ] || return 0
	mkdir "$WORK/boundaries"
	echo 0 >"$WORK/boundaries/status"
	"$SCENARIOS/boundaries.py" "${files[@]}" >"$WORK/boundaries/log" || touch "$WORK/boundaries/bad"
	sed 's/^/# /;q' "$WORK/boundaries/log"
	report boundaries
}

batches_run() {
	local jobs=${LAB_JOBS:-1} batch
	BATCH_PIDS=()
	for batch in "$WORK"/batch.*; do
		[ -e "$batch" ] || continue
		while [ "${#BATCH_PIDS[@]}" -ge "$jobs" ]; do
			batch_await
		done
		(batch_run "$batch") &
		BATCH_PIDS[$!]=$batch
	done
	while [ "${#BATCH_PIDS[@]}" -gt 0 ]; do
		batch_await
	done
}

# batch_await - one of the running batches ends: report what it found
batch_await() {
	local pid name
	wait -n -p pid "${!BATCH_PIDS[@]}"
	while read -r name; do
		report "$name"
	done <"${BATCH_PIDS[$pid]}"
	unset "BATCH_PIDS[$pid]"
}

run_abort() {
	local pid
	for pid in "${!BATCH_PIDS[@]}"; do
		kill "$pid" 2>/dev/null
		wait "$pid"
	done
}

# batch_run FILE - as many guests as it takes: one, unless a scenario breaks its guest
batch_run() {
	local todo next
	trap 'qemu_stop; rm -rf "$RUN"' EXIT
	trap 'exit 130' TERM
	mapfile -t todo <"$1"
	while [ ${#todo[@]} -gt 0 ]; do
		RUN=$(temp_dir run) || exit "$EXIT_INFRA"
		batch_guest "${todo[@]}" 2>"$WORK/guest.$BASHPID"
		next=()
		for name in "${todo[@]}"; do
			[ -e "$WORK/$name/status" ] || next+=("$name")
		done
		if [ ${#next[@]} -eq ${#todo[@]} ]; then
			for name in "${next[@]}"; do
				echo "$EXIT_INFRA" >"$WORK/$name/status"
				cp "$WORK/guest.$BASHPID" "$WORK/$name/reasons"
			done
			next=()
		fi
		todo=("${next[@]}")
		rm -rf "$RUN"
	done
}

batch_guest() { # NAME...
	local name words='' seconds
	IFS='|' read -r TRANSPORT PATHS MB QEMU_WORDS _ < <(scenario_group "$1")
	read -r -a QEMU_ARGS <<<"$QEMU_WORDS"
	[ "$TRANSPORT" != pci ] || [ "$PATHS" -eq 0 ] || pci_devices
	TIMEOUT=60
	for name in "$@"; do
		seconds=$(($(header "$name" timeout 120) * ${LAB_PATIENCE:-1} * ${LAB_TIME_SCALE:-1}))
		words+=" $name $seconds"
		TIMEOUT=$((TIMEOUT + 30 * ${LAB_TIME_SCALE:-1} + seconds))
	done
	MB=$((MB + ${LAB_MEM_EXTRA:-0}))
	echo "set -- $words; . /lab/drive.sh" >"$RUN/drive"
	SCRIPT=$RUN/drive FILES=("$SCENARIOS:/lab/scenarios") OUT=''
	[ -z "${LAB_AT_END:-}" ] || FILES+=("$LAB_AT_END:/lab/at-end.sh")
	guest_run quiet
	echo $? >"$RUN/status"
	for name in "$@"; do
		grep -q "^@@begin $name\b" "$RUN/stdout" 2>/dev/null && collect "$name"
	done
}

# collect NAME - what this guest has to say about a scenario that began in it
collect() {
	local dir=$WORK/$1 status
	awk -v name="$1" '$1 == "@@begin" && $2 == name { on = 1; next }
		$1 == "@@end" && $2 == name { exit } on' "$RUN/stdout" >"$dir/log"
	status=$(sed -n "s/^@@end $1 //p" "$RUN/stdout")
	log_part "$1" "$RUN/out/dmesg.txt" >"$dir/dmesg.txt"
	cp -R "$RUN/out/$1/." "$dir/files/" 2>/dev/null
	cp "$dir/log" "$dir/dmesg.txt" "$RUN/out/console.log" "$dir/files/"
	if [ -z "$status" ]; then
		status=$(cat "$RUN/status")
		cat "$WORK/guest.$BASHPID" >>"$dir/reasons"
	fi
	judge "$1" "$status" >>"$dir/reasons" 2>&1
	echo "$status" >"$dir/status"
	mkdir -p "$RESULTS/$1" && cp -R "$dir/files/." "$RESULTS/$1/"
}

# judge NAME STATUS - the kernel log and the host's check, after a scenario that ended well
judge() {
	local dir=$WORK/$1
	if [ "$2" -ne "$EXIT_DIED" ] && log_splats "$dir/dmesg.txt"; then
		echo "the kernel log has a splat"
		touch "$dir/bad"
	fi
	[ "$2" -eq 0 ] || return 0
	[ ! -x "$SCENARIOS/$1.check" ] || judge_by "$1.check" "$dir"
	[ ! -e "$dir/files/recording" ] || judge_by recorded.py "$dir"
}

judge_by() { # CHECK DIR
	if ! LAB_KERNEL=$KERNEL "$SCENARIOS/$1" "$2/files"; then
		echo "the check $1 says no"
		touch "$2/bad"
	fi
}

# log_part NAME DMESG - from the scenario's mark to the next one's; for the first, all before it too
log_part() {
	awk -v name="$1" '
		/lab: scenario .* begin$/ {
			on = $0 ~ "lab: scenario " name " begin$"
			if (!others && on)
				printf "%s", boot
			others = 1
		}
		!others { boot = boot $0 "\n" }
		on' "$2"
}

report() { # NAME - one TAP line, and why
	local dir=$WORK/$1 status
	status=$(cat "$dir/status" 2>/dev/null) || status=$EXIT_INFRA
	NUMBER=$((NUMBER + 1))
	if [ "$status" -eq 77 ] && [ ! -e "$dir/bad" ]; then
		echo "ok $NUMBER - $1 # SKIP $(sed -n 's/^SKIP: //p' "$dir/log")"
		return
	fi
	if [ "$status" -eq 0 ] && [ ! -e "$dir/bad" ]; then
		PASSED=$((PASSED + 1))
		echo "ok $NUMBER - $1"
		return
	fi
	FAILED=$((FAILED + 1))
	echo "not ok $NUMBER - $1"
	echo "# status $status; files: ${RESULTS#"$LAB_ROOT"/}/$1"
	tail -q -n "${LAB_TAIL:-25}" "$dir/log" "$dir/reasons" 2>/dev/null | sed 's/^/# /'
}
