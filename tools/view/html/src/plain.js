// SPDX-License-Identifier: GPL-2.0
// The page of a program that was built without npm.
import { App } from './app.js';

const app = new App();

app.notice('The timeline and the histograms were left out: this nvme-ccr-trace was built without npm.');
app.start();
