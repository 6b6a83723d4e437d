// SPDX-License-Identifier: GPL-2.0
/*
 * Writes pages for the tests of `report --html`, with the writer that report uses.
 *
 *	page few|many|hostile|hosts|random|none OUT
 */
#include "../unit/simulate.h"

#include "../../tools/view/html.h"

#ifndef US
#define US 1000ull
#endif

static const struct nct_anchor anchor = { 1000 * SEC, 1000 * SEC, 1795327848123456789ull };

struct made {
	struct nct_recovery rec;
	struct nct_span spans[64];
	struct nct_ccr_attempt ccr[2];
};

static uint64_t draw(uint64_t n)
{
	static uint64_t seed;

	return rnd(&seed, n);
}

/* Log-uniform enough: from an eighth of it to eight times. */
static uint64_t about(uint64_t ns)
{
	uint64_t n = ns;

	for (int i = 0; i < 3; i++)
		n = draw(2) ? n + draw(n) : n - draw(n / 2 + 1);
	return n;
}

static void add_span(struct made *m, enum nct_phase phase, uint64_t ns)
{
	struct nct_recovery *rec = &m->rec;

	if (rec->nspans && m->spans[rec->nspans - 1].phase == phase)
		m->spans[rec->nspans - 1].duration_ns += ns;
	else
		m->spans[rec->nspans++] =
			(struct nct_span) { phase, rec->start_ns + rec->duration_ns, ns };
	rec->duration_ns += ns;
	rec->total_ns[phase] += ns;
}

static void begin(struct made *m, int instance, uint64_t start_ns)
{
	memset(m, 0, sizeof(*m));
	m->rec = (struct nct_recovery) {
		.kind = NCT_KIND_RECOVERY,
		.dialect = NCT_DIALECT_RECOVERING,
		.id = { .instance = instance,
			.cntlid = instance + 1,
			.transport = "tcp",
			.subsystem = "nqn.2014-08.org.example:s1",
			.kato_ms = 5000,
			.reconnect_delay_ms = 1000,
			.max_reconnects = 60,
			.ctrl_loss_tmo_ms = 60000,
			.cqt_ms = 2000 },
		.trigger = { .reason = "connection-lost",
			     .site = "nvme_tcp_state_change",
			     .opcode = NCT_OPCODE_UNKNOWN },
		.start_ns = start_ns,
		.time_to_live_ns = NCT_NONE,
		.hold_requested_ms = NCT_UNKNOWN_INT,
		.last_status = NCT_UNKNOWN_INT,
		.spans = m->spans,
		.ccr = m->ccr,
	};
	snprintf(m->rec.id.address, sizeof(m->rec.id.address), "traddr=192.0.2.%d,trsvcid=4420",
		 instance);
}

static void add_attempt(struct made *m, int source, enum nct_ccr_result result)
{
	uint64_t command = about(2 * MS), took = command;
	int status = 0;

	if (result == NCT_CCR_REJECTED) {
		status = 0x4141;
	} else {
		took += result == NCT_CCR_TIMEOUT ? 2 * SEC : about(60 * MS);
		status = result == NCT_CCR_TIMEOUT ? -110 : 0;
	}
	m->ccr[m->rec.nccr] = (struct nct_ccr_attempt) {
		.source = source,
		.start_ns = m->rec.start_ns + m->rec.duration_ns,
		.duration_ns = took,
		.command_ns = command,
		.status = status,
		.result = result,
		.ccrs = NCT_UNKNOWN_INT,
		.timeout_ms = 2000,
		.ciu = 7,
	};
	m->rec.nccr++;
	add_span(m, NCT_PHASE_CCR, took);
}

static void add_hold(struct made *m)
{
	m->rec.fence = NCT_FENCE_HOLD;
	m->rec.fence_reason = "ccr-timeout";
	m->rec.has_hold = true;
	m->rec.hold_requested_ms = 5000;
	snprintf(m->rec.hold_reason, sizeof(m->rec.hold_reason), "ccr-timeout");
	add_span(m, NCT_PHASE_HOLD, 5 * SEC + about(3 * MS));
}

static void add_fencing(struct made *m, int instance)
{
	uint64_t how = draw(10);

	add_span(m, NCT_PHASE_QUEUE, about(900 * US));
	if (how < 6) {
		add_attempt(m, instance ^ 1, NCT_CCR_SUCCESS);
		m->rec.fence = NCT_FENCE_CCR;
	} else if (how < 8) {
		add_attempt(m, instance ^ 1, NCT_CCR_TIMEOUT);
		add_hold(m);
	} else if (how < 9) {
		add_attempt(m, instance ^ 1, NCT_CCR_REJECTED);
		add_attempt(m, instance ^ 2, NCT_CCR_SUCCESS);
		m->rec.fence = NCT_FENCE_CCR;
	} else {
		m->rec.fence = NCT_FENCE_UNFENCED;
		m->rec.fence_reason = "no-ccr-no-cqt";
	}
}

static void add_end(struct made *m, enum nct_end how)
{
	struct nct_recovery *rec = &m->rec;

	rec->end = how;
	if (how == NCT_END_LIVE)
		rec->time_to_live_ns = rec->duration_ns;
	else
		rec->end_reason = how == NCT_END_REMOVED ? "reconnect-limit" : "observation-ended";
	if (how == NCT_END_INCOMPLETE)
		rec->notes = NCT_NOTE_CUT_SHORT;
}

static void add_blackout(struct made *m, uint64_t since_ns, uint64_t until_ns,
			 uint64_t uncertain_ns)
{
	struct nct_blackout *b = &m->rec.io.blackouts[m->rec.io.nblackouts++];

	snprintf(b->device, sizeof(b->device), "nvme%dn%zu", m->rec.id.instance / 4,
		 m->rec.io.nblackouts);
	b->since_ns = since_ns;
	b->until_ns = until_ns;
	b->uncertain_ns = uncertain_ns;
}

/* By number of the controller: told in full, with an uncertain end, with one that is not over,
 * not looked at. No chance in it: what tests expect of the rest stays as it is. */
static void add_io(struct made *m)
{
	uint64_t start = m->rec.start_ns, retry = m->rec.time_to_retry_ns;
	int kind = m->rec.id.instance % 4;

	if (kind == 3)
		return;
	m->rec.io = (struct nct_io) {
		.seen = true,
		.requests = 256,
		.reads = 200,
		.writes = 56,
		.bytes = 1 << 20,
		.oldest_ns = 30 * MS,
		.failed_over = 250,
		.completed_late = 6,
		.first_release_ns = start + retry - 1 * MS,
		.last_release_ns = start + retry,
		.errors = kind == 1   ? 3
			  : kind == 2 ? NCT_NONE
				      : 0,
		.paths = { { m->rec.id.instance ^ 1, 251 } },
		.npaths = 1,
	};
	m->rec.io.waited[12] = 250;
	add_blackout(m, start - 30 * MS - (kind == 1 ? m->rec.duration_ns / 2 : 0),
		     start + retry + 5 * MS, kind == 1 ? retry / 2 : 0);
	if (kind == 2)
		add_blackout(m, start - 20 * MS, NCT_NONE, 0);
}

/* One of a kind that kernels with CCR show, drawn at random. */
static void any(struct made *m, int instance, uint64_t start_ns)
{
	begin(m, instance, start_ns);
	add_fencing(m, instance);
	add_span(m, NCT_PHASE_TEARDOWN, about(40 * MS));
	m->rec.time_to_retry_ns = m->rec.duration_ns - 1 * MS;
	for (uint64_t n = 1 + draw(3); n; n--) {
		m->rec.attempts++;
		add_span(m, NCT_PHASE_BACKOFF, 1 * SEC + about(5 * MS));
		add_span(m, NCT_PHASE_CONNECT, about(80 * MS));
	}
	add_io(m);
	add_end(m, draw(20) ? NCT_END_LIVE : draw(2) ? NCT_END_REMOVED : NCT_END_INCOMPLETE);
}

static int add(struct nct_html *html, int n, int controllers, uint64_t apart_ns,
	       const struct nct_anchor *at, const struct nct_json_origin *origin)
{
	struct made m;
	int rc = 0;

	for (int i = 0; i < n && !rc; i++) {
		any(&m, i % controllers, 1000 * SEC + (uint64_t)i * apart_ns + draw(100 * MS));
		rc = nct_html_add(html, &m.rec, at, origin);
	}
	return rc;
}

static int session(struct nct_html *html, const char *source, const char *host, uint64_t lost)
{
	struct nct_json_session s = {
		.source = source,
		.host = host,
		.kernel = "6.12.0",
		.input = strcmp(source, "bpf") ? "kern.log" : NULL,
		.start_ns = 990 * SEC,
		.end_ns = 99000 * SEC,
		.anchor = strcmp(source, "bpf") ? NULL : &anchor,
		.resolution_ns = strcmp(source, "bpf") ? 1000 : 1,
		.lost = lost,
	};

	return nct_html_session(html, &s);
}

static int few(struct nct_html *html)
{
	add(html, 40, 4, 7 * SEC, &anchor, NULL);
	return session(html, "bpf", "db1", 0);
}

static int many(struct nct_html *html)
{
	add(html, 10000, 200, 8 * SEC, &anchor, NULL);
	return session(html, "bpf", "db1", 0);
}

/* What a target may send to break out of where it is shown. */
static int hostile(struct nct_html *html)
{
	static const char *const nqns[] = {
		"</script><script>window.broken=1</script>",
		"<!--<script>",
		"<img src=x onerror=window.broken=1>",
		"\"'`;${window.broken=1}\\u003c/script>",
		"\xff\xfe<b>\xc3(</b>",
		"a\nb\r\t\x01\xe2\x80\xa8",
	};
	struct made m;

	for (size_t i = 0; i < sizeof(nqns) / sizeof(nqns[0]); i++) {
		any(&m, (int)i, (1000 + 20 * i) * SEC);
		snprintf(m.rec.id.subsystem, sizeof(m.rec.id.subsystem), "%s", nqns[i]);
		snprintf(m.rec.id.address, sizeof(m.rec.id.address), "%s", nqns[i]);
		snprintf(m.rec.trigger.site, sizeof(m.rec.trigger.site), "%s", nqns[i]);
		nct_html_add(html, &m.rec, &anchor, NULL);
	}
	return session(html, "bpf", "<b onclick=window.broken=1>host</b>", 3);
}

/* Two hosts on wall time, a log without it, and a session in which nothing happened. */
static int hosts(struct nct_html *html)
{
	static const struct nct_json_origin log = { "web1", 1000 };

	add(html, 20, 2, 9 * SEC, &anchor, NULL);
	session(html, "bpf", "db1", 0);
	add(html, 20, 2, 11 * SEC, &anchor, NULL);
	session(html, "bpf", "db2", 17);
	add(html, 10, 2, 13 * SEC, NULL, &log);
	session(html, "dmesg", "web1", 0);
	return session(html, "bpf", "db3", 0);
}

static void put(void *ctx, const struct nct_recovery *rec)
{
	nct_html_add(ctx, rec, &anchor, NULL);
}

/* What the reducer makes of hosts that fail at random, in all dialects. */
static int random_hosts(struct nct_html *html)
{
	static const struct nct_reducer_ops ops = { .end = put };

	for (uint64_t i = 0; i < 300; i++) {
		enum nct_dialect dialect = NCT_DIALECT_BASELINE + i % 3;
		struct sim sim = { .seed = i,
				   .now = 1000 * SEC + i,
				   .id = i + 1,
				   .instance = (int)i % 40,
				   .dialect = dialect };
		struct nct_reducer *r = nct_reducer_new(dialect, &ops, html);

		simulate(&sim);
		for (size_t n = 0; n < sim.nevents; n++)
			nct_reducer_push(r, &sim.events[n]);
		nct_reducer_finish(r, sim.now);
		nct_reducer_free(r);
		free(sim.events);
	}
	return session(html, "bpf", NULL, 0);
}

static int none(struct nct_html *html)
{
	return session(html, "bpf", "db1", 0);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*fill)(struct nct_html *html);
	} pages[] = { { "few", few },	  { "many", many },	      { "hostile", hostile },
		      { "hosts", hosts }, { "random", random_hosts }, { "none", none } };
	struct nct_html html;
	FILE *out = argc == 3 ? fopen(argv[2], "w") : NULL;
	int rc = -1;

	if (!out)
		return EXIT_FAILURE;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (!strcmp(argv[1], pages[i].name)) {
			nct_html_begin(&html, out);
			pages[i].fill(&html);
			rc = nct_html_end(&html);
		}
	if (fclose(out))
		rc = -1;
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
