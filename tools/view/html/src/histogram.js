// SPDX-License-Identifier: GPL-2.0
// How long each phase took: logarithmic bins, because times range from microseconds to minutes
// and have several modes. All share one axis, so that they can be compared by eye.
import { max, range as d3range } from 'd3-array';
import { axisBottom, axisLeft } from 'd3-axis';
import { scaleLinear, scaleLog } from 'd3-scale';
import { create } from 'd3-selection';
import { ascending, MEASURES, quantile } from './data.js';
import { count, duration } from './format.js';
import { make } from './words.js';

const WIDTH = 340, HEIGHT = 130, LEFT = 44, RIGHT = 20, TOP = 6, BOTTOM = 22;
const PER_DECADE = 6;

const UNITS = ['ns', 'us', 'ms', 's'];

// "10 ms"; n: the power of ten.
function tick(n) {
	const unit = Math.min(3, Math.floor(n / 3));

	return `${10 ** (n - 3 * unit)} ${UNITS[unit]}`;
}

// Decades that hold all samples, at least two of them.
function domain(samples) {
	let low = Infinity, high = 0;

	for (const sorted of samples.values())
		if (sorted.length) {
			low = Math.min(low, Math.max(1, sorted[0]));
			high = Math.max(high, sorted[sorted.length - 1]);
		}
	if (high === 0)
		return [1e6, 1e9];
	const first = Math.floor(Math.log10(low));
	return [10 ** first, 10 ** Math.max(first + 2, Math.ceil(Math.log10(high + 1)))];
}

// The number of samples in each bin; a time of 0 is in the first.
function bins(sorted, [low]) {
	const counts = new Map();

	for (const ns of sorted) {
		const i = Math.max(0, Math.floor(Math.log10(Math.max(ns, low) / low) * PER_DECADE + 1e-9));
		counts.set(i, (counts.get(i) ?? 0) + 1);
	}
	return [...counts].map(([i, n]) => ({ n, from: low * 10 ** (i / PER_DECADE), to: low * 10 ** ((i + 1) / PER_DECADE) }));
}

function quantiles(sorted) {
	return [['median', 0.5], ['p95', 0.95], ['worst', 1]].map(([name, q]) => `${name} ${duration(quantile(sorted, q))}`).join(', ');
}

function picture(name, sorted, range) {
	const bars = bins(sorted, range);
	const x = scaleLog(range, [LEFT, WIDTH - RIGHT]);
	const y = scaleLinear([0, max(bars, (b) => b.n)], [HEIGHT - BOTTOM, TOP]).nice(3);
	const svg = create('svg').attr('viewBox', `0 0 ${WIDTH} ${HEIGHT}`).attr('role', 'img')
		.attr('aria-label', `${name}: ${count(sorted.length, 'sample')}, ${quantiles(sorted)}`);
	const at = quantile(sorted, 0.5);
	const whole = y.ticks(3).filter(Number.isInteger);

	svg.append('g').attr('class', 'grid').selectAll('line').data(whole).join('line')
		.attr('x1', LEFT).attr('x2', WIDTH - RIGHT).attr('y1', (d) => y(d)).attr('y2', (d) => y(d));
	svg.append('g').selectAll('rect').data(bars).join('rect').attr('class', `fill ${name.replaceAll(' ', '-')}`)
		.attr('x', (b) => x(b.from) + 0.5).attr('width', (b) => Math.max(1, x(b.to) - x(b.from) - 1))
		.attr('y', (b) => y(b.n)).attr('height', (b) => y(0) - y(b.n))
		.append('title').text((b) => `${duration(Math.round(b.from))} – ${duration(Math.round(b.to))}: ${b.n.toLocaleString('en')}`);
	svg.append('line').attr('class', 'median').attr('x1', x(Math.max(at, range[0]))).attr('x2', x(Math.max(at, range[0])))
		.attr('y1', TOP).attr('y2', HEIGHT - BOTTOM);
	const [first, last] = range.map((ns) => Math.round(Math.log10(ns)));
	const every = Math.ceil((last - first) / 7);
	const powers = d3range(first, last + 1, every);
	svg.append('g').attr('transform', `translate(0,${HEIGHT - BOTTOM})`)
		.call(axisBottom(x).tickValues(powers.map((n) => 10 ** n)).tickFormat((ns) => tick(Math.round(Math.log10(ns)))).tickSizeOuter(0));
	svg.append('g').attr('transform', `translate(${LEFT},0)`).call(axisLeft(y).tickValues(whole).tickFormat((n) => n.toLocaleString('en')).tickSizeOuter(0));
	return svg.node();
}

export class Histograms {
	constructor() {
		this.grid = document.getElementById('histogram-grid');
		this.hint = document.getElementById('histograms-hint');
		document.getElementById('histograms').hidden = false;
	}

	show(rows) {
		const good = rows.filter((r) => r.kind === 'recovery' && r.trusted);
		const left = rows.filter((r) => r.kind === 'recovery').length - good.length;
		const samples = new Map([...MEASURES].map(([name, of]) => [name, ascending(good.map(of).filter((ns) => ns !== null))]));
		const open = good.filter((r) => r.blackout !== null && r.atLeast).length;
		const range = domain(samples);

		this.hint.textContent = `Of ${count(good.length, 'recovery', 'recoveries')} that the filters let through, per recovery. The line is the median.${left ? ` ${count(left, 'incomplete or lossy one')} left out.` : ''}`;
		this.grid.replaceChildren(...[...samples].filter(([, sorted]) => sorted.length).map(([name, sorted]) =>
			make('figure', {}, make('figcaption', {}, make('b', { text: name }), ` ${sorted.length.toLocaleString('en')}${name === 'blackout' && open ? `, ${open} of them at least` : ''}`, make('div', { text: quantiles(sorted) })),
				picture(name, sorted, range))));
	}

	choose() {}

	redraw() {}
}
