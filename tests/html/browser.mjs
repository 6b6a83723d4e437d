// SPDX-License-Identifier: GPL-2.0
// What the tests of the page share: a browser that tells of every error and every request.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

export const out = join(dirname(fileURLToPath(import.meta.url)), '..');
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	chromiumSandbox: process.getuid() !== 0, // it refuses to run as root
});

export const close = () => browser.close();

// The recoveries as they stand in a page, parsed independently of it.
export function recoveries(name) {
	const html = readFileSync(join(out, `${name}.html`), 'utf8');
	const start = html.indexOf('id="data">') + 'id="data">'.length;

	return html.slice(start, html.indexOf('</script>', start)).split('\n').filter((line) => line.trim()).map((line) => JSON.parse(line))
		.filter((json) => json.schema.includes('/recovery/'));
}

/*
 * Opens a page, calls fn with it, and fails if anything was logged, thrown, or asked of the network.
 * options: hash, and those of a browser context.
 */
export async function open(name, fn, { hash = '', complaints = [], ...options } = {}) {
	const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, timezoneId: 'America/New_York', ...options });
	const page = await context.newPage();
	const url = pathToFileURL(join(out, `${name}.html`)).href;
	const problems = [];

	page.on('console', (message) => problems.push(`${message.type()}: ${message.text()}`));
	page.on('pageerror', (error) => problems.push(`thrown: ${error.stack}`));
	page.on('request', (request) => request.url().split('#')[0] === url || problems.push(`request: ${request.url()}`));
	page.setDefaultTimeout(30000);
	try {
		await page.goto(url + hash);
		await page.waitForFunction(() => document.getElementById('filter-count')?.textContent);
		await settled(page);
		await fn(page);
		assert.deepEqual(problems.filter((problem) => !complaints.some((known) => problem.includes(known))), []);
	} finally {
		await context.close();
	}
}

// Drawing is put off to the next frame, and what that changes may be drawn in one more.
export function settled(page) {
	return page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(resolve)))));
}

// Does what changes the view of the timeline, and waits until that is drawn.
export async function moves(page, act, what = 'the timeline') {
	const before = await page.textContent('#range');

	await act();
	await page.waitForFunction((text) => document.getElementById('range').textContent !== text, before)
		.catch(() => { throw new assert.AssertionError({ message: `${what}: nothing moved` }); });
	await settled(page);
}

export const rows = async (page) => Number(await page.getAttribute('#table table', 'aria-rowcount')) - 1;

export const cells = (page, column) => page.$$eval('#table tbody tr[data-row]', (trs, n) => trs.map((tr) => tr.cells[n].textContent), column);

export const column = (page, title) => page.$$eval('#table thead th', (ths, text) => ths.findIndex((th) => th.textContent === text), title);

// "2026-11-22 06:10:46.022 UTC + 3m50s" → the length shown.
export const shown = async (page) => (await page.textContent('#range')).split(' + ')[1];

// In pixels of the canvas: where the page puts a moment of the clock on show, by its own scale.
export async function canvasBox(page) {
	await page.locator('#lanes canvas').scrollIntoViewIfNeeded();
	return page.locator('#lanes canvas').boundingBox();
}

// The x of each pixel of a row of the canvas that has this colour, in CSS pixels.
export function pixels(page, y, variable) {
	return page.evaluate(([atY, name]) => {
		const canvas = document.querySelector('#lanes canvas');
		const dots = devicePixelRatio;
		const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
		const wanted = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
		// Read from a copy: reading changes how a canvas is kept.
		const row = new OffscreenCanvas(canvas.width, 1).getContext('2d', { willReadFrequently: true });
		row.drawImage(canvas, 0, -Math.round(atY * dots));
		const { data } = row.getImageData(0, 0, canvas.width, 1);
		const found = [];
		for (let i = 0; i < data.length; i += 4)
			if (wanted.every((c, k) => Math.abs(data[i + k] - c) <= 2))
				found.push(i / 4 / dots);
		return found;
	}, [y, variable]);
}
