// SPDX-License-Identifier: GPL-2.0
// bundle.mjs DIR: makes DIR/{script.js,style.css,licences.txt}.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
const common = { absWorkingDir: here, bundle: true, minify: true, write: true, legalComments: 'none', logLevel: 'warning' };

const script = await build({ ...common, entryPoints: ['src/charts.js'], outfile: join(process.cwd(), out, 'script.js'),
	format: 'iife', target: 'es2020', charset: 'ascii', metafile: true });
await build({ ...common, entryPoints: ['src/style.css'], outfile: join(process.cwd(), out, 'style.css') });

// The licences of what was bundled want to go with it.
const packages = new Set(Object.keys(script.metafile.inputs)
	.map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean));
const byText = new Map();
for (const name of [...packages].sort()) {
	const { version } = JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8'));
	const text = readFileSync(join(here, 'node_modules', name, 'LICENSE'), 'utf8').trim();
	byText.set(text, [...byText.get(text) ?? [], `${name} ${version}`]);
}
const notices = [...byText].map(([text, names]) => `${names.join(', ')}\n\n${text}`).join('\n\n');
if (notices.includes('--'))
	throw new Error('a licence has what would end an HTML comment');
writeFileSync(join(out, 'licences.txt'), `<!-- This page contains:\n\n${notices}\n-->\n`);
