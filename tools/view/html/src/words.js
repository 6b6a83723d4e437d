// SPDX-License-Identifier: GPL-2.0
// The vocabulary of a recovery, in the order in which people read it.

export const PHASES = ['queue', 'ccr', 'hold', 'teardown', 'backoff', 'connect'];

export const PHASE_MEANS = {
	queue: 'left LIVE → the recovery work runs',
	ccr: 'another controller was asked to reset this one',
	hold: 'waited until the target had quiesced',
	teardown: 'until CONNECTING',
	backoff: 'waited for the next attempt',
	connect: 'a connect attempt ran',
};

export const FENCE_MEANS = {
	'ccr': 'another controller reset this one, the retry was safe',
	'ccr-immediate': 'another controller reset this one at once, the retry was safe',
	'hold': 'the retry waited until the target had quiesced',
	'unfenced': 'nothing made the retry safe',
};

// The same where the retry did not wait for it.
export const FENCE_IN_VAIN = {
	'ccr': 'another controller reset this one, after the retry (audit)',
	'ccr-immediate': 'another controller reset this one at once, yet after the retry (audit)',
	'hold': 'but the retry did not wait as long as it has to (audit)',
};

// Unfenced, and yet not unsafe.
export const HARMLESS = 'no retry that could do harm';

// Without KATO and CQT.
export const HOLD_NOT_KNOWN = 'whether it was as long as it has to be is not known';

// Nobody else retries what is done on these.
const WITHOUT_FENCE = ['pcie', 'apple-nvme'];

export function fenceWord(r) {
	return r.fence ?? (r.kind === 'recovery' && !WITHOUT_FENCE.includes(r.json.transport) ? 'unknown' : 'none applies');
}

export const NOTE_MEANS = {
	'lossy': 'events were lost during it: times and phases may be wrong',
	'started-before': 'it was under way when the observation began: its true start is not known',
	'cut-short': 'it was not over when the observation ended',
	'missed-boundary': 'the start of a phase was not seen: its time is counted in the phase before',
	'unknown-state': 'it passed through a controller state that is not known to this version',
	'spans-coalesced': 'it had more phases than are kept one by one: some are merged, the totals are exact',
};

// An element. attributes: textContent and on… as properties, the rest as they are; a null one is
// left out. Text is only ever set as text: what targets send must not become markup.
export function make(name, attributes = {}, ...children) {
	const node = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (value === null || value === undefined || value === false)
			continue;
		if (key === 'text')
			node.textContent = value;
		else if (key.startsWith('on'))
			node.addEventListener(key.slice(2), value);
		else
			node.setAttribute(key, value === true ? '' : value);
	}
	node.append(...children.filter((child) => child !== null && child !== undefined));
	return node;
}
