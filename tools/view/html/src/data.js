// SPDX-License-Identifier: GPL-2.0
// The lines in the page → recoveries, sessions, clocks and lanes.
import { parseWall } from './format.js';
import { PHASES } from './words.js';

const RECOVERY = 'nvme-ccr-trace/recovery/1', SESSION = 'nvme-ccr-trace/session/1';

// at: after the recovery left LIVE, mostly before that; ns: null if it was not over.
function blackout(json, b) {
	return { device: b.device ?? 'a device', at: b.since_ns - json.start_ns, ns: b.duration_ns, uncertain: b.uncertain_ns ?? 0,
		end: json.end, seen: b.duration_ns ?? Math.max(0, json.start_ns + json.duration_ns - b.since_ns) };
}

// Of all devices; null: none was seen. At least: one was not over, which counts as far as it was seen, or there were more than
// have a place.
function longest(blackouts, more) {
	return { blackout: blackouts.length ? Math.max(...blackouts.map((b) => b.seen)) : null, atLeast: more || blackouts.some((b) => b.ns === null) };
}

// A recovery `r` as the page uses it: the JSON (docs/json.md) is r.json, the rest is derived.
function recovery(json, index) {
	const wall = parseWall(json.start);
	let at = 0;
	const phases = json.phases.map((p) => {
		const phase = { phase: p.phase, at, duration: p.duration_ns };
		at += p.duration_ns; // contiguous, and exact however large start_ns is
		return phase;
	});
	const blackouts = (json.io?.blackouts ?? []).map((b) => blackout(json, b));
	return {
		json, index, phases, blackouts, ...longest(blackouts, Boolean(json.io?.more_blackouts)),
		lead: Math.min(0, ...blackouts.map((b) => b.at)),
		start: wall ?? BigInt(json.start_ns), hasWall: wall !== null,
		duration: json.duration_ns, retry: json.time_to_retry_ns, live: json.time_to_live_ns,
		totals: json.phase_totals_ns,
		ccr: json.ccr.map((a) => ({ ...a, at: a.start_ns - json.start_ns })),
		controller: json.controller ?? 'unknown',
		fence: json.fence, end: json.end, kind: json.kind,
		trusted: !json.lossy && json.end !== 'incomplete',
	};
}

function finish(session, index) {
	session.index = index;
	session.title = [session.host ?? (session.input ? null : 'this host'), session.input]
		.filter(Boolean).join(', ');
	for (const r of session.recoveries) {
		r.session = session;
		r.host = r.json.host ?? session.host ?? '';
	}
}

export function parse(text) {
	const recoveries = [], sessions = [];
	let pending = [], bad = 0;

	const close = (session) => {
		session.recoveries = pending;
		pending = [];
		finish(session, sessions.length);
		sessions.push(session);
	};
	for (const line of text.split('\n')) {
		if (!line.trim())
			continue;
		try {
			const json = JSON.parse(line);
			if (json.schema === SESSION) {
				close(json);
			} else if (json.schema === RECOVERY) {
				const r = recovery(json, recoveries.length);
				recoveries.push(r);
				pending.push(r);
			} else {
				bad++;
			}
		} catch {
			bad++;
		}
	}
	if (pending.length)
		close({ source: null, host: null, kernel: null, input: null, start: null, start_ns: null, end_ns: null, lost: 0 });
	// To the minute and in order: what recordings of several hosts have in common is wall time.
	recoveries.sort((a, b) => Number(b.hasWall) - Number(a.hasWall) ||
		(a.hasWall ? 0 : a.session.index - b.session.index) || (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
	recoveries.forEach((r, i) => { r.index = i; });
	return { recoveries, sessions, bad, hosts: new Set(recoveries.map((r) => r.host)).size, clocks: clocks(recoveries), };
}

// One of wall time, and one for each session that has none: those cannot be compared.
function clocks(recoveries) {
	const byKey = new Map();
	for (const r of recoveries) {
		const key = r.hasWall ? 'wall' : r.session;
		if (!byKey.has(key))
			byKey.set(key, { wall: r.hasWall, local: false, recoveries: [], lanes: [],
				title: r.hasWall ? 'wall time' : `the clock of ${r.session.title || 'a log without wall time'}` });
		r.clock = byKey.get(key);
		r.clock.recoveries.push(r);
	}
	for (const clock of byKey.values())
		lay(clock);
	return [...byKey.values()];
}

// Gives each recovery its place, and each controller its lane.
function lay(clock) {
	const lanes = new Map();
	clock.base = clock.recoveries.map((r) => r.start + BigInt(Math.round(r.lead))).reduce((first, at) => at < first ? at : first);
	clock.length = 0;
	for (const r of clock.recoveries) {
		const key = `${r.host}\n${r.controller}`;
		r.x0 = Number(r.start - clock.base);
		r.x1 = r.x0 + r.duration;
		clock.length = Math.max(clock.length, r.x1);
		if (!lanes.has(key))
			lanes.set(key, { host: r.host, controller: r.controller, recoveries: [] });
		r.lane = lanes.get(key);
		r.lane.recoveries.push(r);
	}
	clock.lanes = [...lanes.values()].sort((a, b) => natural(a.host, b.host) || natural(a.controller, b.controller));
	clock.lanes.forEach((lane, i) => { lane.index = i; });
}

const collator = new Intl.Collator('en', { numeric: true });

export function natural(a, b) {
	return collator.compare(a ?? '', b ?? '');
}

// Exact, from the samples: the smallest one that at least a share q of them does not exceed.
export function quantile(sorted, q) {
	return sorted.length ? sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] : null;
}

export function ascending(numbers) {
	return Float64Array.from(numbers).sort();
}

// What can be measured of a recovery: name → its nanoseconds, null if it has none.
export const MEASURES = new Map([
	['time to retry', (r) => r.retry],
	['time to live', (r) => r.live],
	['blackout', (r) => r.blackout],
	...PHASES.map((phase) => [phase, (r) => r.totals[phase] ?? null]),
]);
