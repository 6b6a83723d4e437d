// SPDX-License-Identifier: GPL-2.0
// The page by itself: it opens without a complaint, is safe, readable, and quick.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { cells, close, column, open, out, recoveries, rows, settled } from './browser.mjs';

after(close);

for (const name of ['few', 'many', 'hostile', 'hosts', 'random', 'none'])
	for (const kind of ['', 'plain-'])
		test(`${kind}${name}: opens, with all recoveries and no complaint`, () => open(kind + name, async (page) => {
			const expected = recoveries(name).length;
			const columns = await page.$$eval('#table tbody td.none', (tds) => tds.length);

			assert.equal(await rows(page), expected);
			assert.equal(columns, expected ? 0 : 1);
			assert.equal(await page.isVisible('#timeline'), !kind && expected > 0);
		}));

test('without npm it says that charts were left out, and its table sorts and filters', () => open('plain-few', async (page) => {
	assert.match(await page.textContent('#notice'), /built without npm/);
	await page.selectOption('#filter-fence', { label: await page.textContent('#filter-fence option >> text=/^hold/') });
	await settled(page);
	const holds = recoveries('few').filter((r) => r.fence === 'hold');
	assert.ok(holds.length > 1);
	assert.equal(await rows(page), holds.length);
	await page.click('#table thead button >> text=Whole');
	await settled(page);
	const ends = await cells(page, await column(page, 'Left LIVE'));
	const worst = holds.reduce((most, r) => r.duration_ns > most.duration_ns ? r : most);
	assert.equal(ends[0], worst.start.replace('T', ' ').slice(0, 23));
	await page.click('#table tbody a >> nth=0');
	assert.match(await page.textContent('#details'), new RegExp(worst.start.slice(11, 29)));
}));

test('what a target sends stays text', () => open('hostile', async (page) => {
	const at = await column(page, 'Subsystem');
	const expected = recoveries('hostile').map((r) => r.subsystem).sort();

	assert.deepEqual((await cells(page, at)).sort(), expected);
	assert.ok(expected.some((nqn) => nqn.includes('</script>')));
	for (let i = 0; i < expected.length; i++) {
		await page.click(`#table tbody tr[data-row="${i}"] a`);
		await settled(page);
	}
	for (const title of await page.$$('details > summary'))
		await title.click();
	assert.equal(await page.evaluate(() => window.broken), undefined);
	assert.equal(await page.$$eval('main script, main img, main b[onclick]', (all) => all.length), 0);
}));

test('whatever the reducer makes can be looked at', () => open('random', async (page) => {
	await page.screenshot({ path: join(out, 'random-light.png') });
	const step = async () => {
		await page.keyboard.press('ArrowRight');
		return page.textContent('#details h2');
	};
	await page.focus('#lanes canvas');
	const seen = new Set();
	for (let lane = 0; lane < 40; lane++) {
		for (let i = 0; i < 4; i++)
			seen.add(await step());
		await page.keyboard.press('ArrowDown');
	}
	await settled(page);
	assert.ok(seen.size > 40, `${seen.size} looked at`);
}));

test('the policy forbids the network and foreign scripts', async () => {
	let asked = 0;
	const server = createServer((socket) => {
		asked++;
		socket.destroy();
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${server.address().port}/x.png`;

	await open('few', async (page) => {
		const refused = await page.evaluate(async (there) => {
			const outcome = [];
			const attempt = (name, act) => {
				try {
					act();
				} catch { /* Trusted Types */ }
				outcome.push(name, Boolean(window.broken));
			};
			await fetch(there).then(() => outcome.push('fetched'), () => outcome.push('no fetch'));
			const image = new Image();
			await new Promise((resolve) => {
				image.onload = image.onerror = resolve;
				image.src = there;
			});
			attempt('script', () => document.body.append(Object.assign(document.createElement('script'), { text: 'window.broken = 1' })));
			attempt('markup', () => { document.body.innerHTML += '<img src=x onerror="window.broken = 1">'; });
			attempt('eval', () => { (0, eval)('window.broken = 1'); });
			return outcome;
		}, url);
		assert.deepEqual(refused, ['no fetch', 'script', false, 'markup', false, 'eval', false]);
	}, { complaints: ['Content Security Policy', 'Trusted', 'This document requires', `request: ${url}`] });
	await new Promise((resolve) => server.close(resolve));
	assert.equal(asked, 0);
});

// WCAG: relative luminance of "#rrggbb".
function luminance(hex) {
	const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
	const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
	return (high + 0.05) / (low + 0.05);
}

for (const colorScheme of ['light', 'dark'])
	test(`${colorScheme}: what is to be read and told apart has contrast`, () => open('few', async (page) => {
		const color = Object.fromEntries(await page.evaluate(() => {
			const style = getComputedStyle(document.documentElement);
			const phases = ['queue', 'ccr', 'hold', 'teardown', 'backoff', 'connect'];
			return ['page', 'raised', 'text', 'muted', 'accent', 'bad', 'mark', 'edge-backoff', ...phases, ...phases.map((p) => `on-${p}`),
				...['success', 'rejected', 'timeout', 'failed', 'unknown'].map((r) => `result-${r}`)].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
		}));
		const least = (a, b, ratio) => assert.ok(contrast(color[a], color[b]) >= ratio, `${a} on ${b}: ${contrast(color[a], color[b]).toFixed(2)}, wanted ${ratio}`);

		assert.equal(luminance(color.page) < 0.2, colorScheme === 'dark');
		for (const ground of ['page', 'raised', 'mark'])
			for (const text of ['text', 'accent'])
				least(text, ground, 4.5);
		for (const text of ['muted', 'bad'])
			least(text, 'raised', 4.5);
		for (const phase of ['queue', 'ccr', 'hold', 'teardown', 'backoff', 'connect']) {
			least(`on-${phase}`, phase, 4.5);
			least(phase === 'backoff' ? 'edge-backoff' : phase, 'page', 3);
		}
		for (const result of ['success', 'rejected', 'timeout', 'failed', 'unknown'])
			least(`result-${result}`, 'page', 3);
		await page.click('#table tbody tr[data-row="2"] a');
		await settled(page);
		await page.screenshot({ path: join(out, `few-${colorScheme}.png`), fullPage: true });
	}, { colorScheme }));

test('printed, it is light, has no controls, and more than what was in sight', () => open('few', async (page) => {
	await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
	await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
	await settled(page);
	assert.equal(await page.isVisible('#filters'), false);
	assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
	assert.equal(await page.$$eval('#table tbody tr[data-row]', (all) => all.length), recoveries('few').length);
	await page.screenshot({ path: join(out, 'few-print.png'), fullPage: true });
	await page.evaluate(() => dispatchEvent(new Event('afterprint')));
	await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
	assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(21, 24, 28)');
}, { colorScheme: 'dark' }));

test('on a narrow screen nothing sticks out', () => open('few', async (page) => {
	await page.click('#table tbody tr[data-row="2"] a');
	await settled(page);
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
	await page.screenshot({ path: join(out, 'few-narrow.png'), fullPage: true });
}, { viewport: { width: 420, height: 800 } }));

// Limits are several times what was measured: the machine may be busy, the page must not be slow.
test('10,000 recoveries stay usable', (t) => open('many', async (page) => {
	const took = await page.evaluate(async () => {
		const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
		const times = { load: performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart };
		const timed = async (name, act) => {
			const start = performance.now();
			act();
			await frame();
			await frame();
			times[name] = Math.round(performance.now() - start);
		};
		const canvas = document.querySelector('#lanes canvas');
		const key = (k) => canvas.dispatchEvent(new KeyboardEvent('keydown', { key: k, bubbles: true, cancelable: true }));
		const text = document.getElementById('filter-text');
		const type = (value) => {
			text.value = value;
			text.dispatchEvent(new Event('input', { bubbles: true }));
		};
		await timed('zoom', () => key('+'));
		await timed('all', () => key('0'));
		await timed('filter', () => type('nvme7'));
		await timed('unfilter', () => type(''));
		await timed('sort', () => [...document.querySelectorAll('#table thead button')].find((b) => b.textContent === 'Whole').click());
		await timed('scroll', () => { document.getElementById('table').scrollTop = 100000; });
		times.nodes = document.querySelectorAll('*').length;
		return times;
	});
	t.diagnostic(JSON.stringify(took));
	assert.ok(took.load < 8000, `load: ${took.load} ms`);
	for (const act of ['zoom', 'all', 'filter', 'unfilter', 'sort', 'scroll'])
		assert.ok(took[act] < 3000, `${act}: ${took[act]} ms`);
	assert.ok(took.nodes < 5000, `${took.nodes} elements`);
	await page.screenshot({ path: join(out, 'many-light.png') });
}));
