/* Samples of a trained generator, and animations of its training. */
#ifndef GANTRAIN_SAMPLE_SAMPLE_H
#define GANTRAIN_SAMPLE_SAMPLE_H

#include <stdbool.h>

#include "gantrain/io/raster.h"
#include "gantrain/data/dataset.h"
#include "gantrain/base/status.h"
#include "gantrain/base/text.h"
#include "gantrain/sample/latents.h"

enum {
    SAMPLE_MAX = 10000000, /* samples               */
    SAMPLE_MAX_FILES = 100000,
    SAMPLE_MAX_NEIGHBOURS = 32,
    SAMPLE_MAX_WAYPOINTS = 1000, /* of a walk */
    SAMPLE_INPUTS = 8,
};

/* Where latents come from. */
typedef enum LatentSource {
    LATENTS_DRAWN,
    LATENTS_FROM_FILE,    /* NPY                                          */
    LATENTS_FROM_SEEDS,   /* the first of each seed                       */
    LATENTS_INTERPOLATED, /* along each row of the grid                   */
    LATENTS_WALK,         /* a closed walk for each image of the grid     */
} LatentSource;

/* What the pictures show. */
typedef enum SampleLayout {
    LAYOUT_PLAIN,
    LAYOUT_ANIMATION,   /* the grid of a walk, frame by frame              */
    LAYOUT_BESIDE_REAL, /* rows of samples, then as many of real images    */
    LAYOUT_NEIGHBOURS,  /* each sample, then its nearest training images   */
} SampleLayout;

/* A value for an input of the model, in every sample. */
typedef struct SampleInput {
    const char *name; /* "class" */
    double value;
} SampleInput;

/* What to make. The caller owns texts and seeds. */
typedef struct SampleRequest {
    const char *checkpoint, *out;
    const char *latents, *latents_out; /* NPY files; NULL: none             */
    const char *data;                  /* data folder; NULL: that of the run */
    LatentSource source;
    SampleLayout layout;
    int64_t seed;    /* -1: that of the run                        */
    int count;       /* 0: as many as the grid holds, or a default */
    int rows, cols;  /* of the grid; 0: about square               */
    uint64_t *seeds; /* [n_seeds]                                  */
    int n_seeds;
    const Interpolation *interpolation;
    double truncation;     /* INFINITY: none                       */
    int waypoints, frames; /* of a walk                            */
    int delay;             /* of a frame, in milliseconds          */
    int neighbours;
    DatasetProgress *data_progress;   /* may be NULL                     */
    void *progress;                   /* its first argument              */
    SampleInput input[SAMPLE_INPUTS]; /* [n_inputs] set by the user           */
    int n_inputs;
    char input_name[64];    /* memory for a name                              */
    const char *vary;       /* choice that changes along the rows; NULL: none */
    const char *labels_out; /* IDX file of the classes; NULL: none            */
} SampleRequest;

/* sample_run: appends to `out` the path that was written, and a report where the layout has one.
 * GT_EUSAGE, GT_EDATA, GT_ECHECKPOINT, GT_EOUTPUT, GT_ERESOURCE. */
Status sample_run(const SampleRequest *q, Text *out, Error *e);

/* animation_of_run: writes `out` from the pictures dir/samples/epoch-*.png, ordered by epoch. Reads
 * the run only, which may be training.
 *   delay, last_delay   in   milliseconds that a frame, and the last one, is shown
 * GT_EDATA: no pictures, a damaged one, or different sizes; GT_EUSAGE: too many, or too large;
 * GT_EOUTPUT, GT_ERESOURCE. */
Status animation_of_run(const char *dir, const char *out, int delay, int last_delay, Error *e);

/* ---- plots of points: the data in grey, generated points in colour (plot.c) ------------------ */

/* The memory of the plots of d, for a plan function. */
Raster plot_take(Arena *a, const Dataset *d);

/* plot_write: draws points and writes the PNG durably. The axes depend on the data alone, in the
 * units of the source, so all plots of a run compare.
 *   2-D  scatter plot: the first 10,000 points of the data, all generated ones, modes as circles
 *        of 3 std
 *   1-D  histograms: the data filled, the generated numbers as an outline
 *   more, or 2 columns with names: a triangle of scatter plots of the first columns, histograms on
 *        its diagonal
 *   r  in/out  from plot_take;  generated  in  [n, dim]
 * GT_EOUTPUT, GT_ERESOURCE. */
Status plot_write(const char *path, Raster *r, const Dataset *d, View generated, Error *e);

#endif
