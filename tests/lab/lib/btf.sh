# shellcheck shell=bash
# What the ground truth must know of a kernel's types, read from its own BTF on the host.

# vmlinux_extract VMLINUZ VMLINUX - the boot protocol's header says where the payload is; kernels
# append its unpacked size to it, which xz and zstd would take for garbage.
vmlinux_extract() {
	local image=$1 sects offset length start
	sects=$(od -An -tu1 -j $((0x1f1)) -N 1 "$image")
	offset=$(od -An -tu4 -j $((0x248)) -N 4 "$image")
	length=$(od -An -tu4 -j $((0x24c)) -N 4 "$image")
	start=$(((sects + 1) * 512 + offset))
	tail -c +$((start + 1)) "$image" | head -c $((length - 4)) >"$2.payload" || return 1
	case $(od -An -tx1 -N 4 "$2.payload") in
	*"fd 37 7a 58") xz -dc <"$2.payload" >"$2" ;;
	*"28 b5 2f fd") zstd -qdc <"$2.payload" >"$2" ;;
	*"1f 8b"*) gzip -dc <"$2.payload" >"$2" 2>/dev/null ;;
	*) note "$image: compressed in a way the lab does not know"; return 1 ;;
	esac
	rm -f "$2.payload"
	[ "$(od -An -c -j 1 -N 3 "$2" | tr -d ' ')" = ELF ]
}

# Of these structures every member's byte offset is wanted.
BTF_STRUCTS="nvme_ctrl nvme_tcp_ctrl nvme_rdma_ctrl nvme_fc_ctrl nvme_dev nvme_request request delayed_work"

# offsets_write VMLINUX MODULE_DIR - lines for the guest: "offset STRUCT MEMBER BYTES",
# "size STRUCT BYTES", "state VALUE NAME"
offsets_write() {
	local module
	need bpftool
	{
		bpftool btf dump file "$1" format raw
		while read -r module; do
			bpftool -B "$1" btf dump file "$module" format raw
		done < <(find "$2" -name 'nvme*.ko')
	} | awk -v wanted="$BTF_STRUCTS" -f "$LAB_DIR/lib/btf.awk" | sort -u
}
