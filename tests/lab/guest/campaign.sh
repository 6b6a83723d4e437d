# shellcheck shell=dash
# Repeats one failure: CAMPAIGN names it, ROUNDS says how often. What was recorded before comes as
# /root/recording, and is continued as /out/recording. A round is over when the tool has told of it
# and all paths are live.
. /lab/lib.sh
# shellcheck source=/dev/null
. "/lab/campaigns/$CAMPAIGN.sh"

OUT=/out
[ ! -e /root/recording ] || cp /root/recording "$OUT/recording" || exit 1
# The tool comes after the transport's modules, whose hooks take a moment, and before the load.
fail_modules && campaign_up && live_start && io_start || exit 1
N=1
while [ "$N" -le "$ROUNDS" ]; do
	campaign_round "$N" && live_wait "$N" "$SECONDS_A_ROUND" && paths_ready 2 ||
		{ complain "round $N of $CAMPAIGN failed"; exit 1; }
	N=$((N + 1))
done
io_stop && live_stop
