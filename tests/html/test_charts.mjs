// SPDX-License-Identifier: GPL-2.0
// The timeline, the histograms, and how they hang together with the table.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { canvasBox, cells, close, column, moves, open, out, pixels, recoveries, rows, settled, shown } from './browser.mjs';

after(close);

// As drawn (paint.js): the axis, and the phases and attempts in the first lane.
const PHASES_Y = 26 + 8 + 12, BLACKOUT_Y = 26 + 24 + 1, ATTEMPTS_Y = 26 + 28 + 6, LANE = 44;

const few = recoveries('few').map((r) => ({ ...r, at: BigInt(r.start_ns) })).sort((a, b) => a.start < b.start ? -1 : 1);

async function option(page, select, text) {
	const values = await page.$$eval(`${select} option`, (all, start) => all.filter((o) => o.textContent.startsWith(start)).map((o) => o.value), text);
	assert.equal(values.length, 1, text);
	await page.selectOption(select, values[0]);
	await settled(page);
}

const worst = few.reduce((most, r) => r.duration_ns > most.duration_ns ? r : most);

test('bars have their phases, and the attempts below them their source', () => open('few', async (page) => {
	const r = few.findIndex((one) => one.controller === 'nvme0' && one.fence === 'hold');

	await moves(page, () => page.click(`#table tbody tr[data-row="${r}"] a`));
	const hold = await pixels(page, PHASES_Y, '--hold');
	const ccr = await pixels(page, PHASES_Y, '--ccr');
	const backoff = await pixels(page, PHASES_Y, '--backoff');
	const whole = 1400 * few[r].duration_ns; // to scale, if not to the pixel
	assert.ok(hold.length > 50 && ccr.length > 20 && backoff.length > 20, `${hold.length} ${ccr.length} ${backoff.length} of ${whole}`);
	assert.ok(Math.max(...ccr) < Math.min(...hold) && Math.max(...hold) < Math.min(...backoff), 'phases in order');
	assert.ok(Math.min(...hold) - Math.max(...ccr) < 6, 'phases follow each other without a gap');
	const ratio = (hold.at(-1) - hold[0]) / (ccr.at(-1) - ccr[0]);
	const expected = few[r].phase_totals_ns.hold / few[r].phase_totals_ns.ccr;
	assert.ok(Math.abs(ratio / expected - 1) < 0.1, `hold : ccr is ${ratio}, expected ${expected}`);
	assert.ok((await pixels(page, ATTEMPTS_Y, '--result-timeout')).length >= 2);
	const box = await canvasBox(page);
	await page.mouse.move(box.x + (ccr[0] + ccr.at(-1)) / 2, box.y + ATTEMPTS_Y);
	await page.waitForSelector('#tip:visible');
	assert.match(await page.textContent('#tip'), new RegExp(`by ${few[r].ccr[0].source}: timeout`));
}));

const seconds = (ns) => `${(Math.floor(ns / 1e6) / 1e3).toFixed(3)} s`; // from one second on

for (const [controller, uncertain] of [['nvme0', false], ['nvme1', true]])
	test(`a line under the bar of ${controller} is the blackout, ${uncertain ? 'with gaps where it may have been over' : 'without gaps'}`, () => open('few', async (page) => {
		const i = few.findIndex((one) => one.controller === controller && one.fence === 'hold');
		const lane = LANE * Number(controller.slice(4));

		assert.equal(few[i].io.blackouts[0].uncertain_ns > 0, uncertain);
		await moves(page, () => page.click(`#table tbody tr[data-row="${i}"] a`));
		const line = await pixels(page, BLACKOUT_Y + lane, '--text');
		const hold = await pixels(page, PHASES_Y + lane, '--hold');
		assert.ok(line.length > 50 && line[0] <= hold[0] && line.at(-1) >= hold.at(-1) - 1, `${line[0]} to ${line.at(-1)}, hold ${hold[0]} to ${hold.at(-1)}`);
		assert.equal(line.some((x, n) => n && x - line[n - 1] > 1.5), uncertain, 'gaps');
	}));

// How long a blackout was seen: one that was not over, until the end of the recovery.
const seen = (r) => Math.max(...r.io.blackouts.map((b) => b.duration_ns ?? r.start_ns + r.duration_ns - b.since_ns));
const isOpen = (r) => r.io.blackouts.some((b) => b.duration_ns === null);

test('what applications felt is told, and can be sorted by', () => open('few', async (page) => {
	const felt = few.filter((r) => r.io?.blackouts.length);
	const longest = felt.reduce((most, r) => seen(r) > seen(most) ? r : most);
	const blackouts = async () => cells(page, await column(page, 'Blackout'));
	const rowOf = (r) => page.$$eval('#table tbody tr[data-row]', (trs, start) => trs.findIndex((tr) => tr.textContent.includes(start)), r.start.replace('T', ' ').slice(0, 23));

	await page.click('#table thead button >> text=Blackout');
	await settled(page);
	assert.equal((await blackouts())[0], `${isOpen(longest) ? 'at least ' : ''}${seconds(seen(longest))}`);
	for (const [controller, expected] of [['nvme0', /nvme0n1 \d/], ['nvme2', /n2 not over when the (recovery was|observation ended), after/], ['nvme3', null]]) {
		const r = few.find((one) => one.controller === controller && (!one.io || seen(one) >= 1e9));
		const row = await rowOf(r);
		await page.click(`#table tbody tr[data-row="${row}"] a`);
		const text = await page.textContent('#details');
		if (expected) {
			assert.match(text, expected);
			for (const words of ['256 requests (200 reads, 56 writes, 1.00 MiB), the oldest for 30.0 ms', '250 failed over to nvme', '6 answered late'])
				assert.ok(text.includes(words), words);
			assert.equal(/I\/O errors\s*not known/.test(text), r.io.errors === null);
		} else {
			// Where nobody looked, nothing is said.
			assert.ok(!/In flight|Blackout|I\/O errors/.test(text), text);
		}
		// One that was not over counts as far as it was seen, and that is said.
		assert.equal((await blackouts())[row], r.io ? `${isOpen(r) ? 'at least ' : ''}${seconds(seen(r))}` : '');
	}
}));

test('the worst blackout of a controller is told, and how many may have been longer', () => open('few', async (page) => {
	await page.click('#by-controller summary');
	const rows = await page.$$eval('#by-controller tbody tr[data-row]', (trs) => trs.map((tr) => [...tr.cells].map((td) => td.textContent)));
	const at = await page.$$eval('#by-controller thead th', (ths) => ths.findIndex((th) => th.textContent.startsWith('Blackout')));
	const of = (name) => rows.find((cells) => cells.includes(name))[at];
	const recoveries = (name) => few.filter((r) => r.kind === 'recovery' && r.controller === name);
	const worstOf = (name) => seconds(Math.max(...recoveries(name).map(seen)));

	assert.equal(of('nvme0'), worstOf('nvme0'));
	assert.equal(of('nvme2'), `at least ${worstOf('nvme2')}; ${recoveries('nvme2').length} not over, or not known of all`);
	assert.equal(of('nvme3'), '');
}));

test('a recovery that is chosen shows all of its blackout', () => open('few', async (page) => {
	const i = few.findIndex((one) => one.controller === 'nvme1' && one.fence === 'hold');

	assert.ok(few[i].start_ns - few[i].io.blackouts[0].since_ns > 0.4 * few[i].duration_ns);
	await moves(page, () => page.click(`#table tbody tr[data-row="${i}"] a`));
	const line = await pixels(page, BLACKOUT_Y + LANE, '--text'), hold = await pixels(page, PHASES_Y + LANE, '--hold');
	const ratio = (line.at(-1) - line[0]) / (hold.at(-1) - hold[0]), expected = seen(few[i]) / few[i].phase_totals_ns.hold;
	assert.ok(Math.abs(ratio / expected - 1) < 0.1, `blackout : hold is ${ratio}, expected ${expected}`);
}));

test('the tooltip tells exact times', () => open('few', async (page) => {
	await moves(page, () => page.click('#table tbody tr[data-row="0"] a'));
	const [r] = few;
	const backoff = await pixels(page, PHASES_Y, '--backoff');
	const box = await canvasBox(page);
	await page.mouse.move(box.x + backoff[20], box.y + PHASES_Y);
	await page.waitForSelector('#tip:visible');
	const tip = await page.textContent('#tip');
	const phase = r.phases.find((p) => p.phase === 'backoff');
	const exact = (ns) => `${Math.floor(ns / 1e9)}.${String(ns % 1e9).padStart(9, '0')} s`;
	assert.ok(tip.includes(r.start.replace('T', ' ').replace('Z', ' UTC')), tip);
	assert.ok(tip.includes(`whole ${exact(r.duration_ns)}`), tip);
	assert.ok(tip.includes(`time to retry ${exact(r.time_to_retry_ns)}`), tip);
	assert.ok(tip.includes(`backoff ${exact(phase.duration_ns)}, from `), tip);
}));

test('it zooms and moves: buttons, keys, wheel, drag', () => open('few', async (page) => {
	const all = await shown(page);
	const box = await canvasBox(page);
	const changes = (act, what) => moves(page, act, what);

	await page.mouse.move(box.x + 500, box.y + 60);
	await page.mouse.wheel(0, 300); // not focused, no Ctrl: the page's own
	await page.waitForFunction(() => scrollY > 0);
	await settled(page);
	assert.equal(await shown(page), all);
	await page.evaluate(() => scrollTo(0, 0));
	await changes(() => page.click('#timeline-tools button >> nth=1'), '+');
	assert.notEqual(await shown(page), all);
	await changes(() => page.click('#timeline-tools >> text=All'), 'All');
	assert.equal(await shown(page), all);
	await page.focus('#lanes canvas');
	await page.mouse.move(box.x + 500, box.y + 60);
	await changes(() => page.keyboard.press('+'), '+ key');
	await changes(() => page.keyboard.press('PageDown'), 'PageDown');
	await changes(() => page.mouse.wheel(0, -300), 'wheel');
	const before = await shown(page);
	await changes(async () => {
		await page.mouse.down();
		await page.mouse.move(box.x + 300, box.y + 60, { steps: 3 });
		await page.mouse.up();
	}, 'drag');
	assert.equal(await shown(page), before);
	await page.keyboard.press('0');
	await settled(page);
	assert.equal(await shown(page), all);
	for (let i = 0; i < 60; i++)
		await page.keyboard.press('+');
	await settled(page);
	assert.match(await shown(page), /ns$/); // down to what the clock tells
}));

test('a row leads to its bar', () => open('few', async (page) => {
	await page.click('#table thead button >> text=Whole');
	await settled(page);
	await moves(page, () => page.click('#table tbody tr[data-row="0"] a'));
	assert.match(await page.textContent('#details h2'), new RegExp(`^(db1 )?${worst.controller} recovery`));
	assert.ok((await page.textContent('#details')).includes(worst.start.slice(11, 29)));
	const lanes = [...new Set(few.map((r) => r.controller))].sort();
	const y = PHASES_Y + LANE * lanes.indexOf(worst.controller);
	const hold = await pixels(page, y, '--hold');
	assert.ok(hold.length > 100, `${hold.length} pixels of hold`);
	assert.ok(hold[0] > 100 && hold.at(-1) < 1350, 'the whole bar is in sight');
	assert.equal(await page.getAttribute('#table tbody tr[data-row="0"]', 'aria-selected'), 'true');
	assert.match(page.url(), /#r\d+$/);
	assert.ok(await page.evaluate(() => document.getElementById('lanes').getBoundingClientRect().bottom <= innerHeight + 1), 'the timeline is in sight');
}));

test('a row that is clicked while the table scrolls leads to its bar', () => open('many', async (page) => {
	const cell = page.locator('#table tbody tr[data-row="16"] td:nth-child(3)');

	await cell.scrollIntoViewIfNeeded();
	await settled(page);
	const box = await cell.boundingBox();
	const [x, y, far] = [box.x + 5, box.y + box.height / 2, 13 * box.height];

	await moves(page, async () => {
		await page.mouse.move(x, y);
		await page.mouse.down();
		await page.$eval('#table', (table, by) => table.scrollBy(0, by), far);
		await settled(page);
		await page.mouse.move(x, y - far);
		await page.mouse.up();
	});
	assert.equal(await page.getAttribute('#table tbody tr[data-row="16"]', 'aria-selected'), 'true');
}));

test('a bar leads to its row', () => open('many', async (page) => {
	await option(page, '#filter-controller', 'nvme3 ');
	const ours = recoveries('many').filter((r) => r.controller === 'nvme3').sort((a, b) => a.start < b.start ? -1 : 1);
	assert.equal(await rows(page), ours.length);
	const marks = [];
	for (const phase of ['--hold', '--backoff', '--edge-backoff'])
		marks.push(...await pixels(page, PHASES_Y, phase));
	const box = await canvasBox(page);
	await page.mouse.click(box.x + Math.max(...marks), box.y + PHASES_Y);
	await settled(page);
	const last = ours.at(-1);
	assert.ok((await page.textContent('#details')).includes(last.start.slice(11, 29)), 'the last one was chosen');
	await page.click('#details >> text=Show its row');
	await settled(page);
	const row = page.locator('#table tbody tr[aria-selected=true]');
	assert.equal(await row.locator('a').textContent(), last.start.replace('T', ' ').slice(0, 23));
	assert.ok(await row.locator('a').evaluate((a) => a === document.activeElement), 'it has the focus');
	assert.ok(await row.evaluate((tr) => {
		const sight = document.getElementById('table').getBoundingClientRect(), at = tr.getBoundingClientRect();
		return at.top >= sight.top && at.bottom <= sight.bottom + 1;
	}), 'and is in sight');
}));

test('a link to a recovery opens at it', () => open('few', async (page) => {
	assert.ok((await page.textContent('#details')).includes(few[17].start.slice(11, 29)));
	assert.equal(await page.getAttribute('#table tbody tr[data-row="17"]', 'aria-selected'), 'true');
}, { hash: '#r17' }));

test('filters go for the timeline, the table and the histograms alike', () => open('few', async (page) => {
	const lanes = () => page.evaluate(() => document.querySelector('#lanes canvas').getBoundingClientRect().height);
	const samples = async () => Number((await page.textContent('#histogram-grid figcaption >> nth=0')).match(/^time to retry (\d+)/)[1]);
	const before = await lanes();
	const good = (r) => r.end !== 'incomplete' && r.time_to_retry_ns !== null;

	await option(page, '#filter-controller', 'nvme1 ');
	const ours = few.filter((r) => r.controller === 'nvme1');
	assert.equal(await rows(page), ours.length);
	assert.equal(await lanes(), before - 3 * LANE);
	assert.equal(await samples(), ours.filter(good).length);
	await option(page, '#filter-fence', 'hold ');
	assert.equal(await rows(page), ours.filter((r) => r.fence === 'hold').length);
	await page.click('#filters >> text=Show all');
	await settled(page);
	assert.equal(await rows(page), few.length);
	await option(page, '#filter-end', 'removed ');
	assert.equal(await rows(page), few.filter((r) => r.end === 'removed').length);
	await page.click('#filters >> text=Show all');
	await page.fill('#filter-text', 'NVME2\t'); // of an address, a source, a controller
	await page.fill('#filter-text', '192.0.2.3');
	await settled(page);
	assert.equal(await rows(page), few.filter((r) => r.controller === 'nvme3').length);
	await page.fill('#filter-text', 'there is no such thing');
	await settled(page);
	assert.equal(await rows(page), 0);
	assert.match(await page.textContent('#table td.none'), /too narrow/);
}));

test('each column sorts both ways, what is not known last', () => open('few', async (page) => {
	const nanoseconds = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
	const parse = (text) => text === '' ? null : Number(text.split(' ')[0]) * nanoseconds[text.split(' ')[1]];

	for (const title of ['Retry', 'Whole', 'ccr', 'hold', 'connect']) {
		const at = await column(page, title);
		for (const sign of [-1, 1]) {
			await page.click(`#table thead th:nth-child(${at + 1}) button`);
			await settled(page);
			assert.equal(await page.getAttribute(`#table thead th:nth-child(${at + 1})`, 'aria-sort'), sign < 0 ? 'descending' : 'ascending');
			const values = (await cells(page, at)).map(parse);
			const known = values.filter((v) => v !== null);
			assert.ok(known.length > 3, title);
			assert.deepEqual(known, [...known].sort((a, b) => sign * (a - b)), title);
			assert.ok(values.slice(known.length).every((v) => v === null), `${title}: unknown last`);
		}
	}
}));

test('the keys reach everything', () => open('few', async (page) => {
	await page.focus('#filter-text');
	const reached = new Set();
	for (let i = 0; i < 14; i++) {
		await page.keyboard.press('Tab');
		reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim().slice(0, 9) || document.activeElement.tagName));
	}
	assert.ok(reached.has('CANVAS') && reached.has('Show all') && reached.has('+'), [...reached].join());
	await page.focus('#lanes canvas');
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('ArrowRight');
	await settled(page);
	const lane = few.filter((r) => r.controller === 'nvme0');
	assert.ok((await page.textContent('#details')).includes(lane[1].start.slice(11, 29)));
	await page.keyboard.press('ArrowDown');
	await settled(page);
	assert.match(await page.textContent('#details h2'), /nvme1 recovery/);
	assert.match(await page.textContent('#plot [aria-live]'), /nvme1 recovery.*, /);
	await page.keyboard.press('Enter');
	await settled(page);
	assert.equal(await page.evaluate(() => document.activeElement.closest('tr')?.getAttribute('aria-selected')), 'true');
	const from = await page.evaluate(() => Number(document.activeElement.closest('tr').dataset.row));
	for (let i = 0; i < 30; i++)
		await page.keyboard.press('ArrowDown');
	assert.equal(await page.evaluate(() => Number(document.activeElement.closest('tr').dataset.row)), from + 30);
	await page.keyboard.press('Enter');
	await settled(page);
	assert.ok((await page.textContent('#details')).includes(few[from + 30].start.slice(11, 29)));
	await page.focus('#lanes canvas');
	await page.keyboard.press('Escape');
	assert.equal(await page.isVisible('#details'), false);
}));

test('hosts have their lanes, logs without wall time their own clock', () => open('hosts', async (page) => {
	const log = recoveries('hosts').filter((r) => r.start === null);

	assert.equal(log.length, 10);
	assert.match(await page.textContent('#span'), /6 controllers of 3 hosts · 1 log without wall time/);
	await option(page, '#filter-host', 'web1 ');
	assert.equal(await rows(page), log.length);
	assert.match(await page.textContent('#clock option:checked'), /web1, kern\.log/);
	const stamp = (ns) => `[${String(Math.floor(ns / 1e9)).padStart(5)}.${String(ns % 1e9).padStart(9, '0').slice(0, 3)}]`;
	assert.deepEqual(await cells(page, 0), log.map((r) => stamp(r.start_ns)).sort());
	assert.match(await page.textContent('#range'), /^\[ *\d+\.\d+\]/);
	await page.screenshot({ path: join(out, 'hosts-log.png') });
	await page.click('#filters >> text=Show all');
	await settled(page);
	assert.match(await page.textContent('#clock option:checked'), /web1/); // not moved about without need
	await page.click('#table tbody tr[data-row="0"] a');
	await settled(page);
	assert.match(await page.textContent('#clock option:checked'), /wall time/);
	await page.click('#sessions summary');
	assert.match(await page.textContent('#sessions'), /db3.*watched as it happened/);
	assert.match(await page.textContent('#figures'), /17 events lost in all/);
}));

test('times can be those of where the browser is', () => open('few', async (page) => {
	const utc = await cells(page, 0);
	await page.selectOption('#zone', 'local');
	await settled(page);
	const local = await cells(page, 0);
	assert.equal(utc[0].slice(0, 16), '2026-11-22 06:10');
	assert.equal(local[0].slice(0, 16), '2026-11-22 01:10'); // New York
	assert.match(await page.textContent('#range'), /New_York/);
}));

test('histograms hold every sample, and quantiles are exact', () => open('few', async (page) => {
	const good = few.filter((r) => r.end !== 'incomplete');
	const figures = await page.$$eval('#histogram-grid figure', (all) => all.map((figure) => ({
		caption: figure.querySelector('figcaption').textContent,
		counts: [...figure.querySelectorAll('rect title')].map((title) => Number(title.textContent.split(': ')[1])),
	})));
	const duration = (ns) => ns >= 1e9 ? `${(Math.floor(ns / 1e6) / 1e3).toFixed(3)} s` : null;

	assert.deepEqual(figures.map((f) => f.caption.match(/^[a-z ]+?(?= \d)/)[0]),
		['time to retry', 'time to live', 'blackout', 'queue', 'ccr', 'hold', 'teardown', 'backoff', 'connect']);
	for (const { caption, counts } of figures)
		assert.equal(counts.reduce((sum, n) => sum + n, 0), Number(caption.match(/ (\d+)(?:, \d+ of them at least)?median/)[1]), caption);
	const backoff = good.map((r) => r.phase_totals_ns.backoff).sort((a, b) => a - b);
	const { caption } = figures[7];
	assert.ok(caption.includes(`median ${duration(backoff[Math.ceil(backoff.length / 2) - 1])}`), caption);
	assert.ok(caption.includes(`p95 ${duration(backoff[Math.ceil(backoff.length * 0.95) - 1])}`), caption);
	assert.ok(caption.includes(`worst ${duration(backoff.at(-1))}`), caption);
}));
