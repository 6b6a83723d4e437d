# Reads bpftool's raw BTF dump, prints the layout of the wanted structures and the state names.
BEGIN {
	n = split(wanted, words, " ")
	for (i = 1; i <= n; i++)
		want[words[i]] = 1
}
/^\[/ {
	name = $3
	gsub(/'/, "", name)
	inside = ""
	if ($2 == "STRUCT" && name in want) {
		inside = name
		sub(/size=/, "", $4)
		print "size", name, $4
	} else if ($2 == "ENUM" && name == "nvme_ctrl_state") {
		inside = "states"
	}
	next
}
inside == "" {
	next
}
inside == "states" {
	gsub(/'NVME_CTRL_|'/, "", $1)
	sub(/val=/, "", $2)
	print "state", $2, $1
	next
}
{
	gsub(/'/, "", $1)
	sub(/bits_offset=/, "", $3)
	if ($3 % 8 == 0)
		print "offset", inside, $1, $3 / 8
}
