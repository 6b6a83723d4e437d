// SPDX-License-Identifier: GPL-2.0
/*
 * The audit of random recoveries: what was not seen is never good news, nor bad.
 *
 * Each recovery is judged as it is, and with one fact less. Then a rule says the same, or cannot
 * tell; never the opposite. What it says shows a moment, and no number that stands for "not known".
 *
 * NCT_SEED and NCT_STREAMS override the first seed and the number of hosts; a failure names the
 * seed of its host: NCT_SEED=<it> NCT_STREAMS=1.
 */
#include "../../tools/recovery/audit.h"
#include "simulate.h"

#define STREAMS 20000

struct fact {
	const char *name;
	void (*forget)(struct nct_recovery *rec);
};

static void kato(struct nct_recovery *rec)
{
	rec->id.kato_ms = NCT_UNKNOWN_INT;
}

static void cqt(struct nct_recovery *rec)
{
	rec->id.cqt_ms = NCT_UNKNOWN_INT;
}

static void tbkas(struct nct_recovery *rec)
{
	rec->id.tbkas = NCT_UNKNOWN_INT;
}

static void ccr(struct nct_recovery *rec)
{
	rec->id.ccr = NCT_UNKNOWN_INT;
}

static void loss_tmo(struct nct_recovery *rec)
{
	rec->id.ctrl_loss_tmo_ms = NCT_UNKNOWN_INT;
}

static void reconnect_delay(struct nct_recovery *rec)
{
	rec->id.reconnect_delay_ms = NCT_UNKNOWN_INT;
}

static void released(struct nct_recovery *rec)
{
	rec->io.failed_over = rec->io.cancelled = rec->io.completed_late = NCT_NONE;
	rec->io.first_release_ns = rec->io.last_release_ns = rec->io.errors = NCT_NONE;
}

static void release_times(struct nct_recovery *rec)
{
	rec->io.first_release_ns = rec->io.last_release_ns = NCT_NONE;
}

static void in_flight(struct nct_recovery *rec)
{
	rec->io.requests = rec->io.reads = rec->io.writes = rec->io.bytes = NCT_NONE;
	rec->io.oldest_ns = rec->io.completed_late = NCT_NONE;
}

static void requests(struct nct_recovery *rec)
{
	in_flight(rec);
	released(rec);
	rec->io.seen = false;
	rec->keep_alives = 0;
	rec->keep_alive_ns = 0;
	for (size_t i = 0; i < rec->nccr; i++)
		rec->ccr[i].late_ns = 0;
}

static void answers(struct nct_recovery *rec)
{
	for (size_t i = 0; i < rec->nccr; i++)
		rec->ccr[i].status = NCT_UNKNOWN_INT;
}

static void sources(struct nct_recovery *rec)
{
	for (size_t i = 0; i < rec->nccr; i++)
		rec->ccr[i].source = NCT_UNKNOWN_INT;
}

/* Of what goes on nothing is known yet. */
static void fence(struct nct_recovery *rec)
{
	if (rec->end == NCT_END_INCOMPLETE)
		return;
	rec->fence = NCT_FENCE_UNKNOWN;
	rec->fence_reason = NULL;
}

static void site(struct nct_recovery *rec)
{
	rec->trigger.site[0] = '\0';
	if (!rec->intruder_site[0])
		rec->intruder_ns = 0;
}

static void losses(struct nct_recovery *rec)
{
	rec->notes |= NCT_NOTE_LOSSY;
}

static const struct fact facts[] = {
	{ "KATO", kato },
	{ "CQT", cqt },
	{ "TBKAS", tbkas },
	{ "CCR", ccr },
	{ "ctrl_loss_tmo", loss_tmo },
	{ "reconnect_delay", reconnect_delay },
	{ "what was released", released },
	{ "when it was released", release_times },
	{ "what was in flight", in_flight },
	{ "all of the requests", requests },
	{ "what sources answered", answers },
	{ "who the sources were", sources },
	{ "the fence", fence },
	{ "who changed the state", site },
	{ "that nothing was lost", losses },
};

#define NFACTS (sizeof(facts) / sizeof(facts[0]))

static unsigned long long now; /* the seed of this host */
static uint64_t judged[NCT_RULE_COUNT][NCT_VERDICT_UNKNOWN + 1];

static const char *word(enum nct_verdict verdict)
{
	static const char *const words[] = { "none", "clean", "fired", "unknown" };

	return words[verdict];
}

static void check_finding(const struct nct_recovery *rec, enum nct_rule rule,
			  const struct nct_finding *f)
{
	const char *id = nct_rules[rule].id;

	if (f->verdict == NCT_VERDICT_NONE || f->verdict == NCT_VERDICT_CLEAN)
		return;
	if (!f->message[0] || strstr(f->message, "-2147483") || strstr(f->message, "184467440"))
		fail_msg("seed %llu: %s says: %s", now, id, f->message);
	if (f->verdict == NCT_VERDICT_FIRED && !f->nevidence)
		fail_msg("seed %llu: %s fired without evidence", now, id);
	for (size_t i = 0; i < f->nevidence; i++)
		if (f->evidence[i].at_ns == NCT_NONE || f->evidence[i].at_ns < rec->start_ns)
			fail_msg("seed %llu: %s shows %s at %llu", now, id, f->evidence[i].what,
				 (unsigned long long)f->evidence[i].at_ns);
}

/* That all of them were reads is what exculpates: not to know it is no excuse. */
static bool may_become(enum nct_rule rule, enum nct_verdict from, enum nct_verdict to,
		       const struct nct_recovery *less)
{
	if (rule == NCT_RULE_EARLY_RETRY && less->io.reads == NCT_NONE &&
	    less->fence == NCT_FENCE_UNFENCED && to == NCT_VERDICT_FIRED)
		return true;
	return to == from || to == NCT_VERDICT_UNKNOWN;
}

static void judge_with_less(const struct nct_recovery *rec, enum nct_rule rule,
			    const struct nct_finding *whole)
{
	struct nct_ccr_attempt attempts[64];
	struct nct_finding f;

	if (rec->nccr > 64)
		return;
	for (size_t i = 0; i < NFACTS; i++) {
		struct nct_recovery less = *rec;

		for (size_t j = 0; j < rec->nccr; j++)
			attempts[j] = rec->ccr[j];
		less.ccr = attempts;
		facts[i].forget(&less);
		nct_audit(&less, rule, &f);
		check_finding(&less, rule, &f);
		if (rule != NCT_RULE_LOSSY && !may_become(rule, whole->verdict, f.verdict, &less))
			fail_msg("seed %llu: %s: %s became %s without %s: \"%s\", \"%s\"", now,
				 nct_rules[rule].id, word(whole->verdict), word(f.verdict),
				 facts[i].name, whole->message, f.message);
	}
}

static int32_t one_of(uint64_t *seed, const int32_t *list, size_t n)
{
	return list[rnd(seed, n)];
}

/* What simulated hosts do not have: settings around what happened, and intruders. */
static void configure(struct nct_recovery *rec, uint64_t *seed)
{
	static const int32_t delays[] = { 0, 1, 10, 1000 }, limits[] = { -1, 0, 1, 100, 600000 };
	uint64_t end_ns = nct_hold_end_ns(rec);
	uint64_t held_ms = end_ns == NCT_NONE ? 0 : (end_ns - rec->start_ns) / MS;

	rec->id.kato_ms = (int32_t)rnd(seed, held_ms + 2);
	rec->id.cqt_ms = (int32_t)rnd(seed, held_ms + 2);
	rec->id.tbkas = (int32_t)rnd(seed, 2);
	rec->id.reconnect_delay_ms = one_of(seed, delays, 4);
	rec->id.ctrl_loss_tmo_ms = one_of(seed, limits, 5);
	if (rnd(seed, 10) || !rec->has_hold)
		return;
	rec->intruder_ns = rec->start_ns + rnd(seed, rec->duration_ns + 1);
	snprintf(rec->intruder_site, sizeof(rec->intruder_site), "nvme_sysfs_reset");
}

static void judge(void *ctx, const struct nct_recovery *rec)
{
	struct nct_recovery configured = *rec;

	configure(&configured, ctx);
	for (int rule = 0; rule < NCT_RULE_COUNT; rule++) {
		struct nct_finding f;

		nct_audit(&configured, (enum nct_rule)rule, &f);
		judged[rule][f.verdict]++;
		check_finding(&configured, (enum nct_rule)rule, &f);
		judge_with_less(&configured, (enum nct_rule)rule, &f);
	}
}

static void one_host(uint64_t seed)
{
	static const struct nct_reducer_ops ops = { .end = judge };
	struct sim m = { .seed = seed, .now = SEC, .id = 0x1000, .instance = 1 };
	struct nct_reducer *r;
	uint64_t most;

	m.dialect = (enum nct_dialect)(NCT_DIALECT_BASELINE + rnd(&m.seed, 3));
	simulate(&m);
	sim_impact(&m);
	r = nct_reducer_new(m.dialect, &ops, &m.seed);
	assert_non_null(r);
	/* The observation ends anywhere. */
	most = rnd(&m.seed, 2) ? m.nevents : rnd(&m.seed, m.nevents);
	for (size_t i = 0; i < most; i++)
		nct_reducer_push(r, &m.events[i]);
	nct_reducer_finish(r, m.now + rnd(&m.seed, 2) * 1000 * SEC);
	nct_reducer_free(r);
	free(m.events);
}

static uint64_t env_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static void what_was_not_seen_is_no_news(void **unused)
{
	uint64_t seed = env_number("NCT_SEED", 1), n = env_number("NCT_STREAMS", STREAMS);

	(void)unused;
	for (uint64_t i = 0; i < n; i++) {
		now = seed + i;
		one_host(now);
	}
	if (n < STREAMS)
		return;
	for (int rule = 0; rule < NCT_RULE_COUNT; rule++)
		if (rule != NCT_RULE_LOSSY &&
		    (!judged[rule][NCT_VERDICT_FIRED] || !judged[rule][NCT_VERDICT_CLEAN]))
			fail_msg("%s: %llu fired, %llu clean: nothing was tested",
				 nct_rules[rule].id,
				 (unsigned long long)judged[rule][NCT_VERDICT_FIRED],
				 (unsigned long long)judged[rule][NCT_VERDICT_CLEAN]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_seen_is_no_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
