// SPDX-License-Identifier: GPL-2.0
// Which recoveries are shown: in the timeline, the table and the histograms alike.
import { count } from './format.js';
import { natural } from './data.js';
import { fenceWord, make } from './words.js';

// Title and what a recovery has of it; one with a single value is not offered.
const CHOICES = [
	['host', 'Host', (r) => r.host],
	['controller', 'Controller', (r) => r.controller],
	['kind', 'Kind', (r) => r.kind],
	['fence', 'Fence', fenceWord],
	['end', 'End', (r) => r.end ?? 'open'],
];

// What the text filter looks into.
function words(r) {
	const j = r.json;

	return [r.host, j.controller, j.subsystem, j.address, j.transport, j.trigger.reason, j.trigger.site, j.fence,
		j.fence_reason, j.end, j.end_reason, j.end_site, j.kind, j.hold?.reason, ...j.notes,
		...j.ccr.flatMap((a) => [a.source, a.result])].filter(Boolean).join('\n').toLowerCase();
}

export class Filter {
	// changed: called with those that are left.
	constructor(form, recoveries, changed) {
		this.recoveries = recoveries;
		this.changed = changed;
		this.texts = recoveries.map(words);
		this.choices = CHOICES.map(([name, title, of]) => this.choice(name, title, of)).filter(Boolean);
		this.text = make('input', { type: 'search', id: 'filter-text', placeholder: 'NQN, address, reason, …', spellcheck: 'false' });
		this.status = make('output', { id: 'filter-count', for: 'filter-text' });
		form.append(...this.choices.map((c) => c.label),
			make('label', { class: 'wide' }, make('span', { text: 'Text' }), this.text),
			make('button', { type: 'reset', text: 'Show all' }), this.status);
		form.addEventListener('input', () => this.soon());
		form.addEventListener('reset', () => this.soon());
		form.addEventListener('submit', (event) => event.preventDefault());
	}

	choice(name, title, of) {
		const numbers = new Map();

		for (const r of this.recoveries)
			numbers.set(of(r), (numbers.get(of(r)) ?? 0) + 1);
		if (numbers.size < 2)
			return null;
		const values = [...numbers.keys()].sort(natural);
		const select = make('select', { id: `filter-${name}` }, make('option', { value: '', text: 'all' }),
			...values.map((value, i) => make('option', { value: i + 1, text: `${value || 'this host'} (${numbers.get(value)})` })));

		return { of, select, values, label: make('label', {}, make('span', { text: title }), select) };
	}

	// Not for each key of somebody who types: at most once a frame.
	soon() {
		if (!this.due)
			this.due = requestAnimationFrame(() => {
				this.due = null;
				this.apply();
			});
	}

	apply() {
		const wanted = this.choices.filter((c) => c.select.value)
			.map((c) => [c.of, c.values[c.select.value - 1]]);
		const text = this.text.value.trim().toLowerCase();
		const left = this.recoveries.filter((r, i) =>
			wanted.every(([of, value]) => of(r) === value) && (!text || this.texts[i].includes(text)));

		this.status.textContent = left.length === this.recoveries.length ? `all ${count(left.length, 'entry', 'entries')}`
			: `${left.length.toLocaleString('en')} of ${count(this.recoveries.length, 'entry', 'entries')}`;
		this.changed(left);
	}

	clear() {
		this.text.form.reset();
		this.apply();
	}
}
