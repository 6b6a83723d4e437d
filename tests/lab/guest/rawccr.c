/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rawccr - raw cross-controller reset commands
 *
 *	rawccr DEV id				Identify: cntlid, ciu, cirn, cqt, ccrl, oaes ...
 *	rawccr DEV get FIELD			one of those, just the value
 *	rawccr DEV ccr ICID CIU CIRN		a CCR on DEV (the source) with exactly these
 *	rawccr DEV reset DEV2 [dciu=N] [dcirn=N]	a CCR on DEV for what DEV2 says that it is
 *	rawccr DEV log [rmc] [rae] [off=N] [len=N]	log page 1Eh: its entries, "entries N"
 *	rawccr DEV aen [MASK]			get or set the async event configuration
 *	rawccr DEV effects [OPCODE]		an admin opcode's entry of the effects log
 *	rawccr DEV admin OPCODE [cdw10 ...]	any admin command without data
 *	rawccr DEV propset OFFSET VALUE		Fabrics Property Set (4 bytes)
 *	rawccr DEV propget OFFSET		Fabrics Property Get (4 bytes)
 *	rawccr DEV write LBA CHAR [NLB]		on the very path of DEV, no multipath
 *	rawccr DEV read LBA			prints the first byte of the block
 *
 * DEV is a controller's character device (/dev/nvme0). Every command prints one line,
 *	status=0xSSS dnr=N more=N result=0xRRRRRRRR
 * (status: SCT and SC, 11 bits), before its data. RAWCCR_TIMEOUT_MS in the environment bounds it
 * (default 60 s). Exit: 0 status 0, 1 the controller returned a status, 2 usage, 3 no ioctl.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/nvme_ioctl.h>

enum { EXIT_STATUS = 1, EXIT_USAGE = 2, EXIT_IOCTL = 3 };

static _Noreturn void usage(void)
{
	fprintf(stderr, "usage: see the head of rawccr.c\n");
	exit(EXIT_USAGE);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end)
		usage();
	return value;
}

static int open_device(const char *path)
{
	int fd = open(path, O_RDWR);

	if (fd < 0) {
		printf("open %s: %s\n", path, strerror(errno));
		exit(EXIT_IOCTL);
	}
	return fd;
}

static uint32_t timeout_ms(void)
{
	const char *text = getenv("RAWCCR_TIMEOUT_MS");

	return text ? number(text) : 60000;
}

/* Returns the exit code; the result dword is in cmd->result. */
static int submit(int fd, struct nvme_passthru_cmd *cmd, unsigned long request, int quiet)
{
	int ret;

	cmd->timeout_ms = timeout_ms();
	ret = ioctl(fd, request, cmd);
	if (ret < 0) {
		printf("ioctl: errno=%d %s\n", errno, strerror(errno));
		return EXIT_IOCTL;
	}
	if (!quiet || ret)
		printf("status=0x%03x dnr=%d more=%d result=0x%08x\n", ret & 0x7ff,
		       !!(ret & 0x4000), !!(ret & 0x2000), cmd->result);
	return ret ? EXIT_STATUS : 0;
}

static int admin(int fd, struct nvme_passthru_cmd *cmd, int quiet)
{
	return submit(fd, cmd, NVME_IOCTL_ADMIN_CMD, quiet);
}

struct identity {
	uint16_t cntlid, cqt;
	uint8_t ciu, ccrl, aerl;
	uint32_t oaes, ver, ctratt;
	uint64_t cirn;
};

static int identify(int fd, struct identity *id, int quiet)
{
	uint8_t page[4096] = { 0 };
	struct nvme_passthru_cmd cmd = {
		.opcode = 0x06,
		.addr = (uintptr_t)page,
		.data_len = sizeof(page),
		.cdw10 = 1,
	};
	int ret = admin(fd, &cmd, quiet);

	if (ret)
		return ret;
	memset(id, 0, sizeof(*id));
	memcpy(&id->cntlid, page + 78, 2);
	memcpy(&id->ver, page + 80, 4);
	memcpy(&id->oaes, page + 92, 4);
	memcpy(&id->ctratt, page + 96, 4);
	id->ciu = page[135];
	memcpy(&id->cirn, page + 136, 8);
	id->aerl = page[259];
	memcpy(&id->cqt, page + 386, 2);
	id->ccrl = page[1807];
	return 0;
}

static int do_id(int fd)
{
	struct identity id;
	int ret = identify(fd, &id, 0);

	if (!ret)
		printf("cntlid=%u ciu=%u cirn=0x%016" PRIx64
		       " ccrl=%u cqt=%u oaes=0x%08x aerl=%u ver=0x%x ctratt=0x%x\n",
		       id.cntlid, id.ciu, id.cirn, id.ccrl, id.cqt, id.oaes, id.aerl, id.ver,
		       id.ctratt);
	return ret;
}

static int do_get(int fd, const char *field)
{
	struct identity id;
	int ret = identify(fd, &id, 1);

	if (ret)
		return ret;
	if (!strcmp(field, "cirn"))
		printf("0x%016" PRIx64 "\n", id.cirn);
	else if (!strcmp(field, "oaes"))
		printf("0x%08x\n", id.oaes);
	else if (!strcmp(field, "cntlid"))
		printf("%u\n", id.cntlid);
	else if (!strcmp(field, "ciu"))
		printf("%u\n", id.ciu);
	else if (!strcmp(field, "ccrl"))
		printf("%u\n", id.ccrl);
	else if (!strcmp(field, "cqt"))
		printf("%u\n", id.cqt);
	else
		usage();
	return 0;
}

static int send_ccr(int fd, uint16_t icid, uint8_t ciu, uint64_t cirn)
{
	struct nvme_passthru_cmd cmd = {
		.opcode = 0x38,
		.cdw10 = icid | (uint32_t)ciu << 16,
		.cdw12 = (uint32_t)cirn,
		.cdw13 = cirn >> 32,
	};

	return admin(fd, &cmd, 0);
}

static int do_reset(int fd, int argc, char **argv)
{
	struct identity id;
	int64_t dciu = 0, dcirn = 0;
	int i, other, ret;

	if (argc < 1)
		usage();
	for (i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "dciu=", 5))
			dciu = number(argv[i] + 5);
		else if (!strncmp(argv[i], "dcirn=", 6))
			dcirn = number(argv[i] + 6);
		else
			usage();
	}
	other = open_device(argv[0]);
	ret = identify(other, &id, 1);
	close(other);
	return ret ? ret : send_ccr(fd, id.cntlid, id.ciu + dciu, id.cirn + dcirn);
}

/* NVMe 2.x: LSP is bits 14:8 of cdw10, RAE bit 15 */
static int get_log(int fd, uint8_t lid, int lsp, int rae, uint64_t offset, void *data, uint32_t len,
		   int quiet)
{
	uint32_t numd = len / 4 - 1;
	struct nvme_passthru_cmd cmd = {
		.opcode = 0x02,
		.nsid = 0xffffffff,
		.addr = (uintptr_t)data,
		.data_len = len,
		.cdw10 = lid | lsp << 8 | rae << 15 | (numd & 0xffff) << 16,
		.cdw11 = numd >> 16,
		.cdw12 = (uint32_t)offset,
		.cdw13 = offset >> 32,
	};

	return admin(fd, &cmd, quiet);
}

static void print_log(const uint8_t *page, uint32_t len)
{
	uint32_t at, count = page[0] | page[1] << 8, i = 0;

	for (at = 8; i < count && at + 8 <= len; at += 8, i++)
		printf("entry %u: icid=%u ciu=%u acid=0x%04x ccrs=%u ccrf=%u\n", i,
		       page[at] | page[at + 1] << 8, page[at + 2], page[at + 4] | page[at + 5] << 8,
		       page[at + 6], page[at + 7]);
	for (; at < len; at++)
		if (page[at])
			printf("not zero: byte %u\n", at);
	printf("entries %u\n", count);
}

static int do_log(int fd, int argc, char **argv)
{
	uint32_t len = 4096, i;
	uint64_t offset = 0;
	int rmc = 0, rae = 0, ret;
	uint8_t *page;

	for (; argc; argc--, argv++) {
		if (!strcmp(*argv, "rmc"))
			rmc = 1;
		else if (!strcmp(*argv, "rae"))
			rae = 1;
		else if (!strncmp(*argv, "off=", 4))
			offset = number(*argv + 4);
		else if (!strncmp(*argv, "len=", 4))
			len = number(*argv + 4);
		else
			usage();
	}
	if (!len || len % 4)
		usage();
	page = malloc(len);
	if (!page)
		return EXIT_IOCTL;
	memset(page, 0xee, len);
	ret = get_log(fd, 0x1e, rmc, rae, offset, page, len, 0);
	if (!ret && !offset && len >= 8)
		print_log(page, len);
	else if (!ret) /* a piece: raw bytes */
		for (i = 0; i < len && i < 64; i++)
			printf("%02x%s", page[i],
			       i % 16 == 15 || i + 1 == len || i == 63 ? "\n" : " ");
	free(page);
	return ret;
}

static int do_aen(int fd, int argc, char **argv)
{
	struct nvme_passthru_cmd cmd = {
		.opcode = argc ? 0x09 : 0x0a,
		.cdw10 = 0x0b,
		.cdw11 = argc ? number(*argv) : 0,
	};

	return admin(fd, &cmd, 0);
}

static int do_effects(int fd, int argc, char **argv)
{
	uint32_t opcode = argc ? number(*argv) : 0x38, effects;
	uint8_t page[4096] = { 0 };
	int ret = get_log(fd, 0x05, 0, 0, 0, page, sizeof(page), 0);

	if (ret || opcode > 255)
		return ret ? ret : EXIT_USAGE;
	memcpy(&effects, page + 4 * opcode, 4);
	printf("acs[0x%02x]=0x%08x\n", opcode, effects);
	return 0;
}

static int do_admin(int fd, int argc, char **argv)
{
	struct nvme_passthru_cmd cmd = { 0 };
	uint32_t *dword[] = {
		&cmd.cdw10, &cmd.cdw11, &cmd.cdw12, &cmd.cdw13, &cmd.cdw14, &cmd.cdw15
	};
	int i;

	if (argc < 1 || argc > 7)
		usage();
	cmd.opcode = number(argv[0]);
	for (i = 1; i < argc; i++)
		*dword[i - 1] = number(argv[i]);
	return admin(fd, &cmd, 0);
}

/* Fabrics: FCTYPE is byte 4 (nsid), ATTRIB byte 40 (cdw10), OFFSET byte 44 (cdw11), VALUE byte 48
 * (cdw12) */
static int do_property(int fd, int argc, char **argv, int set)
{
	struct nvme_passthru_cmd cmd = { .opcode = 0x7f, .nsid = set ? 0x00 : 0x04 };

	if (argc != (set ? 2 : 1))
		usage();
	cmd.cdw11 = number(argv[0]);
	if (set)
		cmd.cdw12 = number(argv[1]);
	return admin(fd, &cmd, 0);
}

static int do_io(int fd, int argc, char **argv, int write)
{
	uint64_t lba;
	uint32_t blocks = 1;
	struct nvme_passthru_cmd cmd = { .opcode = write ? 0x01 : 0x02, .nsid = 1 };
	void *data;
	int ret;

	if (argc < (write ? 2 : 1))
		usage();
	lba = number(argv[0]);
	if (write && argc > 2)
		blocks = number(argv[2]);
	data = malloc(blocks * 4096);
	if (!data)
		return EXIT_IOCTL;
	memset(data, write ? argv[1][0] : 0, blocks * 4096);
	cmd.addr = (uintptr_t)data;
	cmd.data_len = blocks * 4096;
	cmd.cdw10 = (uint32_t)lba;
	cmd.cdw11 = lba >> 32;
	cmd.cdw12 = blocks - 1;
	ret = submit(fd, &cmd, NVME_IOCTL_IO_CMD, 0);
	if (!ret && !write)
		printf("byte=%c (0x%02x)\n", *(char *)data, *(unsigned char *)data);
	free(data);
	return ret;
}

int main(int argc, char **argv)
{
	const char *what;
	int fd;

	if (argc < 3)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = open_device(argv[1]);
	what = argv[2];
	argc -= 3;
	argv += 3;
	if (!strcmp(what, "id"))
		return do_id(fd);
	if (!strcmp(what, "get") && argc == 1)
		return do_get(fd, argv[0]);
	if (!strcmp(what, "ccr") && argc == 3)
		return send_ccr(fd, number(argv[0]), number(argv[1]), number(argv[2]));
	if (!strcmp(what, "reset"))
		return do_reset(fd, argc, argv);
	if (!strcmp(what, "log"))
		return do_log(fd, argc, argv);
	if (!strcmp(what, "aen") && argc <= 1)
		return do_aen(fd, argc, argv);
	if (!strcmp(what, "effects"))
		return do_effects(fd, argc, argv);
	if (!strcmp(what, "admin"))
		return do_admin(fd, argc, argv);
	if (!strcmp(what, "propset"))
		return do_property(fd, argc, argv, 1);
	if (!strcmp(what, "propget"))
		return do_property(fd, argc, argv, 0);
	if (!strcmp(what, "write"))
		return do_io(fd, argc, argv, 1);
	if (!strcmp(what, "read"))
		return do_io(fd, argc, argv, 0);
	usage();
}
