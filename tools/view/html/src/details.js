// SPDX-License-Identifier: GPL-2.0
// Everything that is known of the one that was chosen.
import { duration, exactDuration, instant, timeOfDay, zone } from './format.js';
import { FENCE_MEANS, make, NOTE_MEANS, PHASE_MEANS } from './words.js';

export function headline(r) {
	const what = { recovery: 'recovery', reset: 'reset that was asked for', delete: 'delete that was asked for' }[r.kind] ?? r.kind;
	const came = { live: `LIVE again after ${duration(r.duration)}`, removed: `removed after ${duration(r.duration)}`,
		incomplete: `seen for ${duration(r.duration)}` }[r.end] ?? 'not over';

	return `${r.host ? `${r.host} ` : ''}${r.controller} ${what}: ${came}`;
}

export function fenceText(r) {
	if (!r.fence)
		return 'not told';
	return `${r.fence}: ${FENCE_MEANS[r.fence] ?? ''}${r.json.fence_reason ? ` (${r.json.fence_reason})` : ''}`;
}

export function ccrText(a) {
	const parts = [`by ${a.source ?? 'a controller not known'}: ${a.result ?? 'result not seen'} after ${duration(a.duration_ns)}`];

	if (a.command_ns !== null)
		parts.push(`command ${duration(a.command_ns)}`);
	if (a.wait_ns !== null)
		parts.push(`then waited ${duration(a.wait_ns)}`);
	if (a.immediate)
		parts.push('reset at once');
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
