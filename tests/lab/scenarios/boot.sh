# shellcheck shell=dash
# description: the guest has what scenarios rely on: modules, live paths, tools, tracing
# binary: none
. /lab/lib.sh

fail() { echo "boot: $*"; exit 1; }

[ "$(ctrls_live)" = 2 ] || fail "not two live controllers: $(grep . /sys/class/nvme/*/state)"
[ "$(paths_of | wc -l)" = 2 ] || fail "not two paths: $(paths_of)"
[ -b "$(disk_of)" ] || fail "no disk over the paths"
[ "$(ctrl_of 4420)" != "$(ctrl_of 4421)" ] || fail "ctrl_of mixes up controllers"
fail_modules || fail "no nf_tables or tcp_diag"
for tool in ip ss rdma nft tc; do
	/bin/$tool -V >/dev/null 2>&1 || /bin/$tool -v >/dev/null 2>&1 || fail "$tool does not run"
done
[ -r /sys/kernel/btf/vmlinux ] || fail "no BTF"
[ "$(labtool runas 65534 id -u)" = 65534 ] || fail "labtool runas"
# Modules come and go by name, as a tool's user would do it.
if [ ! -e /sys/module/dummy ]; then
	modprobe dummy && [ -e /sys/module/dummy ] || fail "modprobe"
	modprobe -r dummy && [ ! -e /sys/module/dummy ] || fail "modprobe -r"
fi
cp /lab/modules.absent "$OUT/" 2>/dev/null
echo "kernel $(uname -r), up $(cut -d ' ' -f 1 /proc/uptime) s"
