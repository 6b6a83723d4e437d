// SPDX-License-Identifier: GPL-2.0
// Brings the parts together. What is chosen and what is filtered is known here alone.
import { parse } from './data.js';
import { blackoutCell, showDetails } from './details.js';
import { Filter } from './filter.js';
import { count, duration, instant } from './format.js';
import { Controllers, showFigures, showSessions, spanText } from './summary.js';
import { Table } from './table.js';
import { make, PHASES } from './words.js';

const element = (id) => document.getElementById(id);

function columns(data) {
	const time = (title, of, hint) => ({ title, hint, number: true, key: of, cell: (r) => of(r) === null ? '' : duration(of(r)) });
	const text = (title, of) => ({ title, key: (r) => of(r) ?? '', cell: (r) => of(r) ?? '' });

	return [
		{ title: 'Left LIVE', key: (r) => r.index, cell: (r) => make('a', { href: `#r${r.index}`, tabindex: 0, text: instant(r.clock, r.start, 3) }) },
		...data.hosts > 1 ? [text('Host', (r) => r.host)] : [],
		text('Controller', (r) => r.controller),
		text('Because of', (r) => r.kind === 'recovery' ? r.json.trigger.reason : `${r.kind}: ${r.json.trigger.reason ?? 'asked for'}`),
		time('Retry', (r) => r.retry, 'time to retry: until requests in flight were released for retry'),
		{ ...time('Blackout', (r) => r.blackout, 'the longest time in which a multipath device completed nothing'), cell: blackoutCell },
		time('Whole', (r) => r.duration, 'until LIVE again, removed, or the observation ended'),
		...PHASES.map((phase) => time(phase, (r) => r.totals[phase] ?? null)),
		text('Fence', (r) => r.fence && r.json.fence_reason ? `${r.fence} (${r.json.fence_reason})` : r.fence),
		text('CCR by', (r) => r.ccr.map((a) => `${a.source ?? '?'} ${a.result ?? '?'}`).join(', ')),
		text('End', (r) => r.end && r.json.end_reason ? `${r.end} (${r.json.end_reason})` : r.end),
		text('Notes', (r) => r.json.notes.join(', ')),
		text('Subsystem', (r) => r.json.subsystem),
	];
}

export class App {
	constructor() {
		this.data = parse(element('data').textContent);
		this.chosen = null;
		this.charts = []; // each has show(rows), choose(r), redraw()
		this.table = new Table(element('table'), columns(this.data), {
			label: 'Recoveries', sort: [0, false], none: 'Nothing is left: the filters are too narrow.',
			choose: (r) => this.choose(r, 'row'),
		});
		this.controllers = new Controllers(element('by-controller').querySelector('.scroll'), this.data.hosts > 1);
		showSessions(element('sessions').querySelector('.scroll'), this.data);
		this.filter = new Filter(element('filters'), this.data.recoveries, (rows) => this.show(rows));
		this.clockChoice();
		element('span').textContent = spanText(this.data);
		addEventListener('hashchange', () => this.follow());
	}

	// Once all charts are there.
	start() {
		if (this.data.bad)
			this.notice(`${count(this.data.bad, 'line')} of this file could not be read and ${this.data.bad === 1 ? 'is' : 'are'} left out.`);
		if (!this.data.recoveries.length)
			this.notice('No recovery, reset or delete: nothing happened, or the filters of the report let nothing through.');
		this.filter.apply();
		this.follow();
	}

	notice(text) {
		const notice = element('notice');

		notice.hidden = false;
		notice.append(make('span', { text: `${text} ` }));
	}

	show(rows) {
		this.rows = rows;
		this.table.show(rows);
		this.controllers.show(rows);
		showFigures(element('figures'), rows, this.data.sessions);
		this.charts.forEach((chart) => chart.show(rows));
	}

	/*
	 * from: 'row' or 'bar', where the choice was made, so the other one is brought into sight;
	 * null: both.
	 */
	choose(r, from) {
		this.chosen = r;
		if (r && !this.rows.includes(r))
			this.filter.clear();
		this.table.choose(r);
		this.charts.forEach((chart) => chart.choose(r, from !== 'bar'));
		this.describe();
		history.replaceState(null, '', r ? `#r${r.index}` : location.pathname + location.search);
		if (r && from === 'row' && this.charts.length)
			element('timeline').scrollIntoView({ block: 'nearest' });
	}

	describe() {
		const bars = this.charts.length ? [['Show its bar', () => this.choose(this.chosen, 'row')]] : [];

		showDetails(element('details'), this.chosen, [...bars, ['Show its row', () => this.showRow()], ['Close', () => this.choose(null, 'bar')]]);
	}

	showRow() {
		element('recoveries').scrollIntoView({ block: 'nearest' });
		this.table.focus(this.chosen);
	}

	// "#r12": a link to one of them.
	follow() {
		const r = this.data.recoveries[/^#r(\d+)$/.exec(location.hash)?.[1]];

		if (r && r !== this.chosen)
			this.choose(r, null);
	}

	// Those who compare with a log want its time, which is mostly UTC, or that of the wall.
	clockChoice() {
		const wall = this.data.clocks.find((clock) => clock.wall);

		if (!wall)
			return;
		const select = make('select', { id: 'zone' }, make('option', { value: 'utc', text: 'UTC' }), make('option', { value: 'local', text: 'this browser' }));
		select.addEventListener('change', () => {
			wall.local = select.value === 'local';
			element('span').textContent = spanText(this.data);
			showSessions(element('sessions').querySelector('.scroll'), this.data);
			this.table.show(this.rows);
			this.charts.forEach((chart) => chart.redraw());
			this.describe();
		});
		element('filters').insertBefore(make('label', {}, make('span', { text: 'Times in' }), select), element('filters').querySelector('button'));
	}
}
