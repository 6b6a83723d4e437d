# shellcheck shell=dash
# In the guest whose clock counts instructions: what healthy I/O loses to tracers.
# shellcheck source=/dev/null
. /bench/common.sh

round 1 live cold hot && round 2 live && round 3 hot cold live && round 4 live
