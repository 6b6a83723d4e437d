# shellcheck shell=dash
# Making TCP paths fail, and healing them. PORT is the TCP port.

# What the failures need, loaded beforehand: loading takes seconds under emulation.
fail_modules() {
	modprobe -a tcp_diag nf_tables 2>/dev/null
	modprobe tcp_diag && modprobe nf_tables
}

# path_kill PORT - both ends of every connection to it are aborted
path_kill() {
	local killed
	killed=$(/bin/ss -Ktn dst 127.0.0.1 dport = "$1" | grep -c ":$1")
	[ "$killed" -gt 0 ] || { complain "path_kill: no connection to port $1"; return 1; }
}

# path_drop PORT - silence: packets of both directions vanish. One call, so that no answer slips
# through between two rules.
path_drop() {
	/bin/nft -f - <<-END || { complain "path_drop: nft refused"; return 1; }
		table ip lab_$1 {
			chain out {
				type filter hook output priority 0; policy accept;
				tcp dport $1 drop
				tcp sport $1 drop
			}
		}
	END
}

# path_mute PORT - silence, too, but on the connections that are there now only: when the path works again does
# not hang on how fast somebody undoes it
path_mute() {
	local ports
	ports=$(/bin/ss -Htn state established dst 127.0.0.1 dport = "$1" | awk '{ sub(".*:", "", $3); print $3 }')
	[ -n "$ports" ] || { complain "path_mute: no connection to port $1"; return 1; }
	/bin/nft -f - <<-END || { complain "path_mute: nft refused"; return 1; }
		table ip lab_$1 {
			chain out {
				type filter hook output priority 0; policy accept;
				$(for port in $ports; do
					echo "tcp dport $1 tcp sport $port drop"
					echo "tcp sport $1 tcp dport $port drop"
				done)
			}
		}
	END
}

# path_restore [PORT] - undo path_drop and path_mute, for all ports if none is named
path_restore() {
	local table
	for table in $(/bin/nft list tables ip | sed -n "s/^table ip \(lab_${1:-.*}\)\$/\1/p"); do
		/bin/nft delete table ip "$table" || return 1
	done
}

# paths_heal N [SUBSYS] - nothing dropped, every port linked, N controllers live
paths_heal() {
	local port subsys=${2:-s1}
	path_restore || return 1
	for port in "$NVMET"/ports/*; do
		port=${port##*/}
		[ -n "$(ls "$NVMET/ports/$port/subsystems")" ] || port_link "$port" "$subsys"
	done
	paths_ready "$1" "$subsys"
}
