/* Pictures of points: the data in grey, what a generator makes of them in colour. */
#ifndef GANTRAIN_SAMPLE_PLOT_H
#define GANTRAIN_SAMPLE_PLOT_H

#include "gantrain/data/dataset.h"
#include "gantrain/io/raster.h"

/* The memory of a picture, for a plan. */
Raster plot_take(Arena *a);

/* plot_write: draw points of 1 or 2 values and write the PNG durably. The axes are those of the data and
 * the same for every picture of them, in the units of the source.
 *   2-D  the first 10,000 points of the data, all generated ones, a circle of 3 std around every mode
 *   1-D  histograms, of the data as filled steps, of the generated numbers as a line
 *   r  in/out  from plot_take;  generated  in  [n, dim]
 * GT_EOUTPUT, GT_ERESOURCE. */
Status plot_write(const char *path, Raster *r, const Dataset *d, View generated, Error *e);

#endif
