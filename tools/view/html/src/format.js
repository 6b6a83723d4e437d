// SPDX-License-Identifier: GPL-2.0
// Times for people. Instants are BigInt nanoseconds, durations Number nanoseconds.

const SECOND = 1e9;

// As `report` writes them: "812 ns", "14.5 ms", "1.317 s", "2m03s"; null: not seen.
export function duration(ns) {
	if (ns === null || ns === undefined)
		return 'not seen';
	if (ns < 1e3)
		return ns ? `${ns} ns` : '0';
	if (ns < 1e6)
		return `${threeDigits(ns / 1e3)} us`;
	if (ns < SECOND)
		return `${threeDigits(ns / 1e6)} ms`;
	if (ns < 60 * SECOND)
		return `${(Math.floor(ns / 1e6) / 1e3).toFixed(3)} s`;
	return minutes(Math.floor(ns / SECOND));
}

// Cut, not rounded, as `report` does: 999.96 ms is not a second.
function threeDigits(x) {
	const decimals = x < 10 ? 2 : x < 100 ? 1 : 0;
	const scale = 10 ** decimals;
	return (Math.floor(x * scale) / scale).toFixed(decimals);
}

function minutes(s) {
	const two = (n) => String(n).padStart(2, '0');
	if (s < 3600)
		return `${Math.floor(s / 60)}m${two(s % 60)}s`;
	return `${Math.floor(s / 3600)}h${two(Math.floor(s % 3600 / 60))}m${two(s % 60)}s`;
}

// As `report` writes it: "512 bytes", "4.00 KiB".
export function size(bytes) {
	if (bytes < 1024)
		return count(bytes, 'byte');
	const i = Math.min(5, Math.floor(Math.log2(bytes) / 10) - 1);
	return `${threeDigits(bytes / 1024 ** (i + 1))} ${['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'][i]}`;
}

// To the nanosecond: "9.361828672 s".
export function exactDuration(ns) {
	if (ns === null || ns === undefined)
		return 'not seen';
	return `${Math.floor(ns / SECOND)}.${String(Math.round(ns % SECOND)).padStart(9, '0')} s`;
}

// "2026-11-22T14:58:04.634934538Z" → nanoseconds since 1970.
export function parseWall(text) {
	const m = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text ?? '');
	if (!m)
		return null;
	return BigInt(Date.parse(`${m[1]}Z`)) * 1000000n + BigInt((m[2] ?? '').padEnd(9, '0'));
}

// Floor division; an instant before 1970 or before the log's zero is not worth a crash.
function split(ns) {
	let seconds = ns / 1000000000n, rest = ns % 1000000000n;
	if (rest < 0n) {
		seconds -= 1n;
		rest += 1000000000n;
	}
	return [Number(seconds), String(rest).padStart(9, '0')];
}

// An instant on a clock, { wall, local }: "2026-11-22 14:58:04.634934538 UTC", or as a kernel
// log has it, "[  189.851151359]". digits: of the second.
export function instant(clock, ns, digits = 9) {
	const [seconds, rest] = split(ns);
	const fraction = digits ? `.${rest.slice(0, digits)}` : '';
	if (!clock.wall)
		return `[${String(seconds).padStart(5)}${fraction}]`;
	return `${wallDate(clock, seconds)} ${wallTime(clock, seconds)}${fraction}`;
}

// The same without the date.
export function timeOfDay(clock, ns, digits = 6) {
	const [seconds, rest] = split(ns);
	if (!clock.wall)
		return instant(clock, ns, digits);
	return `${wallTime(clock, seconds)}${digits ? `.${rest.slice(0, digits)}` : ''}`;
}

function shifted(clock, seconds) {
	const date = new Date(seconds * 1000);
	if (!clock.local)
		return date;
	return new Date(date.getTime() - date.getTimezoneOffset() * 60000);
}

export function wallDate(clock, seconds) {
	return shifted(clock, seconds).toISOString().slice(0, 10);
}

function wallTime(clock, seconds) {
	return shifted(clock, seconds).toISOString().slice(11, 19);
}

export function zone(clock) {
	if (!clock.wall)
		return clock.title;
	return clock.local ? Intl.DateTimeFormat().resolvedOptions().timeZone || 'local time' : 'UTC';
}

export function count(n, one, many) {
	return `${n.toLocaleString('en')} ${n === 1 ? one : many ?? `${one}s`}`;
}
