// SPDX-License-Identifier: GPL-2.0
// Everything that is known of the one that was chosen.
import { count, duration, exactDuration, instant, size, timeOfDay, zone } from './format.js';
import { FENCE_IN_VAIN, FENCE_MEANS, fenceWord, HARMLESS, HOLD_NOT_KNOWN, make, NOTE_MEANS, PHASE_MEANS } from './words.js';

export function headline(r) {
	const what = { recovery: 'recovery', reset: 'reset that was asked for', delete: 'delete that was asked for' }[r.kind] ?? r.kind;
	const came = { live: `LIVE again after ${duration(r.duration)}`, removed: `removed after ${duration(r.duration)}`,
		incomplete: `seen for ${duration(r.duration)}` }[r.end] ?? 'not over';

	return `${r.host ? `${r.host} ` : ''}${r.controller} ${what}: ${came}`;
}

export function fenceText(r) {
	if (!r.fence)
		return fenceWord(r);
	const c = r.json.configured;
	const known = r.fence !== 'hold' || (c.kato_ms > 0 && c.cqt_ms > 0 && c.tbkas !== null);
	if (r.fence === 'unfenced' && r.json.retry_safe !== false)
		return `unfenced, and ${HARMLESS} (${r.json.fence_reason})`;
	const means = (r.json.retry_safe === false ? FENCE_IN_VAIN[r.fence] : null) ?? (known ? FENCE_MEANS[r.fence] : HOLD_NOT_KNOWN) ?? '';

	return `${r.fence}: ${means}${r.json.fence_reason ? ` (${r.json.fence_reason})` : ''}`;
}

export function ccrText(a) {
	const parts = [`by ${a.source ?? 'a controller not known'}: ${a.result ?? 'result not seen'} after ${duration(a.duration_ns)}`];

	if (a.command_ns !== null)
		parts.push(`command ${duration(a.command_ns)}`);
	if (a.wait_ns !== null)
		parts.push(`then waited ${duration(a.wait_ns)}`);
	if (a.immediate)
		parts.push('reset at once');
	if (a.late_ns)
		parts.push(`a notice came ${duration(a.late_ns)} later`);
	if (a.result !== 'success' && a.status)
		parts.push(`status ${a.status < 0 ? a.status : `0x${a.status.toString(16)}`}`);
	return parts.join(', ');
}

export function causeText(r) {
	const t = r.json.trigger;
	const parts = [`${t.reason ?? 'cause not known'}${t.site ? ` at ${t.site}` : ''}`];

	if (t.opcode !== null)
		parts.push(`opcode ${t.opcode.toString(16).padStart(2, '0')}h`);
	if (t.age_ns !== null)
		parts.push(`unanswered for ${duration(t.age_ns)}`);
	return parts.join(', ');
}

function configured(c) {
	const ms = (name, value) => value === null ? null : `${name} ${value < 0 ? 'unlimited' : value % 1000 ? `${value} ms` : `${value / 1000} s`}`;

	return [ms('KATO', c.kato_ms), ms('CQT', c.cqt_ms), ms('reconnect_delay', c.reconnect_delay_ms),
		ms('ctrl_loss_tmo', c.ctrl_loss_tmo_ms)].filter(Boolean).join(', ');
}

function attempts(j) {
	if (!j.attempts && j.attempts_max === null)
		return null;
	const most = j.attempts_max === null ? '' : j.attempts_max < 0 ? ' (no limit)' : ` of ${j.attempts_max}`;
	return `${j.attempts}${most}${j.last_status ? `; the last failed one: ${j.last_status}` : ''}`;
}

function endText(j) {
	return [j.end ?? 'open', [j.end_reason, j.end_site && `at ${j.end_site}`].filter(Boolean).join(' ')].filter(Boolean).join(': ');
}

// Numbers that are not known, or 0, are left out of all of these.
function inFlight(f) {
	const parts = [f.reads && count(f.reads, 'read'), f.writes && count(f.writes, 'write'), f.bytes && size(f.bytes)].filter(Boolean);

	if (!f.requests)
		return null;
	return `${f.partial ? 'at least ' : ''}${count(f.requests, 'request')}${parts.length ? ` (${parts.join(', ')})` : ''}${f.oldest_ns === null ? '' : `, the oldest for ${duration(f.oldest_ns)}`}`;
}

function released(io) {
	// Each request has a bio at least: with fewer of them, where the others went was not seen.
	const one = io.paths.length === 1 && io.paths[0].bios >= io.failed_over;
	const paths = io.paths.map((p) => `${one ? '' : `${p.bios} `}to ${p.controller ?? 'others'}`).join(', ');
	const over = io.failed_over && `${io.failed_over} failed over${one ? ` ${paths}` : paths && ` (bios: ${paths})`}`;

	return [over, io.cancelled && `${io.cancelled} cancelled`, io.completed_late && `${io.completed_late} answered late`].filter(Boolean).join(', ');
}

// "24 for 16.7 ms to 25.1 ms, 3 for more than …"
function waited(io) {
	return io.waited.map((w) => `${w.requests} for ${w.to_ns === null ? `more than ${duration(w.from_ns)}`
		: w.from_ns ? `${duration(w.from_ns)} to ${duration(w.to_ns)}` : `less than ${duration(w.to_ns)}`}`).join(', ');
}

export function blackoutText(b) {
	if (b.ns === null)
		return `${b.device} not over when the ${b.end === 'incomplete' ? 'observation ended' : 'recovery was'}, after ${duration(b.seen)}`;
	return b.uncertain ? `${b.device} at most ${duration(b.ns)}, at least ${duration(Math.max(0, b.ns - b.uncertain))}` : `${b.device} ${duration(b.ns)}`;
}

// Of a recovery: the longest, as far as it was seen.
export function blackoutCell(r) {
	if (r.blackout === null)
		return r.atLeast ? 'not known' : '';
	return `${r.atLeast ? 'at least ' : ''}${duration(r.blackout)}`;
}

// What applications felt.
function impact(r) {
	const { io } = r.json;

	return io ? [
		['In flight', inFlight(io.in_flight)],
		['Of these', released(io)],
		['Waited', waited(io)],
		['I/O errors', io.errors ? `${io.errors} reached the layer above` : io.errors === null && io.failed_over !== null ? 'not known' : null],
		...r.blackouts.map((b) => ['Blackout', blackoutText(b)]),
		['Blackout', io.more_blackouts ? 'not known of more devices or paths' : null],
	] : [];
}

// What got in the way while requests were held.
function disturbances(r) {
	const { intruder, keep_alives: alive } = r.json;
	const after = (ns) => ns === null || ns < r.json.start_ns ? '' : ` after ${duration(ns - r.json.start_ns)}`;

	return [
		['Disturbed', intruder && `requests were held, yet a reset or delete got through${after(intruder.at_ns)}${intruder.site ? ` at ${intruder.site}` : ''}`],
		['Disturbed', alive && `requests were held, yet the keep-alive ran ${count(alive.count, 'time')}${alive.count > 1 ? ', first' : ''}${after(alive.first_ns)}`],
	];
}

// The facts as [title, text]; text null: not known, left out.
function facts(r) {
	const j = r.json;

	return [
		['Controller', [`${r.controller}${j.cntlid === null ? '' : ` (cntlid ${j.cntlid})`}`, j.transport, j.address].filter(Boolean).join(', ')],
		['Subsystem', j.subsystem],
		['Host', r.host || null],
		[j.notes.includes('started-before') ? 'Seen since' : 'Left LIVE', `${instant(r.clock, r.start)} ${r.hasWall ? zone(r.clock) : ''}`],
		['Because of', causeText(r)],
		['Time to retry', exactDuration(r.retry)],
		['Time to live', r.end === 'live' ? exactDuration(r.live) : null],
		['Whole', exactDuration(r.duration)],
		['Fence', r.kind === 'recovery' ? fenceText(r) : null],
		['Hold', j.hold && `${duration(j.hold.actual_ns)} held${j.hold.requested_ms === null ? '' : `, ${j.hold.requested_ms} ms asked for`}${j.hold.reason ? ` (${j.hold.reason})` : ''}`],
		...disturbances(r),
		...impact(r),
		['End', endText(j)],
		['Attempts', attempts(j)],
		['Configured', configured(j.configured) || null],
		['Times exact to', j.resolution_ns === null || j.resolution_ns === undefined ? null : duration(j.resolution_ns)],
		...j.notes.map((note) => ['Note', NOTE_MEANS[note] ?? note]),
	].filter(([, text]) => text);
}

function stepRow(r, cls, name, what, at, ns) {
	return make('tr', { class: cls }, make('th', { scope: 'row' }, make('i', { class: `swatch ${name}` }), what),
		make('td', { class: 'number', text: timeOfDay(r.clock, r.start + BigInt(Math.round(at)), 9) }),
		make('td', { class: 'number', text: `+${duration(at)}` }),
		make('td', { class: 'number', text: exactDuration(ns) }));
}

// Phases with the CCR attempts that lie in them. Many are cut: the table would be endless.
const SHOWN = 60;

function steps(r) {
	const rows = r.phases.map((p) => [p.at, stepRow(r, null, p.phase, p.phase, p.at, p.duration)]);

	for (const a of r.ccr)
		rows.push([a.at, stepRow(r, 'attempt', `result-${a.result ?? 'unknown'}`, ccrText(a), a.at, a.duration_ns)]);
	rows.sort(([a], [b]) => a - b);
	const more = rows.length > SHOWN ? make('p', { class: 'hint', text: `… and ${rows.length - SHOWN} more` }) : null;
	return make('div', { class: 'steps' }, make('table', {},
		make('thead', {}, make('tr', {}, ...['Phase', 'At', 'After', 'Took'].map((text, i) => make('th', { scope: 'col', class: i ? 'number' : null, text })))),
		make('tbody', {}, ...rows.slice(0, SHOWN).map(([, row]) => row))), more);
}

/* actions: [title, function] of buttons. */
export function showDetails(section, r, actions) {
	section.hidden = !r;
	if (!r) {
		section.replaceChildren();
		return;
	}
	section.replaceChildren(
		make('div', { class: 'bar' }, make('h2', { text: headline(r) }),
			...actions.map(([text, onclick]) => make('button', { type: 'button', text, onclick }))),
		make('div', { class: 'columns' },
			make('dl', {}, ...facts(r).flatMap(([title, text]) => [make('dt', { text: title }), make('dd', { text })])),
			steps(r)));
	section.querySelectorAll('.steps tbody tr:not(.attempt) th').forEach((th) => { th.title = PHASE_MEANS[th.textContent] ?? ''; });
}
