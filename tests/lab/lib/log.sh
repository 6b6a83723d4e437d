# shellcheck shell=bash
# Judging the guest's kernel log.

# Lines that mean the kernel is unwell, whatever the script says.
SPLATS='WARNING:|BUG:|Oops|Call Trace:|blocked for more than [0-9]+ seconds|rcu:.*(stall|detected|kthread starved)|general protection|Kernel panic|KASAN|UBSAN|KCSAN|soft lockup|hard LOCKUP|refcount_t:|list_(add|del) corruption|sysfs: cannot create duplicate|unchecked MSR'

# The only lines that are forgiven, each with its reason.
splat_forgiven() {
	# none so far
	cat
}

# log_splats FILE - the bad lines on stdout; 0 if there are any
log_splats() {
	grep -nE "$SPLATS" "$1" | splat_forgiven | grep .
}
