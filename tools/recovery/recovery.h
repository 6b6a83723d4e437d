/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The recovery: what the reducer makes of events, and all sinks consume.
 */
#ifndef NCT_RECOVERY_RECOVERY_H
#define NCT_RECOVERY_RECOVERY_H

#include <stddef.h>

#include "event.h"

enum nct_kind {
	NCT_KIND_RECOVERY = 1, /* left LIVE because of an error */
	NCT_KIND_RESET = 2,    /* somebody asked for a reset */
	NCT_KIND_DELETE = 3,   /* somebody deleted a controller that was LIVE */
};

enum nct_phase {
	NCT_PHASE_QUEUE = 1,
	NCT_PHASE_CCR = 2,
	NCT_PHASE_HOLD = 3,
	NCT_PHASE_TEARDOWN = 4,
	NCT_PHASE_BACKOFF = 5,
	NCT_PHASE_CONNECT = 6,
	NCT_PHASE_COUNT
};

enum nct_fence {
	NCT_FENCE_UNKNOWN = 0, /* null: not told, or not over yet, or no recovery */
	NCT_FENCE_CCR = 1,
	NCT_FENCE_CCR_IMMEDIATE = 2,
	NCT_FENCE_HOLD = 3,
	NCT_FENCE_UNFENCED = 4,
};

enum nct_end {
	NCT_END_NONE = 0, /* still open */
	NCT_END_LIVE = 1,
	NCT_END_REMOVED = 2,
	NCT_END_INCOMPLETE = 3, /* observation began or ended inside it */
};

enum nct_ccr_result {
	NCT_CCR_UNKNOWN = 0,
	NCT_CCR_SUCCESS = 1,
	NCT_CCR_REJECTED = 2, /* the command completed with an error status */
	NCT_CCR_TIMEOUT = 3,  /* no completion notice before the deadline */
	NCT_CCR_FAILED = 4,   /* the log page says it did not succeed */
};

/* Bits of nct_recovery.notes: what the reader has to know to trust it. */
enum nct_note {
	NCT_NOTE_LOSSY = 1u << 0,	    /* a loss of events may touch it */
	NCT_NOTE_STARTED_BEFORE = 1u << 1,  /* open when observation began */
	NCT_NOTE_CUT_SHORT = 1u << 2,	    /* open when observation ended */
	NCT_NOTE_MISSED_BOUNDARY = 1u << 3, /* a phase holds the time of one whose
					     * start was not seen */
	NCT_NOTE_UNKNOWN_STATE = 1u << 4,   /* passed through a state unknown here */
	NCT_NOTE_SPANS_COALESCED = 1u << 5, /* more spans than are kept one by one */
};

struct nct_span {
	enum nct_phase phase;
	uint64_t start_ns;
	uint64_t duration_ns;
};

struct nct_ccr_attempt {
	int32_t source; /* instance of the source controller */
	uint64_t start_ns;
	uint64_t duration_ns;
	uint64_t command_ns; /* NCT_NONE: not known */
	int32_t status;	     /* NCT_UNKNOWN_INT: not known */
	int32_t immediate;   /* 0, 1, NCT_UNKNOWN_INT */
	enum nct_ccr_result result;
	int32_t ccrs;	    /* of the log page; NCT_UNKNOWN_INT */
	int32_t timeout_ms; /* most that the host waits; NCT_UNKNOWN_INT */
	int32_t ciu;	    /* instance of the impacted one; NCT_UNKNOWN_INT */
	/* How long after the end of an attempt that was given up its source told that a CCR
	 * was completed; 0: it did not, while the recovery went on. */
	uint64_t late_ns;
};

#define NCT_IO_PATHS	 16
#define NCT_IO_BLACKOUTS 8

struct nct_io_path {
	int32_t to; /* instance; NCT_UNKNOWN_INT: others */
	uint64_t bios;
};

struct nct_blackout {
	char device[NCT_DEVICE_LEN];
	uint64_t since_ns;
	uint64_t until_ns;     /* NCT_NONE: not over when the recovery was */
	uint64_t uncertain_ns; /* it may have ended that much earlier */
};

/* What applications felt. All of it concerns I/O requests that were in flight when the controller
 * left LIVE. NCT_NONE: not known. */
struct nct_io {
	bool seen;				 /* else none of this means anything */
	uint64_t requests, reads, writes, bytes; /* in flight then */
	uint64_t oldest_ns;			 /* age of the oldest of them then */
	bool partial;				 /* there were more */
	uint64_t counted_ns;			 /* when that was counted; 0: not at all */

	uint64_t failed_over;	 /* requests handed to another path */
	uint64_t cancelled;	 /* requests that have none: retried here, or failed */
	uint64_t completed_late; /* the rest: answered after all */
	/* Points in time, of those that the target may have; NCT_NONE: of none. One that the host
	 * could not send may be retried at any time. */
	uint64_t first_release_ns, last_release_ns;
	uint64_t errors;

	struct nct_io_path paths[NCT_IO_PATHS];
	size_t npaths;
	uint32_t waited[NCT_WAITED_BUCKETS]; /* requests released, by how long they waited */
	struct nct_blackout blackouts[NCT_IO_BLACKOUTS];
	size_t nblackouts;
	bool more_blackouts; /* of devices that have no place here */
};

struct nct_trigger {
	const char *reason;	 /* static string; NULL: not known */
	char site[NCT_SITE_LEN]; /* "" if not known */
	int32_t opcode;		 /* of the request that timed out, NCT_OPCODE_UNKNOWN */
	uint64_t age_ns;	 /* how long it had got no answer; 0: not known */
};

struct nct_recovery {
	enum nct_kind kind;
	enum nct_dialect dialect;
	struct nct_identity id;
	struct nct_trigger trigger;
	uint64_t start_ns;
	uint64_t duration_ns;	   /* set when it ended, else so far */
	uint64_t time_to_retry_ns; /* NCT_NONE: not seen */
	uint64_t time_to_live_ns;  /* NCT_NONE unless end is LIVE and the start was seen */

	/* Contiguous, in order; sum(duration_ns) == duration_ns once ended.
	 * While open the last one has the duration seen so far. */
	struct nct_span *spans;
	size_t nspans;
	uint64_t total_ns[NCT_PHASE_COUNT]; /* per phase, by enum nct_phase */

	struct nct_ccr_attempt *ccr;
	size_t nccr;

	bool has_hold;
	int32_t hold_requested_ms;
	char hold_reason[NCT_SITE_LEN];

	/* A reset or a delete got through while requests were held; 0: none did. */
	uint64_t intruder_ns;
	char intruder_site[NCT_SITE_LEN];
	bool leaver_unknown; /* who changed the state while I/O was held was not told */

	uint32_t keep_alives;	/* ran during CCR or the hold */
	uint64_t keep_alive_ns; /* the first of them; 0: none */

	struct nct_io io;

	enum nct_fence fence;
	const char *fence_reason; /* static string or NULL */
	enum nct_end end;
	const char *end_reason; /* static string: why removed or incomplete; NULL */
	char end_site[NCT_SITE_LEN];

	uint32_t attempts;   /* connect attempts begun */
	int32_t last_status; /* of the last failed attempt, UNKNOWN_INT */
	unsigned int notes;  /* enum nct_note */
};

/* Names used in output; never NULL. Units: none. */
const char *nct_state_name(enum nct_state state);
enum nct_state nct_state_from_name(const char *name);
const char *nct_phase_name(enum nct_phase phase);
const char *nct_kind_name(enum nct_kind kind);
const char *nct_fence_name(enum nct_fence fence); /* NULL for UNKNOWN */

/* Whether there is something to fence: it is a recovery, on a transport whose retries other
 * controllers make. If not, that its fence is not told is nothing unknown. */
bool nct_fence_applies(const struct nct_recovery *rec);

const char *nct_end_name(enum nct_end end);
const char *nct_ccr_result_name(enum nct_ccr_result result);

/* What CCR came to, 0, -errno or NVMe status, as the reason of a hold; "" if it is none.
 * The words are listed in docs/json.md. */
const char *nct_hold_reason(int32_t why);

/* The same word as a static string; NULL if it is none of them. */
const char *nct_hold_reason_known(const char *reason);

/* How long the host waited, after the source had accepted the command, for word that the
 * reset is done; NCT_NONE if it did not, or if that is not known. */
uint64_t nct_ccr_wait_ns(const struct nct_ccr_attempt *attempt);

/* When the requests in flight were terminated, so that a retry was safe: the end of the CCR that
 * succeeded, or of the whole hold. NCT_NONE: never, or not known. */
uint64_t nct_fence_done_ns(const struct nct_recovery *rec);

/* Where the last span of the hold ends; NCT_NONE: it is not among those that are kept. */
uint64_t nct_hold_end_ns(const struct nct_recovery *rec);

/* The hold that TP4129 asks for, from the moment the error was detected: 3 times KATO with
 * traffic-based keep-alive, else 2 times, and CQT. ms; NCT_UNKNOWN_INT if not known, 0 without CQT
 * or KATO, for then nothing says how long would be enough. */
int32_t nct_hold_required_ms(const struct nct_identity *id);

/* Bounds of a bucket of nct_io.waited: from (included) to (not included; NCT_NONE for the last). */
uint64_t nct_waited_from_ns(unsigned int bucket);
uint64_t nct_waited_to_ns(unsigned int bucket);

/* How long it was, at most; NCT_NONE: it was not over. */
uint64_t nct_blackout_ns(const struct nct_blackout *blackout);

/* The longest blackout of all devices, as far as it was seen. */
struct nct_longest {
	uint64_t ns;		       /* NCT_NONE: none was seen */
	const struct nct_blackout *of; /* of *rec; NULL: likewise */
	bool at_least;		       /* one was not over when the recovery was, which counts until
					* then, or there were devices that have no place */
};

struct nct_longest nct_longest_blackout(const struct nct_recovery *rec);

const char *nct_dialect_name(enum nct_dialect dialect);

/* The dialect whose kernels have this state; UNKNOWN if all of them do. */
enum nct_dialect nct_dialect_of_state(enum nct_state state);

#endif
