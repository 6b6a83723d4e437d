# Turns the tracer's output into one line per event, in the order of time (after sort):
#
#   NS state nvmeN OLD NEW CALLER     a change that was made
#   NS refused nvmeN OLD NEW CALLER   a change that was asked for and refused
#   NS jump nvmeN OLD NEW ?           a change that no probed function made; NS: when it was noticed
#   NS reset nvmeN CALLER             nvme_reset_ctrl() was called
#   NS failover nvmeN                 one request was handed to another path
#   NS ccr_try nvmeN SOURCE, NS ccr_done nvmeN SOURCE STATUS    one CCR attempt
#   NS err_start|err_end nvmeN TRANSPORT, and the same for connect, reset, fence: the works
#
# NS is CLOCK_MONOTONIC, exact to 1 us (the tracer prints no more): when the function was entered,
# or for an end, when it returned. Ends are matched to starts by task.
#
# Reads the types file first ("state VALUE NAME", "final nvmeN STATE"), then the raw trace.

FNR == NR {
	if ($1 == "state")
		name[$2] = $3
	if ($1 == "final")
		final[$2] = $3
	next
}
function value(key,	i) {
	for (i = 1; i <= NF; i++)
		if (index($i, key "=") == 1)
			return substr($i, length(key) + 2)
	return ""
}
function state_name(n) {
	return n in name ? name[n] : n
}
function plain(symbol) {
	sub(/[+\/ ].*/, "", symbol)
	return symbol
}
# The function in "(function+0x12/0x34 [module]" : the probed one, or of a return the caller.
function place() {
	if (match($0, /\([A-Za-z_][^+ ]*/))
		return substr($0, RSTART + 1, RLENGTH - 1)
	return "?"
}
# When a function's last act is the call, its caller's address is on the stack instead, or that of
# a return probe: then it is the work function that runs in this task.
function caller(	symbol) {
	symbol = plain(value("caller"))
	if (symbol !~ /trampoline|^process_one_work$|^$/)
		return symbol
	return task in working ? working[task] : symbol
}
{
	# TASK-PID [CPU] FLAGS SEC.USEC: EVENT: (PLACE) ARGS; task names may contain blanks
	if (!match($0, /-[0-9]+ +\[[0-9]+\] [^ ]+ +[0-9]+\.[0-9]+: [a-z_]+: /))
		next
	split(substr($0, RSTART + 1, RLENGTH - 1), part, / +/)
	task = part[1]
	event = part[5]
	sub(/:$/, "", event)
	ns = part[4]
	gsub(/[.:]/, "", ns)
	sub(/^0+/, "", ns)
	ns = ns "000"
	ctrl = "nvme" value("inst")
}
event == "state" {
	i = asked[ctrl]++
	when[ctrl, i] = ns
	from[ctrl, i] = state_name(value("old"))
	to[ctrl, i] = state_name(value("new"))
	who[ctrl, i] = caller()
	inside[task, ++depth[task]] = ctrl SUBSEP i
}
# Leaves RECOVERING, always.
event == "end_recovery" {
	i = asked[ctrl]++
	when[ctrl, i] = ns
	from[ctrl, i] = "RECOVERING"
	to[ctrl, i] = "RESETTING"
	who[ctrl, i] = "nvme_end_ctrl_recovery"
	granted[ctrl, i] = 1
}
event == "ccr_try" {
	trying[task] = ctrl " nvme" value("source")
	print ns, "ccr_try", trying[task]
}
event == "ccr_done" && task in trying {
	print ns, "ccr_done", trying[task], value("ret")
	delete trying[task]
}
event == "state_ret" && depth[task] > 0 {
	answered = inside[task, depth[task]--]
	granted[answered] = value("ok") + 0
	who[answered] = place()
}
event == "reset_ctrl" {
	print ns, "reset", ctrl, caller()
}
event == "failover" {
	print ns, event, ctrl
}
event ~ /_start_/ {
	split(event, part, "_")
	running[task, part[1]] = ctrl " " part[3]
	working[task] = place()
	print ns, part[1] "_start", running[task, part[1]]
}
event ~ /_end_/ {
	split(event, part, "_")
	if ((task, part[1]) in running)
		print ns, part[1] "_end", running[task, part[1]]
	delete running[task, part[1]]
	delete working[task]
}
END {
	for (ctrl in asked)
		for (i = 0; i < asked[ctrl]; i++)
			judge(ctrl, i)
}
# What the next request found, or what is the case in the end, tells whether this one was granted:
# no state can be changed to itself. Two requests may both have found the old state, because it is
# read before the lock is taken; then the first is taken for the one that was granted.
function judge(ctrl, i,	after, ok) {
	after = i + 1 < asked[ctrl] ? from[ctrl, i + 1] : ctrl in final ? final[ctrl] : ""
	if (after == "")
		after = to[ctrl, i] ~ /^(DELETING|DEAD)/ ? to[ctrl, i] : from[ctrl, i]
	if ((ctrl, i) in granted)
		ok = granted[ctrl, i]
	else if (from[ctrl, i] == to[ctrl, i] || from[ctrl, i] != now_in(ctrl, i))
		ok = 0
	else
		ok = after != from[ctrl, i] || twin(ctrl, i)
	print when[ctrl, i], ok ? "state" : "refused", ctrl, from[ctrl, i], to[ctrl, i], who[ctrl, i]
	if (!ok)
		return
	state[ctrl] = to[ctrl, i]
	if (after != state[ctrl] && after != from[ctrl, i]) {
		print (i + 1 < asked[ctrl] ? when[ctrl, i + 1] : when[ctrl, i]), "jump", ctrl,
			state[ctrl], after, "?"
		state[ctrl] = after
	}
}
function now_in(ctrl, i) {
	if (!(ctrl in state))
		state[ctrl] = from[ctrl, i]
	return state[ctrl]
}
# The next request is the same one, made before this one was carried out.
function twin(ctrl, i,	k) {
	for (k = i + 1; k < asked[ctrl] && from[ctrl, k] == from[ctrl, i] && to[ctrl, k] == to[ctrl, i]; k++)
		;
	if (k == i + 1)
		return 0
	return (k < asked[ctrl] ? from[ctrl, k] : final[ctrl]) == to[ctrl, i]
}
