// SPDX-License-Identifier: GPL-2.0
// The timeline: one lane for each controller, zoomed and walked with the mouse or the keys.
import { scaleLinear } from 'd3-scale';
import { select } from 'd3-selection';
import { zoom, zoomIdentity } from 'd3-zoom';
import { blackoutText, causeText, ccrText, fenceText, headline } from './details.js';
import { count, duration, exactDuration, instant, timeOfDay, zone } from './format.js';
import { AXIS, between, LANE, paint, palette, RESULTS } from './paint.js';
import { ticks } from './ticks.js';
import { make, PHASE_MEANS, PHASES } from './words.js';

const CLOSEST = 200; // nanoseconds: the least that the whole width may show
const NEAR = 4; // pixels: a narrow bar is hit from this far

export class Timeline {
	constructor(app) {
		this.app = app;
		this.clocks = app.data.clocks;
		this.clock = this.clocks[0];
		this.left = app.data.hosts > 1 ? 150 : 90;
		document.getElementById('timeline').hidden = false;
		this.build();
		this.tools();
		this.zoom = zoom().filter((event) => this.mayZoom(event)).on('zoom', (event) => this.zoomed(event));
		select(this.canvas).call(this.zoom).on('dblclick.zoom', null);
		this.listen();
	}

	build() {
		this.canvas = make('canvas', { tabindex: 0, role: 'application', 'aria-roledescription': 'timeline',
			'aria-label': 'Timeline. Arrow keys walk the recoveries, plus and minus zoom, 0 shows all, Enter goes to the row.' });
		this.spacer = make('div', { class: 'lanes' }, this.canvas);
		this.scroller = make('div', { class: 'scroll', id: 'lanes' }, this.spacer);
		this.tip = make('div', { id: 'tip', hidden: true });
		this.said = make('p', { class: 'unseen', 'aria-live': 'polite' });
		document.getElementById('plot').append(this.scroller, this.tip, this.said);
		this.c = this.canvas.getContext('2d');
	}

	tools() {
		const button = (text, title, onclick) => make('button', { type: 'button', text, title, onclick });
		const clock = make('select', { id: 'clock' }, ...this.clocks.map((c, i) => make('option', { value: i, text: `${c.title} (${c.recoveries.length})` })));

		clock.addEventListener('change', () => this.setClock(this.clocks[clock.value]));
		this.clockSelect = clock;
		this.range = make('output', { id: 'range' });
		document.getElementById('timeline-tools').append(
			button('−', 'Zoom out', () => this.scale(1 / 2)), button('+', 'Zoom in', () => this.scale(2)), button('All', 'Show all of it', () => this.all()),
			this.clocks.length > 1 ? make('label', {}, make('span', { text: 'Clock' }), clock) : '', this.range, this.legend());
		document.getElementById('plot').after(make('p', { class: 'hint', text: 'Drag to move, Ctrl + wheel to zoom (after a click: the wheel alone), click a bar for its account. ▾ requests released for retry · ✕ removed · dashed: asked for, or not seen whole · line under a bar: a multipath device completed nothing (gaps: perhaps) · below: CCR attempts, filled while the command ran' }));
	}

	legend() {
		const item = (cls, text, title) => make('li', { title }, make('i', { class: `swatch ${cls}` }), text);
		const phases = PHASES.filter((p) => this.app.data.recoveries.some((r) => p in r.totals));
		const results = RESULTS.filter((result) => this.app.data.recoveries.some((r) => r.ccr.some((a) => (a.result ?? 'unknown') === result)));

		return make('ul', { class: 'legend' }, ...phases.map((p) => item(p, p, PHASE_MEANS[p])),
			...results.map((result) => item(`result-${result}`, `CCR ${result}`)));
	}

	listen() {
		new ResizeObserver(() => this.resize()).observe(this.scroller);
		this.scroller.addEventListener('scroll', () => this.redraw(), { passive: true });
		this.canvas.addEventListener('pointermove', (event) => this.hover(event));
		this.canvas.addEventListener('pointerleave', () => this.hideTip());
		this.canvas.addEventListener('click', (event) => this.clicked(event));
		this.canvas.addEventListener('keydown', (event) => this.key(event));
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.recolor());
		// The dark scheme is for screens.
		addEventListener('beforeprint', () => this.printing(true));
		addEventListener('afterprint', () => this.printing(false));
	}

	printing(on) {
		document.documentElement.classList.toggle('printing', on);
		this.recolor();
		if (on)
			this.draw();
	}

	recolor() {
		this.colors = null;
		this.redraw();
	}

	/* ---- what is shown ---- */

	show(rows) {
		for (const clock of this.clocks)
			for (const lane of clock.lanes)
				lane.shown = [];
		for (const r of rows) { // in order of their starts
			r.reach = Math.max(r.x1, r.lane.shown.at(-1)?.reach ?? 0);
			r.lane.shown.push(r);
		}
		this.rows = rows;
		if (!this.clock.lanes.some((lane) => lane.shown.length)) {
			const other = this.clocks.find((clock) => clock.lanes.some((lane) => lane.shown.length));
			if (other)
				this.setClock(other);
		}
		this.lay();
	}

	setClock(clock) {
		this.clock = clock;
		this.clockSelect.value = this.clocks.indexOf(clock);
		this.lay();
		this.all();
	}

	lay() {
		this.lanes = this.clock.lanes.filter((lane) => lane.shown.length);
		this.lanes.forEach((lane, i) => { lane.at = i; });
		this.spacer.style.height = `${AXIS + Math.max(1, this.lanes.length) * LANE}px`;
		this.resize();
	}

	resize() {
		const { clientWidth: width, clientHeight: height } = this.scroller;
		const dots = devicePixelRatio || 1;

		if (!width)
			return;
		const size = { width, height: Math.min(height, AXIS + Math.max(1, this.lanes.length) * LANE) };
		const kept = this.transform.k > 1 && this.size && this.size.width !== width ? this.span() : null;
		if (this.size?.width !== size.width || this.size?.height !== size.height || this.dots !== dots) {
			Object.assign(this, { size, dots });
			this.canvas.width = width * dots;
			this.canvas.height = size.height * dots;
			this.canvas.style.width = `${width}px`;
			this.canvas.style.height = `${size.height}px`;
		}
		// A little room at both ends; the last bar's outcome is written after it.
		const length = Math.max(this.clock.length, CLOSEST);
		this.whole = scaleLinear([-0.01 * length, 1.08 * length], [this.left, width]);
		this.zoom.scaleExtent([1, Math.max(1, 1.09 * length / CLOSEST)]).extent([[this.left, 0], [width, size.height]])
			.translateExtent([[this.left, -Infinity], [width, Infinity]]);
		if (kept)
			this.zoomTo(...kept);
		this.redraw();
	}

	get transform() {
		return this.canvas.__zoom ?? zoomIdentity;
	}

	get x() {
		return this.transform.rescaleX(this.whole);
	}

	// What is in sight, in nanoseconds after clock.base.
	span() {
		return [this.x.invert(this.left), this.x.invert(this.size.width)];
	}

	redraw() {
		if (!this.due)
			this.due = requestAnimationFrame(() => {
				this.due = null;
				this.draw();
			});
	}

	draw() {
		if (!this.size || !this.lanes)
			return;
		const x = this.x;
		const [from, to] = this.span();
		this.colors ??= palette(this.canvas);
		this.c.setTransform(this.dots, 0, 0, this.dots, 0, 0);
		paint({ c: this.c, x, left: this.left, size: this.size, colors: this.colors, clock: this.clock, scroll: this.scroller.scrollTop, chosen: this.app.chosen, hosts: this.app.data.hosts > 1 },
			this.lanes, ticks(this.clock, from, to, Math.max(2, (this.size.width - this.left) / 120)));
		const start = this.clock.base + BigInt(Math.floor(from));
		this.range.textContent = `${instant(this.clock, start, 3)} ${this.clock.wall ? zone(this.clock) : ''} + ${duration(Math.round(to - from))}`;
	}

	/* ---- zoom ---- */

	// A page must scroll under the wheel until somebody turns to the timeline.
	mayZoom(event) {
		if (event.type === 'wheel')
			return event.ctrlKey || event.metaKey || document.activeElement === this.canvas;
		return !event.ctrlKey && !event.button;
	}

	zoomed(event) {
		if (event.sourceEvent?.type === 'mousemove')
			this.hideTip();
		this.redraw();
	}

	scale(by) {
		select(this.canvas).call(this.zoom.scaleBy, by);
	}

	move(share) {
		select(this.canvas).call(this.zoom.translateBy, share * (this.size.width - this.left) / this.transform.k, 0);
	}

	all() {
		select(this.canvas).call(this.zoom.transform, zoomIdentity);
	}

	// From and to: nanoseconds after clock.base.
	zoomTo(from, to) {
		const width = this.size.width - this.left;
		const [, most] = this.zoom.scaleExtent();
		const k = Math.min(most, Math.max(1, width / (this.whole(to) - this.whole(from))));

		select(this.canvas).call(this.zoom.transform, zoomIdentity.translate(this.left - k * this.whole(from), 0).scale(k));
	}

	/* ---- what is chosen ---- */

	choose(r, reveal) {
		this.redraw();
		if (!r || !reveal)
			return;
		if (r.clock !== this.clock)
			this.setClock(r.clock);
		// A blackout begins before; the phases have to be told apart all the same.
		const room = Math.max(r.duration, CLOSEST), lead = Math.min(-r.lead, room);
		this.zoomTo(r.x0 - lead - 0.25 * room, r.x1 + 0.4 * room);
		const top = r.lane.at * LANE, sight = this.scroller.clientHeight - AXIS - LANE;
		if (top < this.scroller.scrollTop || top > this.scroller.scrollTop + sight)
			this.scroller.scrollTop = top - sight / 2;
	}

	// What is at a point of the canvas: { r, phase, attempt }; the nearest one that is near.
	at(px, py) {
		const lane = this.lanes[Math.floor((py - AXIS + this.scroller.scrollTop) / LANE)];
		const x = this.x;

		if (!lane || py < AXIS || px < this.left)
			return null;
		const [first, last] = between(lane.shown, x.invert(px - NEAR), x.invert(px + NEAR));
		const ns = x.invert(px), near = x.invert(px + NEAR) - ns;
		const far = (r) => Math.max(r.x0 - ns, ns - r.x1, 0);
		const hits = lane.shown.slice(first, last).filter((r) => far(r) <= near);
		if (!hits.length)
			return null;
		const r = hits.reduce((best, one) => far(one) < far(best) ? one : best);
		const holds = (at, length) => ns >= r.x0 + at && ns < r.x0 + at + length;
		return { r, phase: r.phases.find((p) => holds(p.at, p.duration)), attempt: r.ccr.find((a) => holds(a.at, a.duration_ns)), among: hits.length };
	}

	hover(event) {
		const hit = event.buttons ? null : this.at(event.offsetX, event.offsetY);

		this.canvas.classList.toggle('over', Boolean(hit));
		if (hit)
			this.showTip(hit, event.offsetX, event.offsetY);
		else
			this.hideTip();
	}

	hideTip() {
		this.tip.hidden = true;
	}

	showTip({ r, phase, attempt, among }, px, py) {
		const line = (text, cls) => make('div', { text, class: cls });
		const span = (at, ns) => `${exactDuration(ns)}, from ${timeOfDay(r.clock, r.start + BigInt(Math.round(at)), 9)}`;

		this.tip.replaceChildren(line(headline(r), 'title'),
			line(`left LIVE ${instant(r.clock, r.start)} ${r.hasWall ? zone(r.clock) : ''}`),
			line(`because of ${causeText(r)}`),
			line(`time to retry ${exactDuration(r.retry)}, whole ${exactDuration(r.duration)}`),
			...r.kind === 'recovery' ? [line(`fence ${fenceText(r)}`)] : [],
			...r.blackouts.length ? [line(`blackout ${r.blackouts.map(blackoutText).join('; ')}`)] : [],
			...phase ? [line(`${phase.phase} ${span(phase.at, phase.duration)}`, 'here')] : [],
			...attempt ? [line(`ccr ${ccrText(attempt)}`, 'here')] : [],
			...among > 1 ? [line(`and ${count(among - 1, 'other')} here: zoom in`, 'note')] : []);
		this.tip.hidden = false;
		this.tip.style.left = `${Math.max(0, Math.min(px + 14, this.size.width - this.tip.offsetWidth - 4))}px`;
		this.tip.style.top = `${py + 18}px`;
	}

	clicked(event) {
		const hit = this.at(event.offsetX, event.offsetY);

		if (hit)
			this.app.choose(hit.r, 'bar');
	}

	/* ---- keys ---- */

	key(event) {
		const steps = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
		const acts = { '+': () => this.scale(2), '=': () => this.scale(2), '-': () => this.scale(1 / 2), '0': () => this.all(), 'Home': () => this.all(),
			'PageUp': () => this.move(0.5), 'PageDown': () => this.move(-0.5), 'Escape': () => this.app.choose(null, 'bar'),
			'Enter': () => this.app.chosen && this.app.showRow() };

		if (event.ctrlKey || event.metaKey || event.altKey)
			return;
		if (steps[event.key])
			this.walk(...steps[event.key]);
		else if (acts[event.key])
			acts[event.key]();
		else
			return;
		event.preventDefault();
	}

	// To the next one of this lane, or to the one nearest in time of another.
	walk(along, across) {
		const now = this.app.chosen?.clock === this.clock && this.rows.includes(this.app.chosen) ? this.app.chosen : null;
		const lane = this.lanes[Math.min(this.lanes.length - 1, Math.max(0, (now?.lane.at ?? 0) + across))];

		if (!lane)
			return;
		const near = (r) => Math.abs(r.x0 - now.x0);
		const next = !now ? lane.shown[0] : across ? lane.shown.reduce((best, r) => near(r) < near(best) ? r : best)
			: lane.shown[lane.shown.indexOf(now) + along];
		if (!next)
			return;
		this.app.choose(next, 'bar');
		this.reveal(next);
		this.said.textContent = `${headline(next)}, ${fenceText(next)}`;
	}

	// Into sight, without a change of scale unless it would be a mere mark.
	reveal(r) {
		const x = this.x;

		if (x(r.x1) - x(r.x0) < 30 || x(r.x0) < this.left || x(r.x1) > this.size.width)
			this.choose(r, true);
		else
			this.redraw();
	}
}
