/* The film of a training: the pictures of a run, one after the other. */
#ifndef GANTRAIN_SAMPLE_ANIMATION_H
#define GANTRAIN_SAMPLE_ANIMATION_H

#include "gantrain/base/status.h"

/* animation_of_run: make the animation `out` of the pictures dir/samples/epoch-*.png, in the order of their epochs.
 *   delay, last   in   milliseconds that a frame, and the last one, is shown
 * GT_EDATA: there are none, one is damaged, or they differ in size; GT_EUSAGE: too many, or too large;
 * GT_EOUTPUT, GT_ERESOURCE. The run is only read, and may go on meanwhile. */
Status animation_of_run(const char *dir, const char *out, int delay, int last, Error *e);

#endif
