// SPDX-License-Identifier: GPL-2.0
/* The parts of the live source that need no kernel: order, lives, decoding, hooks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../bpf/event.h"
#include "../../tools/source/decode.h"
#include "../../tools/source/ladder.h"
#include "../../tools/source/lives.h"
#include "../../tools/source/order.h"
#include "programs.skel.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- order ---- */

struct trail {
	uint64_t ts[4096];
	uint32_t cpu[4096];
	size_t n;
	size_t stop_at;
};

static int follow(void *ctx, const struct nct_event *ev)
{
	struct trail *t = ctx;

	t->ts[t->n] = ev->ts_ns;
	t->cpu[t->n++] = ev->cpu;
	return t->n == t->stop_at ? 7 : 0;
}

static void add(struct nct_order *o, uint64_t ts, uint32_t cpu)
{
	struct nct_event ev = { .ts_ns = ts, .cpu = cpu };

	assert_int_equal(nct_order_add(o, &ev), 0);
}

static void order_sorts_and_keeps_ties(void **unused)
{
	struct nct_order *o = nct_order_new();
	static struct trail t;
	unsigned int seed = 1;

	(void)unused;
	for (uint32_t i = 0; i < 4096; i++)
		add(o, rand_r(&seed) % 64, i);
	assert_int_equal(nct_order_flush(o, UINT64_MAX, follow, &t), 0);
	assert_int_equal(t.n, 4096);
	for (size_t i = 1; i < t.n; i++) {
		assert_true(t.ts[i - 1] <= t.ts[i]);
		if (t.ts[i - 1] == t.ts[i])
			assert_true(t.cpu[i - 1] < t.cpu[i]);
	}
	nct_order_free(o);
}

static void order_holds_back_and_stops(void **unused)
{
	struct nct_order *o = nct_order_new();
	static struct trail t;

	(void)unused;
	for (uint64_t ts = 10; ts <= 100; ts += 10)
		add(o, ts, 0);
	assert_int_equal(nct_order_flush(o, 45, follow, &t), 0);
	assert_int_equal(t.n, 4);
	assert_int_equal(nct_order_held(o), 6);
	t.stop_at = 6;
	assert_int_equal(nct_order_flush(o, 90, follow, &t), 7);
	assert_int_equal(nct_order_held(o), 4);
	assert_int_equal(t.ts[5], 60);
	nct_order_free(o);
	nct_order_free(NULL);
}

/* ---- lives ---- */

static void a_life_lasts_until_removal(void **unused)
{
	struct nct_lives l = { 0 };
	uint64_t first = nct_life_of(&l, 3, 0);

	(void)unused;
	assert_true(first);
	/* sysfs told of it before BPF told its address */
	assert_int_equal(nct_life_of(&l, 3, 0xa0), first);
	assert_int_equal(nct_life_of(&l, 3, 0), first);
	/* the number is used by another one: its removal was not seen */
	assert_int_not_equal(nct_life_of(&l, 3, 0xb0), first);
	nct_life_end(&l, 3);
	/* the same memory, another controller */
	assert_int_not_equal(nct_life_of(&l, 3, 0xb0), first);
	assert_int_not_equal(nct_life_of(&l, 3000, 0xb0), nct_life_of(&l, 3, 0xb0));
	nct_lives_free(&l);
}

static void lives_are_counted(void **unused)
{
	struct nct_lives l = { 0 };

	(void)unused;
	nct_life_of(&l, 1, 0);
	nct_life_of(&l, 2, 0);
	nct_life_group(&l, 1, NCT_GROUP_TCP);
	nct_life_group(&l, 2, NCT_GROUP_TCP);
	nct_life_group(&l, 2, NCT_GROUP_RDMA);
	nct_life_group(&l, 9, NCT_GROUP_RDMA); /* nobody */
	assert_int_equal(l.count, 2);
	assert_int_equal(l.in_group[NCT_GROUP_TCP], 1);
	assert_int_equal(l.in_group[NCT_GROUP_RDMA], 1);
	/* its removal was lost */
	nct_lives_begin_sweep(&l);
	nct_life_found(&l, 2);
	nct_lives_sweep(&l);
	assert_int_equal(l.count, 1);
	assert_int_equal(l.in_group[NCT_GROUP_TCP], 0);
	nct_life_end(&l, 2);
	nct_life_end(&l, 2);
	assert_int_equal(l.count, 0);
	assert_int_equal(l.in_group[NCT_GROUP_RDMA], 0);
	nct_lives_free(&l);
}

static void strange_instances_have_no_life(void **unused)
{
	struct nct_lives l = { 0 };

	(void)unused;
	assert_int_equal(nct_life_of(&l, -1, 1), 0);
	assert_int_equal(nct_life_of(&l, INT32_MAX, 1), 0);
	nct_life_end(&l, INT32_MAX);
	nct_life_end(&l, -5);
	nct_lives_free(&l);
}

/* ---- decoding ---- */

static struct nctb_header header(enum nctb_type type, size_t size)
{
	return (struct nctb_header) { .abi = NCTB_ABI,
				      .type = type,
				      .size = size,
				      .ts_ns = 42,
				      .ctrl = 0xc0ffee,
				      .instance = 5,
				      .cpu = 1 };
}

static const struct nct_states states = {
	.map = { [1] = NCT_STATE_LIVE, [7] = NCT_STATE_RESETTING },
	.dialect = NCT_DIALECT_BASELINE,
};

static void decodes_a_state_change(void **unused)
{
	struct nctb_state rec = { .h = header(NCTB_STATE, sizeof(rec)),
				  .old_state = NCTB_STATE_UNKNOWN,
				  .new_state = 7 };
	struct nct_module_change module;
	struct nct_event ev;

	(void)unused;
	strcpy(rec.frames[0], "bpf_prog_4711_fexit__state");
	strcpy(rec.frames[1], "nvme_change_ctrl_state [nvme_core]");
	strcpy(rec.frames[2], "nvme_tcp_timeout.cold [nvme_tcp]");
	assert_int_equal(nct_decode(&rec, sizeof(rec), &states, &ev, &module), NCT_DECODED_EVENT);
	assert_int_equal(ev.type, NCT_EV_STATE);
	assert_int_equal(ev.ts_ns, 42);
	assert_int_equal(ev.instance, 5);
	assert_int_equal(ev.state.old_state, NCT_STATE_UNKNOWN);
	assert_int_equal(ev.state.new_state, NCT_STATE_RESETTING);
	assert_string_equal(ev.state.site, "nvme_tcp_timeout");
	rec.new_state = 1000; /* a state of the future: kept as the kernel's number */
	assert_int_equal(nct_decode(&rec, sizeof(rec), &states, &ev, &module), NCT_DECODED_EVENT);
	assert_int_equal(ev.state.new_state, NCT_STATE_UNKNOWN);
	assert_int_equal(ev.state.raw_new, 1000);
}

static void decodes_who_it_is(void **unused)
{
	struct nctb_identity rec = { .h = header(NCTB_IDENTITY, sizeof(rec)),
				     .cntlid = 9,
				     .kato_s = 5,
				     .reconnect_delay_s = 10,
				     .max_reconnects = 60,
				     .cqt_ms = -1,
				     .fabrics = 1,
				     .ciu = -1,
				     .ctratt = 1 << 6 };
	struct nct_module_change module;
	struct nct_event ev;

	(void)unused;
	strcpy(rec.transport, "tcp");
	strcpy(rec.traddr, "10.0.0.1");
	strcpy(rec.trsvcid, "4420");
	strcpy(rec.host_iface, "eth0");
	memset(rec.subsystem, 'n', sizeof(rec.subsystem)); /* no NUL */
	assert_int_equal(nct_decode(&rec, sizeof(rec), &states, &ev, &module), NCT_DECODED_EVENT);
	assert_string_equal(ev.identity.address, "traddr=10.0.0.1,trsvcid=4420,host_iface=eth0");
	assert_int_equal(strlen(ev.identity.subsystem), NCT_NQN_LEN - 1);
	assert_int_equal(ev.identity.kato_ms, 5000);
	assert_int_equal(ev.identity.ctrl_loss_tmo_ms, 600000);
	assert_int_equal(ev.identity.cqt_ms, NCT_UNKNOWN_INT);
	assert_int_equal(ev.identity.ccr, NCT_UNKNOWN_INT);
	assert_int_equal(ev.identity.tbkas, 1);
	rec.ciu = 200;
	rec.max_reconnects = -1;
	nct_decode(&rec, sizeof(rec), &states, &ev, &module);
	assert_int_equal(ev.identity.ctrl_loss_tmo_ms, -1);
	assert_int_equal(ev.identity.ccr, 1);
	rec.fabrics = 0;
	nct_decode(&rec, sizeof(rec), &states, &ev, &module);
	assert_string_equal(ev.identity.address, "10.0.0.1");
	assert_int_equal(ev.identity.reconnect_delay_ms, NCT_UNKNOWN_INT);
}

static void refuses_what_is_no_record(void **unused)
{
	struct nctb_state rec = { .h = header(NCTB_STATE, sizeof(rec)) };
	struct nct_module_change module;
	struct nct_event ev;

	(void)unused;
	for (size_t size = 0; size < sizeof(rec); size++)
		assert_int_equal(nct_decode(&rec, size, &states, &ev, &module), NCT_DECODED_BAD);
	rec.h.abi++;
	assert_int_equal(nct_decode(&rec, sizeof(rec), &states, &ev, &module), NCT_DECODED_BAD);
	for (unsigned int type = 0; type < 70000; type += 1 + type / 64) {
		rec.h = header(type, sizeof(struct nctb_header));
		assert_int_not_equal(nct_decode(&rec.h, sizeof(rec.h), &states, &ev, &module),
				     type == NCTB_GONE || type == NCTB_HOLD_END ||
						     type == NCTB_CCR_NOTICE ||
						     type == NCTB_KEEP_ALIVE
					     ? NCT_DECODED_BAD
					     : NCT_DECODED_EVENT);
	}
}

static void decodes_modules(void **unused)
{
	struct nctb_module rec = { .h = header(NCTB_MODULE, sizeof(rec)), .loaded = 1 };
	struct nct_module_change module;
	struct nct_event ev;

	(void)unused;
	strcpy(rec.name, "nvme_tcp");
	assert_int_equal(nct_decode(&rec, sizeof(rec), &states, &ev, &module), NCT_DECODED_MODULE);
	assert_true(module.loaded);
	assert_string_equal(module.name, "nvme_tcp");
}

static struct nct_event decode_one(const void *rec, size_t size)
{
	struct nct_module_change module;
	struct nct_event ev;

	assert_int_equal(nct_decode(rec, size, &states, &ev, &module), NCT_DECODED_EVENT);
	assert_int_equal(ev.ts_ns, 42);
	assert_int_equal(ev.instance, 5);
	return ev;
}

static void decodes_io(void **unused)
{
	const struct nctb_in_flight in_flight = { .h = header(NCTB_IN_FLIGHT, sizeof(in_flight)),
						  .requests = 5,
						  .reads = 3,
						  .writes = 2,
						  .bytes = 20480,
						  .oldest_ns = 7,
						  .partial = 1 };
	const struct nctb_io_released released = { .h = header(NCTB_IO_RELEASED, sizeof(released)),
						   .failed_over = 4,
						   .cancelled = 1,
						   .first_ns = 50,
						   .last_ns = 60,
						   .errors = 2 };
	const struct nctb_io_count path = { .h = header(NCTB_IO_PATH, sizeof(path)),
					    .which = 3,
					    .n = 9 };
	struct nctb_blackout blackout = { .h = header(NCTB_BLACKOUT, sizeof(blackout)),
					  .since_ns = 10,
					  .until_ns = 90,
					  .uncertain_ns = 5 };
	struct nct_event ev;

	(void)unused;
	ev = decode_one(&in_flight, sizeof(in_flight));
	assert_int_equal(ev.type, NCT_EV_IN_FLIGHT);
	assert_int_equal(ev.in_flight.reads, 3);
	assert_int_equal(ev.in_flight.writes, 2);
	assert_int_equal(ev.in_flight.bytes, 20480);
	assert_int_equal(ev.in_flight.oldest_ns, 7);
	assert_true(ev.in_flight.partial);
	ev = decode_one(&released, sizeof(released));
	assert_int_equal(ev.io_released.cancelled, 1);
	assert_int_equal(ev.io_released.first_ns, 50);
	assert_int_equal(ev.io_released.errors, 2);
	ev = decode_one(&path, sizeof(path));
	assert_int_equal(ev.io_path.to, 3);
	assert_int_equal(ev.io_path.bios, 9);
	memset(blackout.device, 'd', sizeof(blackout.device)); /* no NUL */
	ev = decode_one(&blackout, sizeof(blackout));
	assert_int_equal(strlen(ev.blackout.device), NCT_DEVICE_LEN - 1);
	assert_int_equal(ev.blackout.until_ns, 90);
	assert_int_equal(ev.blackout.uncertain_ns, 5);
}

static void decodes_ccr_attempts(void **unused)
{
	struct nctb_ccr_start start = { .h = header(NCTB_CCR_START, sizeof(start)),
					.source = 3,
					.timeout_ms = 15000,
					.ciu = 200 };
	struct nctb_ccr_end end = { .h = header(NCTB_CCR_END, sizeof(end)),
				    .command_ns = 77,
				    .source = 3,
				    .status = -110,
				    .immediate = 0,
				    .ccrs = NCTB_UNKNOWN_INT };
	struct nct_event ev = decode_one(&start, sizeof(start));

	(void)unused;
	assert_int_equal(ev.type, NCT_EV_CCR_START);
	assert_int_equal(ev.ccr.source, 3);
	assert_int_equal(ev.ccr.timeout_ms, 15000);
	assert_int_equal(ev.ccr.ciu, 200);
	assert_int_equal(ev.ccr.status, NCT_UNKNOWN_INT);
	ev = decode_one(&end, sizeof(end));
	assert_int_equal(ev.type, NCT_EV_CCR_END);
	assert_int_equal(ev.ccr.source, 3);
	assert_int_equal(ev.ccr.status, -110);
	assert_int_equal(ev.ccr.immediate, 0);
	assert_int_equal(ev.ccr.ccrs, NCT_UNKNOWN_INT);
	assert_int_equal(ev.ccr.command_ns, 77);
	assert_int_equal(ev.ccr.timeout_ms, NCT_UNKNOWN_INT);
}

static void decodes_holds(void **unused)
{
	struct nctb_hold_start start = { .h = header(NCTB_HOLD_START, sizeof(start)),
					 .requested_ms = 11000,
					 .why = -EBUSY };
	struct nctb_hold_end end = { .h = header(NCTB_HOLD_END, sizeof(end)) };
	struct nct_event ev = decode_one(&start, sizeof(start));

	(void)unused;
	assert_int_equal(ev.type, NCT_EV_HOLD_START);
	assert_int_equal(ev.hold.requested_ms, 11000);
	assert_string_equal(ev.hold.reason, "no-credit");
	start.why = NCTB_UNKNOWN_INT;
	assert_string_equal(decode_one(&start, sizeof(start)).hold.reason, "");
	ev = decode_one(&end, sizeof(end));
	assert_int_equal(ev.type, NCT_EV_HOLD_END);
	assert_int_equal(ev.hold.requested_ms, NCT_UNKNOWN_INT);
}

/* The tracepoint tells an address; what is plumbing, or no symbol, tells nothing. */
static void decodes_who_detected_an_error(void **unused)
{
	struct nctb_error rec = { .h = header(NCTB_ERROR, sizeof(rec)) };

	(void)unused;
	strcpy(rec.site, "nvme_tcp_timeout [nvme_tcp]");
	assert_int_equal(decode_one(&rec, sizeof(rec)).type, NCT_EV_ERROR);
	assert_string_equal(decode_one(&rec, sizeof(rec)).error.site, "nvme_tcp_timeout");
	strcpy(rec.site, "nvme_tcp_error_recovery [nvme_tcp]");
	assert_string_equal(decode_one(&rec, sizeof(rec)).error.site, "");
	strcpy(rec.site, "0xffffffffc0123456");
	assert_string_equal(decode_one(&rec, sizeof(rec)).error.site, "");
	memset(rec.site, 'x', sizeof(rec.site)); /* no NUL */
	assert_int_equal(strlen(decode_one(&rec, sizeof(rec)).error.site), NCTB_FRAME_LEN);
}

/* ---- hooks ---- */

static void assert_program(struct bpf_object *bpf, const char *name, const char *hook)
{
	if (name[0] && !bpf_object__find_program_by_name(bpf, name))
		fail_msg("hook %s names a program that is not there: %s", hook, name);
}

static const enum nct_rung rungs[] = { NCT_RUNG_TRACEPOINT, NCT_RUNG_FENTRY, NCT_RUNG_KPROBE };

static struct bpf_object *programs(void)
{
	size_t size;
	const void *elf = programs__elf_bytes(&size);
	struct bpf_object *bpf = bpf_object__open_mem(elf, size, NULL);

	assert_non_null(bpf);
	return bpf;
}

static void every_hook_has_its_programs(void **unused)
{
	struct bpf_object *bpf = programs();
	char names[2][64];

	(void)unused;
	for (size_t i = 0; i < nct_hook_count; i++) {
		const struct nct_hook *hook = &nct_hooks[i];

		assert_true(hook->function || hook->tracepoint);
		for (size_t r = 0; r < LEN(rungs); r++) {
			bool traced = rungs[r] == NCT_RUNG_TRACEPOINT;

			nct_hook_programs(hook, rungs[r], names[0], names[1], 64);
			assert_int_equal(!!names[0][0],
					 traced ? !!hook->tracepoint : !!hook->function);
			assert_program(bpf, names[0], hook->name);
			assert_program(bpf, names[1], hook->name);
		}
		nct_hook_programs(hook, NCT_RUNG_NONE, names[0], names[1], 64);
		assert_string_equal(names[0], "");
	}
	bpf_object__close(bpf);
}

/* A program that no hook names would be dead weight. */
static void every_program_has_its_hook(void **unused)
{
	struct bpf_object *bpf = programs();
	struct bpf_program *prog;

	(void)unused;
	bpf_object__for_each_program(prog, bpf)
	{
		/* Those on the I/O path are no hooks: impact.c has them. */
		bool named = !strncmp(bpf_program__name(prog), "io__", 4);

		for (size_t i = 0; i < nct_hook_count && !named; i++) {
			for (size_t r = 0; r < LEN(rungs); r++) {
				char entry[64], ret[64];

				nct_hook_programs(&nct_hooks[i], rungs[r], entry, ret, 64);
				named |= !strcmp(entry, bpf_program__name(prog)) ||
					 !strcmp(ret, bpf_program__name(prog));
			}
		}
		if (!named)
			fail_msg("no hook uses the program %s", bpf_program__name(prog));
	}
	bpf_object__close(bpf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_sorts_and_keeps_ties),
		cmocka_unit_test(order_holds_back_and_stops),
		cmocka_unit_test(a_life_lasts_until_removal),
		cmocka_unit_test(lives_are_counted),
		cmocka_unit_test(strange_instances_have_no_life),
		cmocka_unit_test(decodes_a_state_change),
		cmocka_unit_test(decodes_who_it_is),
		cmocka_unit_test(refuses_what_is_no_record),
		cmocka_unit_test(decodes_modules),
		cmocka_unit_test(decodes_io),
		cmocka_unit_test(decodes_ccr_attempts),
		cmocka_unit_test(decodes_holds),
		cmocka_unit_test(decodes_who_detected_an_error),
		cmocka_unit_test(every_hook_has_its_programs),
		cmocka_unit_test(every_program_has_its_hook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
