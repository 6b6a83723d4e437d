/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event: what every source yields and the reducer consumes.
 *
 * Times are CLOCK_MONOTONIC nanoseconds. An event is plain data: no pointers,
 * so that it can be copied, queued, recorded and compared.
 */
#ifndef NCT_RECOVERY_EVENT_H
#define NCT_RECOVERY_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#define NCT_SITE_LEN	   64  /* a kernel symbol, cut if longer */
#define NCT_NQN_LEN	   224 /* NVMF_NQN_SIZE (223) and the NUL */
#define NCT_ADDRESS_LEN	   192 /* as sysfs `address` prints it */
#define NCT_TRANSPORT_LEN  16
#define NCT_STATE_NAME_LEN 24

/*
 * Controller states of all dialects. The kernel's numbers differ between
 * dialects and are never used here: a source maps them by name.
 */
enum nct_state {
	NCT_STATE_UNKNOWN = 0,
	NCT_STATE_NEW = 1,
	NCT_STATE_LIVE = 2,
	NCT_STATE_RESETTING = 3,
	NCT_STATE_CONNECTING = 4,
	NCT_STATE_DELETING = 5,
	NCT_STATE_DELETING_NOIO = 6,
	NCT_STATE_DEAD = 7,
	NCT_STATE_RECOVERING = 8, /* dialect recovering */
	NCT_STATE_FENCING = 9,	  /* dialect fencing */
	NCT_STATE_FENCED = 10,	  /* dialect fencing */
	NCT_STATE_COUNT
};

enum nct_dialect {
	NCT_DIALECT_UNKNOWN = 0,
	NCT_DIALECT_BASELINE = 1,
	NCT_DIALECT_RECOVERING = 2,
	NCT_DIALECT_FENCING = 3,
};

enum nct_event_type {
	NCT_EV_NONE = 0,
	NCT_EV_STATE = 1,	   /* controller state change */
	NCT_EV_ERROR = 2,	   /* an error was detected on a controller */
	NCT_EV_TIMEOUT = 3,	   /* a request timed out on a LIVE controller */
	NCT_EV_WORK_START = 4,	   /* a recovery work began to run */
	NCT_EV_WORK_END = 5,	   /* … and returned */
	NCT_EV_ATTEMPT_RESULT = 6, /* status of a connect attempt */
	NCT_EV_CCR_START = 7,	   /* one CCR attempt, on one source */
	NCT_EV_CCR_END = 8,
	NCT_EV_HOLD_START = 9, /* time-based hold of in-flight requests */
	NCT_EV_HOLD_END = 10,
	NCT_EV_RELEASE = 11,	 /* the in-flight requests were released for retry */
	NCT_EV_GONE = 12,	 /* the controller was removed */
	NCT_EV_SNAPSHOT = 13,	 /* state found when observation began */
	NCT_EV_IDENTITY = 14,	 /* who the controller is */
	NCT_EV_LOST = 15,	 /* events were lost in a span of time */
	NCT_EV_DIALECT = 16,	 /* which dialect the kernel speaks, once known */
	NCT_EV_IN_FLIGHT = 17,	 /* what was in flight when the controller left LIVE */
	NCT_EV_IO_RELEASED = 18, /* what became of that, so far */
	NCT_EV_IO_PATH = 19,	 /* a path that was given some of it */
	NCT_EV_IO_WAITED = 20,	 /* how long it had waited by then: one bucket */
	NCT_EV_BLACKOUT = 21,	 /* a multipath device completed nothing */
	NCT_EV_CCR_NOTICE = 22,	 /* a source told that a CCR is completed */
	NCT_EV_KEEP_ALIVE = 23,	 /* the keep-alive ran on a controller that is not LIVE */
	NCT_EV_TYPE_COUNT
};

/* The works whose start and end bound phases. */
enum nct_work {
	NCT_WORK_UNKNOWN = 0,
	NCT_WORK_ERR = 1,	/* err_work: tears down, schedules the reconnect;
				 * dialect recovering: also fences first */
	NCT_WORK_RESET = 2,	/* reset_work that tears down and connects itself
				 * (tcp, rdma, pci) */
	NCT_WORK_TEARDOWN = 3,	/* reset_work that tears down and leaves the
				 * connect to another work (fc) */
	NCT_WORK_RECONNECT = 4, /* one reconnect attempt */
	NCT_WORK_FENCING = 5,	/* fencing_work (dialect fencing) */
	NCT_WORK_COUNT
};

/* NCT_EV_RELEASE: what told us. */
enum nct_release {
	NCT_RELEASE_UNKNOWN = 0,
	NCT_RELEASE_FAILOVER = 1, /* nvme_failover_req */
	NCT_RELEASE_CANCEL = 2,	  /* nvme_cancel_tagset */
};

#define NCT_DEVICE_LEN 32 /* "nvme0n1" */

/*
 * How long a request had waited, from its start to its release: log-linear buckets, two for
 * each power of two from 2^20 ns (about a millisecond) on. Bucket 0 holds what was less, the last
 * one what was more.
 */
#define NCT_WAITED_BUCKETS 40

#define NCT_NONE	   UINT64_MAX /* a time, or a number, that is not known */
#define NCT_UNKNOWN_INT	   INT32_MIN  /* an integer the source could not tell */
#define NCT_OPCODE_UNKNOWN (-1)

/* Who a controller is and how it is configured, captured in the kernel. */
struct nct_identity {
	int32_t instance;		   /* nvmeN */
	int32_t cntlid;			   /* NCT_UNKNOWN_INT if not known */
	char transport[NCT_TRANSPORT_LEN]; /* "tcp", "rdma", "fc", "pcie", "" */
	char address[NCT_ADDRESS_LEN];
	char subsystem[NCT_NQN_LEN];
	int32_t kato_ms;	    /* keep-alive timeout; UNKNOWN_INT */
	int32_t reconnect_delay_ms; /* UNKNOWN_INT: not a fabrics controller */
	int32_t max_reconnects;	    /* -1: for ever */
	int32_t ctrl_loss_tmo_ms;   /* -1: never given up */
	int32_t cqt_ms;		    /* Command Quiesce Time; UNKNOWN_INT */
	int32_t ccr;		    /* 1: reports a CIU, so others can reset it; 0; UNKNOWN_INT */
	int32_t tbkas;		    /* 1: traffic-based keep-alive (CTRATT); 0; UNKNOWN_INT */
};

/* Nothing is known of it but its number (-1: not even that). */
void nct_identity_init(struct nct_identity *id, int32_t instance);

struct nct_event {
	uint64_t ts_ns;
	/*
	 * Names one controller from its creation to its removal. 0: the source
	 * has no such thing, the instance number is used. Instance numbers are
	 * reused by the kernel, ids are not while the controller exists.
	 */
	uint64_t ctrl;
	int32_t instance; /* nvmeN; -1: concerns no single controller */
	uint32_t cpu;
	enum nct_event_type type;
	union {
		struct {
			enum nct_state old_state; /* UNKNOWN: not told */
			enum nct_state new_state;
			int32_t raw_old; /* the kernel's own numbers */
			int32_t raw_new;
			char site[NCT_SITE_LEN]; /* caller, "" if not known */
		} state;
		struct {
			char site[NCT_SITE_LEN];
		} error;
		struct {
			int32_t opcode;	 /* NCT_OPCODE_UNKNOWN */
			bool admin;	 /* on the admin queue */
			uint64_t age_ns; /* since the request started; 0 unknown */
		} timeout;
		struct {
			enum nct_work work;
			int32_t attempt; /* RECONNECT, RESET: n of this attempt as the
					  * kernel counts, UNKNOWN_INT if not told */
		} work;
		struct {
			int32_t status; /* 0, -errno, or NVMe status > 0 */
		} result;
		struct {
			int32_t source;	     /* instance of the source controller */
			int32_t status;	     /* command status; UNKNOWN_INT */
			int32_t immediate;   /* 0, 1 or UNKNOWN_INT */
			int32_t ccrs;	     /* log page 1Eh; UNKNOWN_INT */
			int32_t timeout_ms;  /* most the host waits; UNKNOWN_INT */
			int32_t ciu;	     /* instance of the impacted one; UNKNOWN_INT */
			uint64_t command_ns; /* command's own latency; 0 unknown */
		} ccr;
		struct {
			int32_t requested_ms;
			char reason[NCT_SITE_LEN];
		} hold;
		struct {
			enum nct_release how;
			/* When the last request in flight was released, if the
			 * event itself comes later; 0: at ts_ns. */
			uint64_t at_ns;
		} release;
		struct {
			enum nct_state state;
			struct nct_identity id;
		} snapshot;
		struct nct_identity identity;
		struct {
			uint64_t count;
			uint64_t since_ns; /* the loss lies in [since_ns, ts_ns] */
		} lost;
		enum nct_dialect dialect;
		struct { /* I/O requests, not those of the admin queue */
			uint64_t requests, reads, writes; /* flush and others: neither */
			uint64_t bytes;
			uint64_t oldest_ns; /* its age; NCT_NONE: not known */
			bool partial;	    /* more than could be counted in time */
		} in_flight;
		struct {
			uint64_t failed_over; /* to another path */
			uint64_t cancelled;   /* to be retried on this one, or failed */
			uint64_t first_ns;    /* when the first of both was; NCT_NONE */
			uint64_t last_ns;
			uint64_t errors; /* requests and bios that failed above; NCT_NONE */
		} io_released;
		struct {
			int32_t to;    /* instance; UNKNOWN_INT: not one of those that are kept */
			uint64_t bios; /* requests may be merged, or split, on the new path */
		} io_path;
		struct {
			int32_t bucket;
			uint64_t requests;
		} io_waited;
		struct {
			char device[NCT_DEVICE_LEN];
			uint64_t since_ns;     /* the last completion before, or, if later, the
						* start of the oldest request that waited */
			uint64_t until_ns;     /* the first completion after; 0: none yet */
			uint64_t uncertain_ns; /* it may have been that much earlier */
		} blackout;
	};
};

/* Nothing is known of this CCR attempt. */
void nct_ccr_init(struct nct_event *ev);

#endif
