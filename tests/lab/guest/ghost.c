/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ghost write: a write that a host has given up on, and repeated on another path, still lies in
 * the target's backend, and lands after newer data.
 *
 *	ghost serve NBD MIB FIFO LOG
 *		a disk in memory behind an nbd device. A line "arm MS" into FIFO makes it hold the
 *		next write of block 0 for MS; "hold" makes it hold every write until "release".
 *		Everything else is served at once. LOG tells of held writes and of everything that
 *is written to block 0:   NS armed - | NS held BYTE | NS landed BYTE (what was held) | NS stored
 *BYTE (everything else); BYTE: the first one written ghost write DEVICE LOG the application: writes
 *a block of 'A', then, when that was acknowledged, one of 'B', then reads the block every 100 ms
 *until SIGTERM. LOG:   NS acked|read BYTE, or NS error WRITE_OR_READ ERRNO. It ends with the
 *verdict: "corrupted" if a block of A was read after B was acknowledged (a read error is not
 *corruption), else "intact".
 *
 * NS is CLOCK_MONOTONIC.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nbd.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 4096

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static int fail(const char *what)
{
	fprintf(stderr, "ghost: %s: %s\n", what, strerror(errno));
	return 1;
}

static void pause_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) && errno == EINTR && !stop)
		;
}

static void tell(FILE *log, const char *what, int byte)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	fprintf(log, "%lld%09ld %s %c\n", (long long)t.tv_sec, t.tv_nsec, what, byte);
}

/* ---- serve ---- */

struct disk {
	char *data;
	uint64_t bytes;
	int sock;
	FILE *log;
	const char *fifo;
	pthread_mutex_t lock;  /* data, log, replies */
	unsigned int delay_ms; /* of the next write of block 0; 0: not armed */
	bool holding;	       /* every write */
	pthread_cond_t released;
};

struct held {
	struct disk *disk;
	unsigned int delay_ms; /* 0: until released */
	uint64_t from;
	uint32_t length;
	char cookie[8];
	char data[];
};

static bool whole(int sock, void *data, size_t length, bool out)
{
	char *at = data;
	ssize_t n;

	while (length) {
		n = out ? write(sock, at, length) : read(sock, at, length);
		if (n <= 0)
			return false;
		at += n;
		length -= (size_t)n;
	}
	return true;
}

static bool reply(struct disk *disk, const char *cookie, char *data, uint32_t length)
{
	struct nbd_reply r = { .magic = htonl(NBD_REPLY_MAGIC) };

	memcpy(r.handle, cookie, sizeof(r.handle));
	return whole(disk->sock, &r, sizeof(r), true) &&
	       (!length || whole(disk->sock, data, length, true));
}

static void store(struct disk *disk, const char *data, uint64_t from, uint32_t length,
		  const char *what)
{
	memcpy(disk->data + from, data, length);
	if (from == 0 || what[0] == 'l')
		tell(disk->log, what, data[0]);
}

static void *land_later(void *arg)
{
	struct held *held = arg;
	struct disk *disk = held->disk;

	pause_ms(held->delay_ms);
	pthread_mutex_lock(&disk->lock);
	while (!held->delay_ms && disk->holding)
		pthread_cond_wait(&disk->released, &disk->lock);
	store(disk, held->data, held->from, held->length, "landed");
	reply(disk, held->cookie, NULL, 0);
	pthread_mutex_unlock(&disk->lock);
	free(held);
	return NULL;
}

static bool hold(struct disk *disk, const char *cookie, const char *data, uint64_t from,
		 uint32_t length)
{
	struct held *held = malloc(sizeof(*held) + length);
	pthread_t thread;

	if (!held)
		return false;
	held->disk = disk;
	held->delay_ms = disk->holding ? 0 : disk->delay_ms;
	held->from = from;
	held->length = length;
	memcpy(held->cookie, cookie, sizeof(held->cookie));
	memcpy(held->data, data, length);
	disk->delay_ms = 0;
	tell(disk->log, "held", data[0]);
	errno = pthread_create(&thread, NULL, land_later, held);
	return !errno && !pthread_detach(thread);
}

static bool serve_one(struct disk *disk, char *buffer)
{
	struct nbd_request request;
	uint32_t length;
	uint64_t from;
	bool ok = true;
	char *cookie = request.handle;

	if (!whole(disk->sock, &request, sizeof(request), false))
		return false;
	length = ntohl(request.len);
	from = be64toh(request.from);
	if (request.magic != htonl(NBD_REQUEST_MAGIC) || from > disk->bytes ||
	    length > disk->bytes - from)
		return false;
	switch (ntohl(request.type) & 0xffff) {
	case NBD_CMD_READ:
		pthread_mutex_lock(&disk->lock);
		ok = reply(disk, cookie, disk->data + from, length);
		break;
	case NBD_CMD_WRITE:
		if (!whole(disk->sock, buffer, length, false))
			return false;
		pthread_mutex_lock(&disk->lock);
		if (disk->holding || (from == 0 && disk->delay_ms)) {
			ok = hold(disk, cookie, buffer, from, length);
			break;
		}
		store(disk, buffer, from, length, "stored");
		ok = reply(disk, cookie, NULL, 0);
		break;
	default:
		return false;
	}
	pthread_mutex_unlock(&disk->lock);
	return ok;
}

static void obey_line(struct disk *disk, const char *line)
{
	unsigned int ms;

	pthread_mutex_lock(&disk->lock);
	if (sscanf(line, "arm %u", &ms) == 1) {
		disk->delay_ms = ms;
		tell(disk->log, "armed", '-');
	} else {
		disk->holding = !strncmp(line, "hold", 4);
		tell(disk->log, disk->holding ? "holding" : "released", '-');
		pthread_cond_broadcast(&disk->released);
	}
	pthread_mutex_unlock(&disk->lock);
}

static void *obey(void *arg)
{
	struct disk *disk = arg;
	char line[64];
	FILE *fifo;

	while ((fifo = fopen(disk->fifo, "r"))) {
		while (fgets(line, sizeof(line), fifo))
			obey_line(disk, line);
		fclose(fifo);
	}
	return NULL;
}

/* The kernel's side of the socket; NBD_DO_IT returns when the disk goes away. */
static int attach(int nbd, int sock, uint64_t bytes)
{
	ioctl(nbd, NBD_CLEAR_SOCK);
	if (ioctl(nbd, NBD_SET_BLKSIZE, BLOCK) || ioctl(nbd, NBD_SET_SIZE_BLOCKS, bytes / BLOCK) ||
	    ioctl(nbd, NBD_SET_FLAGS, NBD_FLAG_HAS_FLAGS) || ioctl(nbd, NBD_SET_SOCK, sock))
		return fail("setting up the nbd device");
	switch (fork()) {
	case -1:
		return fail("fork");
	case 0:
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ioctl(nbd, NBD_DO_IT);
		_exit(0);
	}
	return 0;
}

static int cmd_serve(char **argv)
{
	static struct disk disk = { .lock = PTHREAD_MUTEX_INITIALIZER,
				    .released = PTHREAD_COND_INITIALIZER };
	int nbd = open(argv[0], O_RDWR), pair[2];
	pthread_t thread;
	char *buffer;

	disk.bytes = strtoull(argv[1], NULL, 10) << 20;
	disk.fifo = argv[2];
	disk.log = fopen(argv[3], "w");
	disk.data = calloc(1, disk.bytes);
	buffer = malloc(disk.bytes);
	if (nbd < 0 || !disk.log || !disk.data || !buffer ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return fail("starting");
	setlinebuf(disk.log);
	disk.sock = pair[0];
	if (attach(nbd, pair[1], disk.bytes))
		return 1;
	errno = pthread_create(&thread, NULL, obey, &disk);
	if (errno)
		return fail("pthread_create");
	while (serve_one(&disk, buffer))
		;
	return fail("the nbd device went away");
}

/* ---- write ---- */

struct app {
	int fd;
	char *block;
	FILE *log;
	bool acked, corrupted;
};

static bool put_block(struct app *app, int byte)
{
	memset(app->block, byte, BLOCK);
	if (pwrite(app->fd, app->block, BLOCK, 0) != BLOCK) {
		tell(app->log, "error", byte);
		return false;
	}
	tell(app->log, "acked", byte);
	return true;
}

static void look(struct app *app)
{
	memset(app->block, 0, BLOCK);
	if (pread(app->fd, app->block, BLOCK, 0) != BLOCK) {
		tell(app->log, "error", 'r');
		return;
	}
	tell(app->log, "read", app->block[0]);
	if (app->acked && app->block[0] == 'A' && app->block[BLOCK - 1] == 'A')
		app->corrupted = true;
}

static int cmd_write(char **argv)
{
	struct app app = { .fd = open(argv[0], O_RDWR | O_DIRECT), .log = fopen(argv[1], "w") };

	if (app.fd < 0 || !app.log || posix_memalign((void **)&app.block, BLOCK, BLOCK))
		return fail(argv[0]);
	setlinebuf(app.log);
	app.acked = put_block(&app, 'A') && put_block(&app, 'B');
	while (app.acked && !stop) {
		look(&app);
		pause_ms(100);
	}
	printf("%s\n", !app.acked ? "failed" : app.corrupted ? "corrupted" : "intact");
	return fclose(app.log) ? fail(argv[1]) : 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	if (argc == 6 && !strcmp(argv[1], "serve")) {
		signal(SIGTERM, SIG_DFL);
		return cmd_serve(argv + 2);
	}
	if (argc == 4 && !strcmp(argv[1], "write"))
		return cmd_write(argv + 2);
	fprintf(stderr, "usage: ghost serve NBD MIB FIFO LOG | write DEVICE LOG\n");
	return 2;
}
