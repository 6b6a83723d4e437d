-- The schema of a recording, version 1: PRAGMA user_version = 1, application_id "ncct".
-- Within a version tables and columns are only added. What a source did not tell is NULL.
-- Columns that end in _ns are nanoseconds; points in time are CLOCK_MONOTONIC of the host that
-- was watched, or the log's own clock. `sqlite3 FILE .schema` shows the comments inside.

-- ---- the truth ------------------------------------------------------------------------

CREATE TABLE session (
  -- from the start of an observation to its end, or one boot of one host in a log
  id INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,         -- its place among the ids of event, anchor and hook
  origin INTEGER NOT NULL,        -- 1 watched with BPF, 2 a kernel log, 3 text of ftrace
  dialect INTEGER NOT NULL,       -- at its start: 1 baseline, 2 recovering, 3 fencing,
                                  -- 0 not known
  resolution_ns INTEGER NOT NULL, -- of the time stamps; 1: exact
  start_ns INTEGER NOT NULL,
  end_ns INTEGER,                 -- NULL: cut off, or not over. It ends at its last event or
                                  -- anchor; what was open then is not in table recovery
  host TEXT,
  kernel TEXT,
  tool TEXT,                      -- what recorded it, with its version
  input TEXT,                     -- what it was imported from
  -- set when it has ended:
  events INTEGER,                 -- reduced
  lost INTEGER,                   -- lost on the way
  unknown_events INTEGER,         -- of a type or state that was not known
  stray_events INTEGER,           -- outside any recovery
  out_of_order INTEGER            -- older than one before of the same controller
);

CREATE TABLE controller (
  -- an identity: what was known of a controller from some event on
  id INTEGER PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES session(id),
  name TEXT,                      -- nvme1
  instance INTEGER NOT NULL,      -- 1; -1: not known
  cntlid INTEGER,
  transport TEXT,
  address TEXT,
  subsystem TEXT,
  kato_ms INTEGER,
  reconnect_delay_ms INTEGER,
  max_reconnects INTEGER,         -- -1: no limit
  ctrl_loss_tmo_ms INTEGER,       -- -1: no limit
  cqt_ms INTEGER,
  ccr INTEGER,                    -- 1: reports a CIU: others can reset it; 0
  tbkas INTEGER                   -- 1: traffic-based keep-alive; 0
);

CREATE TABLE event (
  -- what the source told, in the order in which it was reduced. By type, a to g and text are:
  --   1 state           old state, new state, the kernel's numbers of both; text: call site
  --   2 error           text: call site
  --   3 timeout         opcode (-1: not known), 1: admin queue, age in ns (0: not known)
  --   4, 5 work start, end   work (1 err, 2 reset, 3 teardown, 4 reconnect, 5 fencing), attempt
  --   6 attempt result  0, -errno or NVMe status
  --   7, 8 CCR start, end    source's instance, status, immediate, CCRS, timeout in ms, CIU,
  --                     latency of the command in ns (0: not known)
  --   9, 10 hold start, end  requested ms; text: why
  --   11 release        1 failed over, 2 cancelled; when (0: at ts_ns)
  --   12 gone
  --   13 snapshot       controller.id, state
  --   14 identity       controller.id
  --   15 lost           how many, since when
  --   16 dialect        as in session
  --   17 in flight      when the controller left LIVE: I/O requests, reads, writes, bytes, age of
  --                     the oldest in ns, 1: there were more
  --   18 I/O released   so far: failed over, cancelled, when the first and the last of these was,
  --                     errors above
  --   19 I/O path       instance that was given some of it, bios
  --   20 I/O waited     bucket (as in io_waited, from 0), requests
  --   21 blackout       since when, until when (0: not over), ns by which it may have ended
  --                     earlier; text: multipath device
  --   22 CCR notice     this source told that a CCR is completed
  --   23 keep-alive     it ran while the controller was not LIVE
  -- states: 1 NEW, 2 LIVE, 3 RESETTING, 4 CONNECTING, 5 DELETING, 6 DELETING_NOIO, 7 DEAD,
  -- 8 RECOVERING, 9 FENCING, 10 FENCED. The view events has words for all this.
  id INTEGER PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES session(id),
  ts_ns INTEGER NOT NULL,
  ctrl INTEGER NOT NULL,          -- names one controller from creation to removal; 0: not told
  instance INTEGER NOT NULL,      -- n of nvmeN; -1: none in particular
  cpu INTEGER NOT NULL,
  type INTEGER NOT NULL,
  a INTEGER, b INTEGER, c INTEGER, d INTEGER, e INTEGER, f INTEGER, g INTEGER,
  text TEXT
);

CREATE TABLE anchor (
  -- one instant on three clocks; the anchor nearest to an event gives its wall time
  id INTEGER PRIMARY KEY,         -- its place among the events
  session INTEGER NOT NULL REFERENCES session(id),
  monotonic_ns INTEGER NOT NULL,
  boottime_ns INTEGER NOT NULL,
  realtime_ns INTEGER NOT NULL
);

CREATE TABLE hook (
  -- how a hook is served, from its place among the events on
  id INTEGER PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES session(id),
  name TEXT NOT NULL,
  rung TEXT,                      -- tracepoint, fentry, kprobe; NULL: not attached
  reason TEXT                     -- why not, or why not better
);

CREATE TABLE setting (
  -- what of the host and its kernel decides how long recoveries take, besides the code
  session INTEGER NOT NULL REFERENCES session(id),
  name TEXT NOT NULL,             -- CONFIG_HZ, nvme_core.io_timeout, cpus
  value TEXT NOT NULL,
  PRIMARY KEY (session, name)
) WITHOUT ROWID;

-- ---- derived from it by the reducer -----------------------------------------------------

CREATE TABLE recovery (
  -- recoveries, resets and deletes that have ended; the words are those of the JSON
  id INTEGER PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES session(id),
  controller INTEGER NOT NULL REFERENCES controller(id),
  kind TEXT NOT NULL,
  dialect TEXT,
  reason TEXT,
  site TEXT,
  opcode INTEGER,
  age_ns INTEGER,
  start TEXT,                     -- UTC; NULL: no anchor tells
  start_ns INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL,
  time_to_retry_ns INTEGER,
  time_to_live_ns INTEGER,
  fence TEXT,
  fence_reason TEXT,
  hold_requested_ms INTEGER,
  hold_reason TEXT,
  ended TEXT NOT NULL,            -- live, removed, incomplete
  end_reason TEXT,
  end_site TEXT,
  attempts INTEGER NOT NULL,
  last_status INTEGER,
  lossy INTEGER NOT NULL,         -- 1: events were lost that may belong to it
  notes INTEGER NOT NULL,         -- bits: 1 lossy, 2 started before, 4 cut short, 8 missed
                                  -- boundary, 16 unknown state, 32 spans coalesced
  intruder_ns INTEGER,            -- when a reset or delete got through while requests were held;
  intruder_site TEXT,             -- NULL: none was seen
  keep_alives INTEGER,            -- that ran while requests were held; NULL: none was seen
  keep_alive_ns INTEGER           -- the first of them
);

CREATE TABLE phase (
  -- contiguous, in order; the durations sum up to the recovery's
  recovery INTEGER NOT NULL REFERENCES recovery(id),
  n INTEGER NOT NULL,
  phase TEXT NOT NULL,
  start_ns INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL,
  PRIMARY KEY (recovery, n)
) WITHOUT ROWID;

CREATE TABLE ccr_attempt (
  -- one CCR command on one source
  recovery INTEGER NOT NULL REFERENCES recovery(id),
  n INTEGER NOT NULL,
  source TEXT,
  start_ns INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL,
  command_ns INTEGER,
  wait_ns INTEGER,
  timeout_ms INTEGER,
  ciu INTEGER,
  status INTEGER,
  immediate INTEGER,
  ccrs INTEGER,
  result TEXT,
  late_ns INTEGER,                -- how long after the end of an attempt that was given up its
                                  -- source told that a CCR was completed; NULL: it did not
  PRIMARY KEY (recovery, n)
) WITHOUT ROWID;

CREATE TABLE io (
  -- what became of the I/O requests in flight when the controller left LIVE; no row: nobody looked
  recovery INTEGER PRIMARY KEY REFERENCES recovery(id),
  requests INTEGER,
  reads INTEGER,
  writes INTEGER,                 -- flushes and others are neither
  bytes INTEGER,
  oldest_ns INTEGER,              -- age of the oldest of them then
  partial INTEGER,                -- 1: there were more
  failed_over INTEGER,            -- handed to another path
  cancelled INTEGER,              -- there is none: tried again here, or failed
  completed_late INTEGER,         -- the rest: answered after all
  first_release_ns INTEGER,       -- when the first and the last was failed over or cancelled
  last_release_ns INTEGER,
  errors INTEGER                  -- requests and bios that failed above
);

CREATE TABLE io_path (
  -- paths that were given some of these requests
  recovery INTEGER NOT NULL REFERENCES recovery(id),
  n INTEGER NOT NULL,
  controller TEXT,                -- NULL: further ones
  bios INTEGER,                   -- requests may be merged or split on the new path
  PRIMARY KEY (recovery, n)
) WITHOUT ROWID;

CREATE TABLE io_waited (
  -- how long these requests had waited, from their start to their release
  recovery INTEGER NOT NULL REFERENCES recovery(id),
  from_ns INTEGER NOT NULL,       -- included
  to_ns INTEGER,                  -- not included; NULL: no limit
  requests INTEGER NOT NULL,
  PRIMARY KEY (recovery, from_ns)
) WITHOUT ROWID;

CREATE TABLE blackout (
  -- times in which a multipath device completed nothing on any path
  recovery INTEGER NOT NULL REFERENCES recovery(id),
  n INTEGER NOT NULL,
  device TEXT,                    -- nvme0n1
  since_ns INTEGER NOT NULL,      -- the last completion before, or, if later, the start of the
                                  -- oldest request that waited
  until_ns INTEGER,               -- the first completion after; NULL: not over when the recovery was
  duration_ns INTEGER,
  uncertain_ns INTEGER,           -- it may have ended that much earlier
  PRIMARY KEY (recovery, n)
) WITHOUT ROWID;

CREATE TABLE loss (
  -- spans of time in which events were lost
  event INTEGER PRIMARY KEY REFERENCES event(id),
  session INTEGER NOT NULL REFERENCES session(id),
  since_ns INTEGER NOT NULL,
  until_ns INTEGER NOT NULL,
  count INTEGER NOT NULL,
  place TEXT NOT NULL             -- source: before they came here; queue: the disk was too slow
);

-- ---- for people -----------------------------------------------------------------------

CREATE VIEW sessions AS
SELECT id,
       CASE origin WHEN 1 THEN 'bpf' WHEN 2 THEN 'dmesg' WHEN 3 THEN 'ftrace' END AS origin,
       host, kernel,
       CASE dialect WHEN 1 THEN 'baseline' WHEN 2 THEN 'recovering' WHEN 3 THEN 'fencing'
       END AS dialect,
       (end_ns - start_ns) / 1e9 AS seconds, end_ns IS NULL AS cut_off, events, lost, input, tool
FROM session;

CREATE VIEW events AS
SELECT id, session, ts_ns,
       CASE WHEN instance >= 0 THEN 'nvme' || instance END AS controller,
       CASE type WHEN 1 THEN 'state' WHEN 2 THEN 'error' WHEN 3 THEN 'timeout'
                 WHEN 4 THEN 'work-start' WHEN 5 THEN 'work-end' WHEN 6 THEN 'attempt-result'
                 WHEN 7 THEN 'ccr-start' WHEN 8 THEN 'ccr-end' WHEN 9 THEN 'hold-start'
                 WHEN 10 THEN 'hold-end' WHEN 11 THEN 'release' WHEN 12 THEN 'gone'
                 WHEN 13 THEN 'snapshot' WHEN 14 THEN 'identity' WHEN 15 THEN 'lost'
                 WHEN 16 THEN 'dialect' WHEN 17 THEN 'in-flight' WHEN 18 THEN 'io-released'
                 WHEN 19 THEN 'io-path' WHEN 20 THEN 'io-waited' WHEN 21 THEN 'blackout'
                 WHEN 22 THEN 'ccr-notice' WHEN 23 THEN 'keep-alive' ELSE 'type-' || type END AS type,
       CASE WHEN type = 1 THEN CASE a WHEN 1 THEN 'NEW' WHEN 2 THEN 'LIVE' WHEN 3 THEN 'RESETTING'
                 WHEN 4 THEN 'CONNECTING' WHEN 5 THEN 'DELETING' WHEN 6 THEN 'DELETING_NOIO'
                 WHEN 7 THEN 'DEAD' WHEN 8 THEN 'RECOVERING' WHEN 9 THEN 'FENCING'
                 WHEN 10 THEN 'FENCED' END END AS old_state,
       CASE WHEN type IN (1, 13) THEN CASE b WHEN 1 THEN 'NEW' WHEN 2 THEN 'LIVE'
                 WHEN 3 THEN 'RESETTING' WHEN 4 THEN 'CONNECTING' WHEN 5 THEN 'DELETING'
                 WHEN 6 THEN 'DELETING_NOIO' WHEN 7 THEN 'DEAD' WHEN 8 THEN 'RECOVERING'
                 WHEN 9 THEN 'FENCING' WHEN 10 THEN 'FENCED' END END AS state,
       CASE WHEN type IN (4, 5) THEN CASE a WHEN 1 THEN 'err' WHEN 2 THEN 'reset'
                 WHEN 3 THEN 'teardown' WHEN 4 THEN 'reconnect' WHEN 5 THEN 'fencing'
                 END END AS work,
       CASE WHEN type IN (7, 8) AND a >= 0 THEN 'nvme' || a END AS source,
       CASE type WHEN 6 THEN a WHEN 8 THEN b END AS status,
       CASE WHEN type = 15 THEN a END AS lost,
       text
FROM event;

CREATE VIEW recoveries AS
SELECT r.id, r.session, s.host, c.name AS controller, c.transport, c.address, c.subsystem,
       r.kind, r.start, r.reason, r.site, r.duration_ns / 1e6 AS ms,
       r.time_to_retry_ns / 1e6 AS retry_ms, r.time_to_live_ns / 1e6 AS live_ms,
       r.fence, r.fence_reason, r.ended, r.attempts, r.lossy
FROM recovery r JOIN controller c ON c.id = r.controller JOIN session s ON s.id = r.session;

CREATE VIEW phases AS
SELECT p.recovery, c.name AS controller, r.start, p.phase,
       (p.start_ns - r.start_ns) / 1e6 AS at_ms, p.duration_ns / 1e6 AS ms
FROM phase p JOIN recovery r ON r.id = p.recovery JOIN controller c ON c.id = r.controller;

CREATE VIEW impact AS
SELECT i.recovery, r.session, s.host, c.name AS controller, r.start, r.reason, r.fence,
       i.requests, i.bytes, i.oldest_ns / 1e6 AS oldest_ms, i.failed_over, i.cancelled,
       i.completed_late, i.errors, (i.first_release_ns - r.start_ns) / 1e6 AS first_release_ms,
       (i.last_release_ns - r.start_ns) / 1e6 AS last_release_ms,
       -- of its longest blackout; one that was not over lasted at least to the end
       b.device, b.ms AS blackout_ms, b.over AS blackout_over
FROM io i JOIN recovery r ON r.id = i.recovery JOIN controller c ON c.id = r.controller
     JOIN session s ON s.id = r.session
     LEFT JOIN (SELECT d.recovery, d.device, d.until_ns IS NOT NULL AS over,
                       max(coalesce(d.until_ns, e.start_ns + e.duration_ns) - d.since_ns) / 1e6 AS ms
                FROM blackout d JOIN recovery e ON e.id = d.recovery GROUP BY d.recovery) b
     ON b.recovery = i.recovery;
