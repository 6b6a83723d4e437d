# shellcheck shell=dash
# In a guest that will lose its power: controllers are reset, each reset is told with the time at which
# it was over, and all of it is recorded on a disk.
. /lab/lib.sh

modprobe -a virtio_blk ext4 && mkdir -p /mnt || exit 1
wait_or_say 10 "[ -b /dev/vda ]" "the disk" && mount -t ext4 /dev/vda /mnt || exit 1
nvme-ccr-trace record --output /mnt/rec >/run/rec.out 2>/run/rec.err &
wait_or_say 30 "grep -q watching /run/rec.err" "record to be ready" || exit 1
n=0
while :; do
	# The write returns when the reset is over.
	echo 1 >/sys/class/nvme/nvme0/reset_controller || exit 1
	n=$((n + 1))
	read -r now _ </proc/uptime
	echo "reset $n $now"
done
