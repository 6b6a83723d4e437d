/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of perfetto.c: what an event of a track says. */
#ifndef NCT_VIEW_PERFETTO_EVENT_H
#define NCT_VIEW_PERFETTO_EVENT_H

#include <perfetto.pb-c.h>

#include "../recovery/recovery.h"
#include "text.h"

#define NCT_PERFETTO_NOTES 32

/* An event with all that it points to. */
struct nct_perfetto_event {
	Perfetto__TrackEvent event;
	char name[128];
	char *categories[1];
	size_t nnotes;
	Perfetto__DebugAnnotation *list[NCT_PERFETTO_NOTES];
	Perfetto__DebugAnnotation notes[NCT_PERFETTO_NOTES];
	struct nct_phrase values[NCT_PERFETTO_NOTES];
};

/* Each makes the beginning of a slice, or an instant, of which the track is still to be
 * told. e points into itself and at static strings: it must not be copied. */
void nct_perfetto_whole(struct nct_perfetto_event *e, const struct nct_recovery *rec);
void nct_perfetto_phase(struct nct_perfetto_event *e, const struct nct_recovery *rec,
			const struct nct_span *span);
void nct_perfetto_ccr(struct nct_perfetto_event *e, const struct nct_ccr_attempt *attempt);
void nct_perfetto_release(struct nct_perfetto_event *e, const struct nct_recovery *rec);
void nct_perfetto_blackout(struct nct_perfetto_event *e, const struct nct_blackout *blackout);
void nct_perfetto_slice_end(struct nct_perfetto_event *e);

#endif
