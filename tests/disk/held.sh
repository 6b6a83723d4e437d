# shellcheck shell=dash
# In a guest: the disk of a recording freezes, then is full, while controllers are reset. Observation
# goes on meanwhile, nothing is lost as long as the queue holds, and recording resumes by itself.
. /lab/lib.sh

DISK=/mnt
REC=$DISK/rec

recording_start() { # NAME
	nvme-ccr-trace record --live --format json --output "$REC" >"/out/$1.json" 2>"/out/$1.err" &
	PID=$!
	wait_or_say 30 "grep -q watching '/out/$1.err' || ! kill -0 $PID" "record to be ready" && kill -0 "$PID"
}

# resets NAME N - so many resets are made, and seen
resets() {
	local n=0 before
	before=$(wc -l <"/out/$1.json")
	while [ $n -lt "$2" ]; do
		echo 1 >/sys/class/nvme/nvme0/reset_controller || return 1
		n=$((n + 1))
	done
	wait_or_say 30 "[ \$(wc -l <'/out/$1.json') -ge $((before + $2)) ]" "$2 resets to be told"
}

recording_stop() { # NAME
	kill -TERM "$PID"
	wait "$PID" || { complain "record ended with $?: $(cat "/out/$1.err")"; return 1; }
	nvme-ccr-trace report --format json "$REC" >"/out/$1.report" && rm -f "$REC"*
}

frozen() {
	recording_start frozen && resets frozen 2 && fsfreeze --freeze $DISK && resets frozen 10 &&
		fsfreeze --unfreeze $DISK && resets frozen 2 && recording_stop frozen
}

full() {
	recording_start full && resets full 2 || return 1
	# The last byte, too: what is free in a file that has blocks already does not count.
	dd if=/dev/zero of=$DISK/fill bs=64k 2>/dev/null
	dd if=/dev/zero of=$DISK/fill2 bs=1k 2>/dev/null
	sync
	resets full 60 && wait_or_say 20 "grep -q 'cannot write' /out/full.err" "the full disk to be told" || return 1
	rm $DISK/fill $DISK/fill2
	wait_or_say 20 "grep -q 'is written to again' /out/full.err" "recording to be resumed" && resets full 2 && recording_stop full
}

mkdir -p $DISK && modprobe -a loop ext4 && losetup /dev/loop0 /lab/disk.img && mount -t ext4 /dev/loop0 $DISK || exit 1
"$(cat /lab/what)"
