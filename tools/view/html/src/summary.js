// SPDX-License-Identifier: GPL-2.0
// What comes first: how often, how bad, and how far it can be trusted.
import { ascending, natural, quantile } from './data.js';
import { count, duration, instant, parseWall, zone } from './format.js';
import { Table } from './table.js';
import { make } from './words.js';

function median(recoveries, of) {
	return quantile(ascending(recoveries.map(of).filter((ns) => ns !== null)), 0.5);
}

function worst(recoveries, of) {
	return recoveries.reduce((most, r) => of(r) !== null && (most === null || of(r) > most) ? of(r) : most, null);
}

// "3 ccr, 1 unfenced"
function tally(recoveries, of) {
	const numbers = new Map();

	for (const r of recoveries)
		if (of(r) !== null)
			numbers.set(of(r), (numbers.get(of(r)) ?? 0) + 1);
	return [...numbers].sort(([, a], [, b]) => b - a).map(([name, n]) => `${n.toLocaleString('en')} ${name}`).join(', ') || 'none';
}

function figure(list, title, value, note, bad) {
	list.append(make('div', { class: bad ? 'bad' : null }, make('dt', { text: title }), make('dd', { text: value, class: value.includes(' ') && value.includes(',') ? 'list' : null }),
		note ? make('dd', { class: 'note', text: note }) : null));
}

function timeFigure(list, title, recoveries, of) {
	const worstNs = worst(recoveries, of);

	figure(list, title, duration(median(recoveries, of)), worstNs === null ? null : `median; worst ${duration(worstNs)}`);
}

export function showFigures(list, rows, sessions) {
	const recoveries = rows.filter((r) => r.kind === 'recovery');
	const unfenced = recoveries.filter((r) => r.fence === 'unfenced' && r.json.retry_safe === false).length;
	const inVain = recoveries.filter((r) => r.fence && r.fence !== 'unfenced' && r.json.retry_safe === false).length;
	const unsafe = [unfenced ? `nothing made ${count(unfenced, 'retry', 'retries')} safe` : null,
		inVain ? `${count(inVain, 'retry', 'retries')} did not wait for it` : null].filter(Boolean);
	const doubtful = rows.filter((r) => !r.trusted).length;
	const lost = sessions.reduce((sum, s) => sum + (s.lost ?? 0), 0);
	const others = rows.length - recoveries.length;

	list.replaceChildren();
	figure(list, 'Recoveries', recoveries.length.toLocaleString('en'),
		others ? `and ${tally(rows.filter((r) => r.kind !== 'recovery'), (r) => r.kind)}` : null);
	timeFigure(list, 'Time to retry', recoveries, (r) => r.retry);
	timeFigure(list, 'Time to live', recoveries, (r) => r.live);
	figure(list, 'Ended', tally(recoveries, (r) => r.end));
	figure(list, 'Fence', tally(recoveries, (r) => r.fence), unsafe.join('; ') || null, unsafe.length > 0);
	if (doubtful || lost)
		figure(list, 'Doubtful', doubtful.toLocaleString('en'), lost ? `${count(lost, 'event')} lost in all` : 'incomplete, or events were lost', true);
}

const measured = (title, of) => [
	{ title: `${title}: median`, number: true, key: (c) => median(c.recoveries, of), cell: (c) => duration(median(c.recoveries, of)) },
	{ title: 'worst', number: true, key: (c) => worst(c.recoveries, of), cell: (c) => duration(worst(c.recoveries, of)) },
];

// The worst as far as it was seen, and how many may have been longer.
function worstBlackout(recoveries) {
	const most = worst(recoveries, (r) => r.blackout), open = recoveries.filter((r) => r.atLeast);
	const least = open.some((r) => r.blackout !== null && r.blackout === most) ? 'at least ' : '';

	return [most === null ? null : `${least}${duration(most)}`, open.length ? `${open.length} not over, or not known of all` : null].filter(Boolean).join('; ');
}

export class Controllers {
	constructor(holder, several) {
		this.table = new Table(holder, [
			...several ? [{ title: 'Host', key: (c) => c.host, cell: (c) => c.host }] : [],
			{ title: 'Controller', key: (c) => c.controller, cell: (c) => c.controller },
			{ title: 'Recoveries', number: true, key: (c) => c.recoveries.length, cell: (c) => c.recoveries.length.toLocaleString('en') },
			{ title: 'Ended', key: (c) => tally(c.recoveries, (r) => r.end), cell: (c) => tally(c.recoveries, (r) => r.end) },
			{ title: 'Fence', key: (c) => tally(c.recoveries, (r) => r.fence), cell: (c) => tally(c.recoveries, (r) => r.fence) },
			...measured('Time to retry', (r) => r.retry),
			...measured('Time to live', (r) => r.live),
			{ title: 'Blackout: worst', number: true, key: (c) => worst(c.recoveries, (r) => r.blackout), cell: (c) => worstBlackout(c.recoveries) },
			{ title: 'Doubtful', number: true, key: (c) => c.doubtful, cell: (c) => c.doubtful ? String(c.doubtful) : '' },
		], { label: 'By controller', sort: [0, false] });
	}

	show(rows) {
		const byKey = new Map();

		for (const r of rows) {
			const key = `${r.host}\n${r.controller}`;
			if (!byKey.has(key))
				byKey.set(key, { host: r.host, controller: r.controller, recoveries: [], doubtful: 0 });
			if (r.kind === 'recovery')
				byKey.get(key).recoveries.push(r);
			byKey.get(key).doubtful += !r.trusted;
		}
		this.table.show([...byKey.values()].sort((a, b) => natural(a.host, b.host) || natural(a.controller, b.controller)));
	}
}

const SOURCES = { bpf: 'watched as it happened', dmesg: 'imported from a kernel log', ftrace: 'imported from a trace' };

export function showSessions(holder, data) {
	const clock = data.clocks.find((c) => c.wall) ?? { wall: true };
	const began = (s) => {
		const wall = parseWall(s.start);
		return wall !== null ? instant(clock, wall, 0) : s.start_ns === null ? null : instant({ wall: false }, BigInt(s.start_ns), 0);
	};
	const lasted = (s) => s.end_ns === null || s.start_ns === null ? null : s.end_ns - s.start_ns;

	new Table(holder, [
		{ title: 'Began', key: began, cell: (s) => began(s) ?? 'not known' },
		{ title: 'Lasted', number: true, key: lasted, cell: (s) => lasted(s) === null ? 'not known' : `${duration(lasted(s))}${s.cut_off ? ', cut off' : ''}` },
		{ title: 'Host', key: (s) => s.host ?? '', cell: (s) => s.host ?? '' },
		{ title: 'Kernel', key: (s) => s.kernel ?? '', cell: (s) => s.kernel ?? '' },
		{ title: 'Source', key: (s) => s.source ?? '', cell: (s) => SOURCES[s.source] ?? s.source ?? 'not known' },
		{ title: 'Input', key: (s) => s.input ?? '', cell: (s) => s.input ?? '' },
		{ title: 'Times exact to', number: true, key: (s) => s.resolution_ns ?? 1, cell: (s) => duration(s.resolution_ns ?? 1) },
		{ title: 'Entries', number: true, key: (s) => s.recoveries.length, cell: (s) => s.recoveries.length.toLocaleString('en') },
		{ title: 'Events lost', number: true, key: (s) => s.lost ?? null, cell: (s) => s.lost === null || s.lost === undefined ? 'not known' : s.lost.toLocaleString('en') },
	], { label: 'Where this comes from', sort: [0, false] }).show(data.sessions);
}

// "2026-11-22 14:58:04 – 15:03:12 UTC, on 3 controllers of 2 hosts"
export function spanText(data) {
	const wall = data.clocks.find((clock) => clock.wall);
	const lanes = data.clocks.reduce((n, clock) => n + clock.lanes.length, 0);
	const parts = [];

	if (wall) {
		const from = instant(wall, wall.base, 0);
		const to = instant(wall, wall.base + BigInt(Math.round(wall.length)), 0);
		parts.push(`${from} – ${to.startsWith(from.slice(0, 10)) ? to.slice(11) : to} ${zone(wall)}`);
	}
	const [host] = data.sessions.map((s) => s.host).filter(Boolean);
	parts.push(`${count(lanes, 'controller')}${data.hosts > 1 ? ` of ${count(data.hosts, 'host')}` : host ? ` of ${host}` : ''}`);
	if (data.clocks.length > (wall ? 1 : 0))
		parts.push(`${count(data.clocks.length - (wall ? 1 : 0), 'log')} without wall time`);
	return parts.join(' · ');
}
