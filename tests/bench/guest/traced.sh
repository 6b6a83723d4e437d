# shellcheck shell=dash
# A recording of trace-cmd with as many events as the one that `report` reads, for its own report.
LD_LIBRARY_PATH=/bench/lib PATH=/bench:$PATH
export LD_LIBRARY_PATH PATH
# Each byte is a read and a write. Its own helper processes are of no use here: the events are.
trace-cmd record -q -b 65536 -e raw_syscalls:sys_enter -o /out/trace.dat \
	dd if=/dev/zero of=/dev/null bs=1 count=500000 >/out/record.log 2>&1 || { cat /out/record.log; exit 1; }
