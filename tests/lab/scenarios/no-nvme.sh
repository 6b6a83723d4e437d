# shellcheck shell=dash
# description: a kernel without NVMe: no error, but said
# requires: kernel=stock-6.12,patched-*,recovery-*,traced-*,stock-6.1
# paths: 0
# alone: yes
. /lab/lib.sh

[ ! -d /sys/module/nvme_core ] || { complain "nvme_core is loaded"; exit 1; }
nvme-ccr-trace live --duration 500ms >/run/stdout 2>/run/stderr || { cat /run/stderr; exit 1; }
[ ! -s /run/stdout ] && grep -q 'no nvme module is loaded; waiting for one' /run/stderr || exit 1
nvme-ccr-trace doctor >"$OUT/doctor" || exit 1
grep -q 'nvme_core is not loaded: there is nothing to observe yet' "$OUT/doctor" &&
	grep -q 'modprobe nvme-tcp' "$OUT/doctor"
