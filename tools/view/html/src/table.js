// SPDX-License-Identifier: GPL-2.0
// A table of any length: only the rows in sight are in the document.
import { make } from './words.js';

const ROW_HEIGHT = 28; // as in style.css
const SPARE = 12; // rows above and below those in sight
const PRINTED = 2000; // a page break is no scroll bar, so all rows; up to a point

/*
 * columns: { title, key: (row) → what to sort by (null last), cell: (row) → text or node,
 *   number: aligned right, hint }
 * options: label, sort: [column, descending], choose: (row) → called for the chosen one
 */
export class Table {
	constructor(holder, columns, options) {
		this.holder = holder;
		this.columns = columns;
		this.options = options;
		this.rows = [];
		[this.column, this.descending] = options.sort;
		this.chosen = null;
		this.body = make('tbody');
		this.drawn = new Map(); // place in rows → its tr
		[this.above, this.below] = [this.gap(), this.gap()];
		this.heads = columns.map((column, i) => this.head(column, i));
		this.table = make('table', { 'aria-label': options.label },
			make('thead', {}, make('tr', { 'aria-rowindex': 1 }, ...this.heads)), this.body);
		holder.replaceChildren(this.table);
		holder.addEventListener('scroll', () => this.draw(), { passive: true });
		new ResizeObserver(() => this.draw()).observe(holder);
		this.body.addEventListener('click', (event) => this.clicked(event));
		this.body.addEventListener('keydown', (event) => this.key(event));
		addEventListener('beforeprint', () => this.draw(true));
		addEventListener('afterprint', () => this.draw());
	}

	head(column, i) {
		const button = make('button', { type: 'button', text: column.title, title: column.hint, onclick: () => this.sortBy(i) });
		return make('th', { scope: 'col', class: column.number ? 'number' : null }, button);
	}

	// Numbers are first asked for at their worst.
	sortBy(i) {
		this.descending = this.column === i ? !this.descending : Boolean(this.columns[i].number);
		this.column = i;
		this.show(this.rows);
	}

	show(rows) {
		const { key } = this.columns[this.column];
		const sign = this.descending ? -1 : 1;
		const keyed = rows.map((row) => [key(row), row]);

		keyed.sort(([a], [b]) => a === null || b === null ? (a === null) - (b === null) : sign * order(a, b));
		this.rows = keyed.map(([, row]) => row);
		this.heads.forEach((th, i) => {
			if (i === this.column)
				th.setAttribute('aria-sort', this.descending ? 'descending' : 'ascending');
			else
				th.removeAttribute('aria-sort');
		});
		this.table.setAttribute('aria-rowcount', this.rows.length + 1);
		this.forget();
		this.draw();
	}

	// Brings the row into sight, within its own scroll box.
	choose(row) {
		const i = this.rows.indexOf(row);
		const top = i * ROW_HEIGHT, sight = this.holder.clientHeight - 2 * ROW_HEIGHT;

		this.body.querySelector('tr[aria-selected]')?.removeAttribute('aria-selected');
		this.chosen = row;
		this.drawn.get(i)?.setAttribute('aria-selected', 'true');
		if (i >= 0 && (top < this.holder.scrollTop || top > this.holder.scrollTop + sight))
			this.holder.scrollTop = top - sight / 2;
		this.draw();
	}

	focus(row) {
		this.choose(row);
		this.body.querySelector(`tr[data-row="${this.rows.indexOf(row)}"] a`)?.focus({ preventScroll: true });
	}

	// All rows are new.
	forget() {
		const none = make('tr', {}, make('td', { colspan: this.columns.length, class: 'none', text: this.options.none ?? 'None.' }));

		this.drawn.clear();
		this.body.replaceChildren(this.above, this.below, ...this.rows.length ? [] : [none]);
	}

	/*
	 * Rows that stay in sight stay in the document: one that goes while a button is held down on it
	 * takes the click and the focus with it.
	 */
	draw(printing = false) {
		const first = printing ? 0 : Math.max(0, Math.floor(this.holder.scrollTop / ROW_HEIGHT) - SPARE);
		const room = Math.ceil((this.holder.clientHeight || 600) / ROW_HEIGHT) + 2 * SPARE;
		const last = Math.min(this.rows.length, printing ? PRINTED : first + room);

		for (const [i, tr] of this.drawn)
			if (i < first || i >= last) {
				tr.remove();
				this.drawn.delete(i);
			}
		for (let i = first, at = this.above; i < last; at = this.drawn.get(i++))
			if (!this.drawn.has(i)) {
				this.drawn.set(i, this.row(this.rows[i], i));
				at.after(this.drawn.get(i));
			}
		this.above.firstChild.style.height = `${first * ROW_HEIGHT}px`;
		this.below.firstChild.style.height = `${printing ? 0 : (this.rows.length - last) * ROW_HEIGHT}px`;
	}

	gap() {
		return make('tr', { class: 'gap', 'aria-hidden': 'true' }, make('td', { colspan: this.columns.length }));
	}

	row(row, i) {
		const cells = this.columns.map((column) => {
			const content = column.cell(row) ?? '';
			return make('td', { class: column.number ? 'number' : null, title: typeof content === 'string' && content.length > 24 ? content : null }, content);
		});

		return make('tr', { 'data-row': i, 'aria-rowindex': i + 2, 'aria-selected': row === this.chosen ? 'true' : null }, ...cells);
	}

	clicked(event) {
		const i = event.target.closest('tr')?.dataset.row;

		if (i === undefined || !this.options.choose)
			return;
		event.preventDefault();
		this.options.choose(this.rows[i]);
	}

	// Rows come and go, so the arrow keys walk them and not the browser's own order.
	key(event) {
		const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
		const at = Number(event.target.closest('tr')?.dataset.row);

		if (!step || Number.isNaN(at))
			return;
		event.preventDefault();
		const next = Math.min(this.rows.length - 1, Math.max(0, at + step));
		const top = next * ROW_HEIGHT, sight = this.holder.clientHeight - 2 * ROW_HEIGHT;
		if (top < this.holder.scrollTop)
			this.holder.scrollTop = top;
		else if (top > this.holder.scrollTop + sight - ROW_HEIGHT)
			this.holder.scrollTop = top - sight + ROW_HEIGHT;
		this.draw();
		this.body.querySelector(`tr[data-row="${next}"] a`)?.focus({ preventScroll: true });
	}
}

const inWords = new Intl.Collator('en', { numeric: true });

function order(a, b) {
	if (typeof a === 'string')
		return inWords.compare(a, b);
	return a < b ? -1 : a > b ? 1 : 0;
}
