// SPDX-License-Identifier: GPL-2.0
// The page of a program that was built with npm.
import { App } from './app.js';
import { Histograms } from './histogram.js';
import { Timeline } from './timeline.js';

const app = new App();

if (app.data.recoveries.length)
	app.charts.push(new Timeline(app), new Histograms());
app.start();
