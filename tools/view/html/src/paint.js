// SPDX-License-Identifier: GPL-2.0
// Draws the timeline: pure, but for the canvas.
import { duration } from './format.js';
import { PHASES } from './words.js';

export const LANE = 44, AXIS = 26;
const BAR_TOP = 8, BAR = 15, DARK_TOP = 24, DARK = 3, CCR_TOP = 28, CCR = 12;
const NARROW = 4; // pixels; below that a recovery is a mark, not phases

export const RESULTS = ['success', 'rejected', 'timeout', 'failed', 'unknown'];

// The colours in force: style.css knows them for light, dark and print.
export function palette(node) {
	const style = getComputedStyle(node);
	const names = [...PHASES, ...PHASES.flatMap((p) => [`on-${p}`, `edge-${p}`]), ...RESULTS.map((r) => `result-${r}`), 'text', 'muted', 'line', 'lane', 'page', 'accent'];

	return { font: style.fontFamily, ...Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) };
}

// Which of one lane's may be seen between two instants: their first, and the one after the last.
export function between(recoveries, from, to) {
	let low = 0, high = recoveries.length;

	// In order of their starts. Two observations of one host may overlap, so those before an end
	// are told by how far any of them reaches.
	while (low < high) {
		const middle = (low + high) >> 1;
		if (recoveries[middle].reach < from)
			low = middle + 1;
		else
			high = middle;
	}
	let end = low;
	while (end < recoveries.length && recoveries[end].x0 <= to)
		end++;
	return [low, end];
}

function longest(r) {
	return r.phases.reduce((most, p) => p.duration > most.duration ? p : most, r.phases[0])?.phase ?? 'queue';
}

class Painter {
	constructor(view) {
		Object.assign(this, view);
		this.text = new Map(); // measured widths: fillText is cheap, measureText is not
	}

	width(text) {
		if (!this.text.has(text))
			this.text.set(text, this.c.measureText(text).width);
		return this.text.get(text);
	}

	font(size, weight = '') {
		this.c.font = `${weight} ${size}px ${this.colors.font}`;
		this.text.clear();
	}

	// Cut to a width with an ellipsis.
	label(text, x, y, room, color) {
		let shown = text;

		while (shown && this.width(shown === text ? text : `${shown}…`) > room)
			shown = shown.slice(0, -1);
		if (!shown)
			return;
		this.c.fillStyle = color;
		this.c.fillText(shown === text ? text : `${shown}…`, x, y);
	}

	axis(marks) {
		const { c, colors } = this;

		c.fillStyle = colors.page;
		c.fillRect(0, 0, this.size.width, AXIS);
		c.fillStyle = colors.muted;
		c.strokeStyle = colors.line;
		c.textAlign = 'center';
		for (const mark of marks) {
			const x = Math.round(this.x(mark.x)) + 0.5;
			if (x < this.left + this.width(mark.text) / 2 || x > this.size.width - this.width(mark.text) / 2)
				continue;
			c.fillText(mark.text, x, AXIS - 12);
		}
		c.textAlign = 'left';
		this.lineAt(0, AXIS - 0.5, this.size.width);
	}

	lineAt(x, y, to) {
		this.c.strokeStyle = this.colors.line;
		this.c.beginPath();
		this.c.moveTo(x, y);
		this.c.lineTo(to, y);
		this.c.stroke();
	}

	grid(marks) {
		this.c.strokeStyle = this.colors.lane;
		this.c.beginPath();
		for (const mark of marks) {
			const x = Math.round(this.x(mark.x)) + 0.5;
			this.c.moveTo(x, AXIS);
			this.c.lineTo(x, this.size.height);
		}
		this.c.stroke();
	}

	lane(lane, top) {
		const { c, x } = this;
		const [first, last] = between(lane.shown, x.invert(this.left), x.invert(this.size.width));
		let free = -Infinity; // where the last mark ended

		this.lineAt(0, Math.round(top + LANE) - 0.5, this.size.width);
		c.save();
		c.beginPath();
		c.rect(this.left, AXIS, this.size.width - this.left, this.size.height);
		c.clip();
		for (let i = first; i < last; i++) {
			const r = lane.shown[i];
			const x0 = x(r.x0), x1 = x(r.x1);
			if (x1 - x0 >= NARROW || r === this.chosen) {
				this.bar(r, top, x0, x1, lane.shown[i + 1] ? x(lane.shown[i + 1].x0) : Infinity);
				free = x1;
			} else if (x0 >= free) {
				c.fillStyle = this.colors[`edge-${longest(r)}`] || this.colors[longest(r)];
				c.fillRect(x0, top + BAR_TOP, NARROW - 1, BAR);
				if (r.ccr.length)
					this.attempts(r, top, true, Infinity);
				free = x0 + NARROW / 2;
			}
		}
		c.restore();
		this.name(lane, top);
	}

	name(lane, top) {
		const { c } = this;

		c.fillStyle = this.colors.page;
		c.fillRect(0, Math.max(AXIS, top), this.left - 8, LANE - 1);
		if (top < AXIS - LANE)
			return;
		c.save();
		c.beginPath();
		c.rect(0, AXIS, this.left, this.size.height);
		c.clip();
		this.label(lane.controller, 4, top + (this.hosts ? 14 : BAR_TOP + BAR / 2), this.left - 14, this.colors.text);
		if (this.hosts)
			this.label(lane.host, 4, top + 30, this.left - 14, this.colors.muted);
		c.restore();
	}

	bar(r, top, x0, x1, next) {
		const { c, colors } = this;

		for (const p of r.phases)
			this.phase(r, p, top);
		if (r.kind !== 'recovery' || r.end === 'incomplete')
			this.frame(x0, x1, top);
		if (r.retry !== null && x1 - x0 > 12)
			this.retry(this.x(r.x0 + r.retry), top);
		if (r.end === 'removed')
			this.cross(x1, top);
		if (r === this.chosen) {
			c.strokeStyle = colors.accent;
			c.lineWidth = 2;
			c.strokeRect(x0 - 2, top + BAR_TOP - 3, Math.max(NARROW, x1 - x0) + 4, BAR + 6);
			c.lineWidth = 1;
		}
		this.blackouts(r, top);
		this.attempts(r, top, false, next);
		this.outcome(r, top, x1, next);
	}

	phase(r, p, top) {
		const { c } = this;
		const from = Math.max(this.left - 2, this.x(r.x0 + p.at));
		const to = Math.min(this.size.width + 2, this.x(r.x0 + p.at + p.duration));

		if (to < this.left || from > this.size.width)
			return;
		c.fillStyle = this.colors[p.phase] ?? this.colors.muted;
		c.fillRect(from, top + BAR_TOP, Math.max(0.75, to - from - (to - from > 6 ? 1 : 0)), BAR);
		if (to - from > 6 && this.colors[`edge-${p.phase}`]) {
			c.strokeStyle = this.colors[`edge-${p.phase}`];
			c.strokeRect(from + 0.5, top + BAR_TOP + 0.5, to - from - 2, BAR - 1);
		}
		if (to - from > 34)
			this.label(to - from > 110 ? `${p.phase} ${duration(p.duration)}` : p.phase, from + 4, top + BAR_TOP + BAR / 2, to - from - 8, this.colors[`on-${p.phase}`]);
	}

	// Dashed: somebody asked for it, or its true start or end is not known.
	frame(x0, x1, top) {
		const { c } = this;

		c.setLineDash([3, 3]);
		c.strokeStyle = this.colors.text;
		c.strokeRect(x0 - 0.5, top + BAR_TOP - 1.5, Math.max(NARROW, x1 - x0) + 1, BAR + 3);
		c.setLineDash([]);
	}

	retry(x, top) {
		const { c } = this;

		c.fillStyle = this.colors.text;
		c.beginPath();
		c.moveTo(x - 4, top);
		c.lineTo(x + 4, top);
		c.lineTo(x, top + BAR_TOP);
		c.fill();
		c.fillRect(x - 0.5, top + BAR_TOP, 1, BAR);
	}

	cross(x, top) {
		const { c } = this;
		const y = top + BAR_TOP + BAR / 2;

		c.strokeStyle = this.colors.text;
		c.lineWidth = 2;
		c.beginPath();
		c.moveTo(x - 4, y - 5);
		c.lineTo(x + 4, y + 5);
		c.moveTo(x - 4, y + 5);
		c.lineTo(x + 4, y - 5);
		c.stroke();
		c.lineWidth = 1;
	}

	// Right below the phases; where it may have been over already, or was not yet, with gaps.
	blackouts(r, top) {
		const { c } = this;

		c.fillStyle = this.colors.text;
		for (const b of r.blackouts) {
			const sure = b.ns === null ? b.seen : Math.max(0, b.ns - b.uncertain);
			const from = Math.max(this.left - 2, this.x(r.x0 + b.at));
			const middle = Math.min(this.size.width + 2, this.x(r.x0 + b.at + sure));
			const to = b.ns === null ? middle + 12 : Math.min(this.size.width + 2, this.x(r.x0 + b.at + b.seen));

			if (middle > from)
				c.fillRect(from, top + DARK_TOP, Math.max(1, middle - from), DARK);
			for (let x = Math.max(from, middle) + 2; x < to; x += 4)
				c.fillRect(x, top + DARK_TOP, Math.min(2, to - x), DARK);
		}
	}

	// Below the phases: the command filled, the wait for word after it only framed.
	attempts(r, top, narrow, end) {
		const { c, colors } = this;

		r.ccr.forEach((a, i) => {
			const color = colors[`result-${a.result ?? 'unknown'}`];
			const from = Math.max(this.left - 2, this.x(r.x0 + a.at));
			const to = Math.max(from + 2, Math.min(this.size.width + 2, this.x(r.x0 + a.at + a.duration_ns)));
			const command = narrow ? to : Math.max(from + 2, Math.min(to, this.x(r.x0 + a.at + (a.command_ns ?? a.duration_ns))));
			const next = r.ccr[i + 1] ? this.x(r.x0 + r.ccr[i + 1].at) : end;
			if (to < this.left || from > this.size.width)
				return;
			c.fillStyle = color;
			c.fillRect(from, top + CCR_TOP, command - from, CCR);
			c.strokeStyle = color;
			c.strokeRect(from + 0.5, top + CCR_TOP + 0.5, Math.max(1, to - from - 1), CCR - 1);
			if (!narrow)
				this.attemptText(a, top, command, to, next);
		});
	}

	// Within the wait if there is room, else after it unless the next attempt is there.
	attemptText(a, top, from, to, next) {
		const text = `by ${a.source ?? '?'}: ${a.result ?? 'not seen'}`;
		const y = top + CCR_TOP + CCR / 2 + 0.5, room = this.width(text) + 8;

		if (to - from > room)
			this.label(text, from + 4, y, room, this.colors.text);
		else if (next - to > room)
			this.label(text, to + 4, y, room, this.colors.text);
	}

	outcome(r, top, x1, next) {
		const text = [r.end === 'live' ? duration(r.duration) : `${r.end ?? 'open'} ${duration(r.duration)}`, r.fence].filter(Boolean).join(' · ');
		const width = this.width(text);

		if (next - x1 > width + 16 && x1 + width + 8 < this.size.width)
			this.label(text, x1 + 8, top + BAR_TOP + BAR / 2, width + 1, this.colors.muted);
	}
}

/*
 * view: c (context), x (scale of nanoseconds after clock.base), left, size, colors, clock,
 * scroll (pixels), chosen, hosts (whether lanes say theirs). Each lane's `shown` are those that the filters let through.
 */
export function paint(view, lanes, marks) {
	const { c, size, scroll } = view;
	const painter = new Painter(view);

	c.clearRect(0, 0, size.width, size.height);
	c.textBaseline = 'middle';
	c.textAlign = 'left';
	painter.font(11);
	painter.grid(marks);
	const first = Math.max(0, Math.floor(scroll / LANE)), last = Math.ceil((scroll + size.height - AXIS) / LANE);
	for (let i = first; i < Math.min(lanes.length, last); i++)
		painter.lane(lanes[i], AXIS + i * LANE - scroll);
	painter.axis(marks);
}
