/* Plots of points: the data in grey, generated points in colour. */
#ifndef GANTRAIN_SAMPLE_PLOT_H
#define GANTRAIN_SAMPLE_PLOT_H

#include "gantrain/data/dataset.h"
#include "gantrain/io/raster.h"

/* The memory of a plot, for a plan function. */
Raster plot_take(Arena *a);

/* plot_write: draws points of 1 or 2 values and writes the PNG durably. The axes depend on the data
 * alone, in the units of the source, so all plots of a run compare.
 *   2-D  scatter plot: the first 10,000 points of the data, all generated ones, modes as circles
 *        of 3 std
 *   1-D  histograms: the data filled, the generated numbers as an outline
 *   r  in/out  from plot_take;  generated  in  [n, dim]
 * GT_EOUTPUT, GT_ERESOURCE. */
Status plot_write(const char *path, Raster *r, const Dataset *d, View generated, Error *e);

#endif
