// SPDX-License-Identifier: GPL-2.0
// Where the marks of a time axis are, and what they say, from years down to nanoseconds.
import { scaleLinear, scaleTime, scaleUtc } from 'd3-scale';
import { instant, timeOfDay } from './format.js';

const MS = 1e6;

// [{ x, text }]; from and to: nanoseconds after clock.base; n: about how many are wanted.
export function ticks(clock, from, to, n) {
	const step = (to - from) / n;

	if (clock.wall && step >= 5 * MS)
		return calendar(clock, from, to, n);
	return decimal(clock, from, to, n);
}

function calendar(clock, from, to, n) {
	const base = Number(clock.base) / MS; // a tenth of a microsecond is lost, of steps of 5 ms
	const scale = (clock.local ? scaleTime() : scaleUtc()).domain([base + from / MS, base + to / MS]);
	const format = scale.tickFormat(n);

	return scale.ticks(n).map((date) => ({ x: (date.getTime() - base) * MS, text: calendarText(clock, date, format) }));
}

// d3's own ".250" and ":05" are short of what a log shows beside them.
function calendarText(clock, date, format) {
	const ns = BigInt(date.getTime()) * 1000000n;

	if (date % 60000 === 0)
		return date % 3600000 && date % 86400000 ? timeOfDay(clock, ns, 0).slice(0, 5) : dayText(clock, ns, date, format);
	return timeOfDay(clock, ns, date % 1000 ? 3 : 0);
}

function dayText(clock, ns, date, format) {
	const time = timeOfDay(clock, ns, 0).slice(0, 5);

	if (time !== '00:00')
		return time;
	return /^\d{4}$/.test(format(date)) ? format(date) : instant(clock, ns, 0).slice(5, 10);
}

// Round numbers of the clock itself, counted from a rounder one near the view: a Number does not
// hold nanoseconds since 1970.
function decimal(clock, from, to, n) {
	const round = BigInt(10 ** Math.max(9, Math.ceil(Math.log10((to - from) / n)) + 1));
	const whole = (clock.base + BigInt(Math.floor(from))) / round * round;
	const offset = Number(whole - clock.base);
	const marks = scaleLinear([from - offset, to - offset], [0, 1]).ticks(n);
	const step = marks.length > 1 ? marks[1] - marks[0] : to - from;
	const digits = Math.min(9, Math.max(0, 9 - Math.floor(Math.log10(Math.max(1, step)) + 1e-9)));

	return marks.map((x) => {
		const ns = whole + BigInt(Math.round(x));
		return { x: x + offset, text: clock.wall ? timeOfDay(clock, ns, digits) : instant(clock, ns, digits).replace(/[[\] ]/g, '') };
	});
}
