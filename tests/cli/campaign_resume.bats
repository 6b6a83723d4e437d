#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# lab campaign: what is kept, refused, and gone on with. The guest is a stand-in that writes a line for each
# round; make check-gate has real ones.

bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/../..
	export LAB_CACHE=$BATS_TEST_TMPDIR/cache
	cd "$BATS_TEST_TMPDIR" || return 1
	cat >stand-in <<-'END'
		set -u
		LAB_DIR=$1/tests/lab LAB_ROOT=$1
		shift
		for part in common kernels modules btf image guest log exec scenario run campaign; do
			. "$LAB_DIR/lib/$part.sh"
		done
		need() { :; }
		binary_check() { :; }
		kernel_ready() { :; }
		image_inputs() { echo "$1 ${BUILD:-1}"; }
		recoveries_in() { grep -c . "$1" || true; }
		# What guests do, one word after the other: ok, die, few, many, hang. "ok" when there is none left.
		guest_run() {
			local does
			does=$(head -n 1 does 2>/dev/null)
			sed -i 1d does 2>/dev/null
			echo "$KERNEL $rounds ${does:-ok}" >>guests
			mkdir -p "$RUN/home"
			[ ! -e "$file" ] || cp "$file" "$RUN/home/recording"
			case $does in
			die) return 121 ;;
			few) rounds=$((rounds - 1)) ;;
			many) rounds=$((rounds + 1)) ;;
			hang) while :; do sleep 0.1; done ;;
			esac
			yes round | head -n "$rounds" >>"$RUN/home/recording"
			[ "$does" != many ] || rounds=$((rounds - 1))
			[ "$does" != few ] || rounds=$((rounds + 1))
		}
		campaign_main "$@"
	END
}

campaign() { # ARGUMENT...
	run bash stand-in "$root" --scenario kill --per-guest 3 "$@"
	echo "$output"
}

have() { # FILE ROUNDS
	[ "$(grep -c . "$1")" -eq "$2" ]
	[ "$(awk '$1 == "rounds" { n += $2 } END { print n }' "$1.campaign")" -eq "$2" ]
	[ ! -e "$1.new" ]
	[ ! -e "$1.campaign.new" ]
}

@test "as many rounds as were asked for; not one more when it is said again; more when more are asked for" {
	campaign --kernel stock-6.12 --rounds 7 -o x.nct
	[ "$status" -eq 0 ]
	have x.nct 7
	[ "$(cat guests)" = "$(printf 'stock-6.12 %s ok\n' 3 3 1)" ]
	campaign --kernel stock-6.12 --rounds 7 -o x.nct
	[ "$status" -eq 0 ]
	[[ $output == *"7 of 7 rounds are done"* ]]
	[ "$(wc -l <guests)" -eq 3 ]
	campaign --kernel stock-6.12 --rounds 9 -o ./x.nct
	[ "$status" -eq 0 ]
	have x.nct 9
}

@test "a guest that dies, or whose recoveries are not as many as its rounds, does not count" {
	printf '%s\n' ok die few ok many >does
	campaign --kernel stock-6.12 --rounds 8 -o x.nct
	[ "$status" -eq 0 ]
	have x.nct 8
	[[ $output == *"do not count"* ]]
	[[ $output == *"3 rounds, but 2 recoveries"* ]]
	[[ $output == *"2 rounds, but 3 recoveries"* ]]
	[ "$(wc -l <guests)" -eq 6 ]
}

@test "three guests in a row that fail end it, with what was done; and it can go on" {
	printf '%s\n' ok die die die >does
	campaign --kernel stock-6.12 --rounds 8 -o x.nct
	[ "$status" -eq 1 ]
	[[ $output == *"3 rounds in x.nct"* ]]
	have x.nct 3
	campaign --kernel stock-6.12 --rounds 8 -o x.nct
	[ "$status" -eq 0 ]
	have x.nct 8
}

@test "kernels take turns; failures of one are not made good by the other" {
	campaign --interleave stock-6.12,stock-6.1 --rounds 6 -o 'x-%K.nct'
	[ "$status" -eq 0 ]
	have x-stock-6.12.nct 6
	have x-stock-6.1.nct 6
	[ "$(cut -d ' ' -f 1 guests | tr '\n' ' ')" = "stock-6.12 stock-6.1 stock-6.12 stock-6.1 " ]
	printf '%s\n' ok die ok die ok die >does
	campaign --interleave stock-6.12,stock-6.1 --rounds 60 -o 'x-%K.nct'
	[ "$status" -eq 1 ]
	have x-stock-6.12.nct 15
	have x-stock-6.1.nct 6
}

@test "what is of another campaign, or of none, is left alone" {
	echo mine >x.nct
	campaign --kernel stock-6.12 --rounds 3 -o x.nct
	[ "$status" -eq 2 ]
	[[ $output == *"belong together"* ]]
	[ "$(cat x.nct)" = mine ]
	mv x.nct y.nct.campaign
	campaign --kernel stock-6.12 --rounds 3 -o y.nct
	[ "$status" -eq 2 ]
	[ "$(cat y.nct.campaign)" = mine ]
	campaign --kernel stock-6.12 --rounds 3 -o z.nct
	have z.nct 3
	campaign --kernel stock-6.1 --rounds 6 -o z.nct
	[ "$status" -eq 2 ]
	campaign --kernel stock-6.12 --scenario drop --rounds 6 -o z.nct
	[ "$status" -eq 2 ]
	BUILD=2 campaign --kernel stock-6.12 --rounds 6 -o z.nct
	[ "$status" -eq 2 ]
	[[ $output == *"another campaign, kernel, or build"* ]]
	[ "$(wc -l <guests)" -eq 1 ]
	have z.nct 3
}

@test "killed between the two files, it goes on with both" {
	campaign --kernel stock-6.12 --rounds 3 -o x.nct
	# The recording had taken its place already.
	cp x.nct.campaign x.nct.campaign.new
	echo rounds 3 >>x.nct.campaign.new
	yes round | head -n 6 >x.nct
	campaign --kernel stock-6.12 --rounds 6 -o x.nct
	[ "$status" -eq 0 ]
	[[ $output == *"6 of 6 rounds are done"* ]]
	have x.nct 6
	# It had not.
	cp x.nct.campaign x.nct.campaign.new
	echo rounds 3 >>x.nct.campaign.new
	yes round | head -n 9 >x.nct.new
	campaign --kernel stock-6.12 --rounds 7 -o x.nct
	[ "$status" -eq 0 ]
	have x.nct 7
	# Nor was there one before.
	campaign --kernel stock-6.12 --rounds 3 -o y.nct
	mv y.nct.campaign y.nct.campaign.new
	campaign --kernel stock-6.12 --rounds 3 -o y.nct
	[ "$status" -eq 0 ]
	have y.nct 3
	[ "$(wc -l <guests)" -eq 3 ]
}

@test "a signal ends it at once; two at a time do not meet" {
	printf '%s\n' ok hang >does
	bash stand-in "$root" --scenario kill --per-guest 3 --kernel stock-6.12 --rounds 6 -o x.nct 3>&- &
	local pid=$!
	until grep -qs hang guests; do sleep 0.05; done
	campaign --kernel stock-6.12 --rounds 6 -o x.nct
	[ "$status" -eq 2 ]
	[[ $output == *"another campaign is at work"* ]]
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 130 ]
	[ -z "$(ls "$LAB_CACHE/tmp")" ]
	have x.nct 3
	campaign --kernel stock-6.12 --rounds 6 -o x.nct
	[ "$status" -eq 0 ]
	have x.nct 6
}
