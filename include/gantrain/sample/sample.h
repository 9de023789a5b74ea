/* Samples of a trained generator: what is asked for, how it is made, the forms in which it is written.
 *
 * Legend: Z values of one latent, X values of one sample. */
#ifndef GANTRAIN_SAMPLE_SAMPLE_H
#define GANTRAIN_SAMPLE_SAMPLE_H

#include "gantrain/io/image.h"
#include "gantrain/run/checkpoint.h"
#include "gantrain/sample/latents.h"
#include "gantrain/sample/plot.h"

enum {
    SAMPLE_MAX = 10000000,      /* samples                            */
    SAMPLE_MAX_FILES = 100000,  /* in a folder                        */
    SAMPLE_MAX_NEIGHBOURS = 32, /* neighbours of an image             */
    SAMPLE_MAX_STOPS = 1000,    /* of a walk                          */
};

/* Where latents come from. */
typedef enum LatentSource {
    LATENTS_DRAWN,
    LATENTS_FROM_FILE,    /* from an NPY file                              */
    LATENTS_FROM_SEEDS,   /* one of every seed                             */
    LATENTS_INTERPOLATED, /* every row of the grid leads from one to another */
    LATENTS_WALK,         /* every image of the grid walks in a circle     */
    LATENT_SOURCES
} LatentSource;

/* What the pictures show. */
typedef enum SampleLayout {
    LAYOUT_PLAIN,
    LAYOUT_ANIMATION,   /* the grid of a walk at every frame             */
    LAYOUT_BESIDE_REAL, /* rows of samples, then as many of real images  */
    LAYOUT_NEIGHBOURS,  /* each sample, then the training images nearest to it */
} SampleLayout;

/* What is asked for. Texts and seeds are the caller's. */
typedef struct SampleRequest {
    const char *checkpoint, *out;
    const char *latents, *latents_out; /* NPY files; NULL: none            */
    const char *data;                  /* a folder instead of the run's; NULL: that */
    LatentSource source;
    SampleLayout layout;
    int64_t seed;    /* -1: that of the run                       */
    int count;       /* 0: as many as the grid holds, or a default */
    int rows, cols;  /* of the grid; 0: about square              */
    uint64_t *seeds; /* [n_seeds]                                 */
    int n_seeds;
    const Interpolation *interpolation;
    double truncation; /* INFINITY: none                            */
    int stops, frames; /* of a walk                                 */
    int delay;         /* of a frame, in milliseconds               */
    int neighbours;
    bool classes; /* classes were asked for: no model has them yet   */
} SampleRequest;

struct SampleForm;

/* The work on a request. */
typedef struct Sampler {
    const SampleRequest *ask;
    const struct SampleForm *form;
    Checkpoint checkpoint;
    Gan gan;
    const PixelRange *range; /* NULL: points                                      */
    Dataset data;            /* open where it is looked at                        */
    int n;                   /* samples                                           */
    Grid grid;               /* of one picture, where there are pictures          */
    uint64_t seed;
    Arena arena;
    Mat z;           /* [n,Z]                             */
    Mat again;       /* [1,Z] scratch                     */
    Mat stops;       /* of a walk [loops*stops, Z]        */
    Mat x;           /* [n,X]                             */
    uint8_t *pixels; /* of images [n*X]                   */
    Raster canvas;   /* of points                         */
    Text told;       /* of the samples, after the path    */
} Sampler;

/* A form of output, chosen by the end of the name and the layout. */
typedef struct SampleForm {
    const char *ending;
    SampleLayout layout;
    bool looks; /* at the data */
    /* Settle s->grid and refuse what will not fit, before anything is made; NULL: nothing to settle. */
    Status (*settle)(Sampler *s, Error *e);
    /* Write s->x or s->pixels; what is told of them goes to s->told. GT_EOUTPUT, GT_ERESOURCE. */
    Status (*write)(Sampler *s, Error *e);
    Status (*write_points)(Sampler *s, Error *e); /* NULL: images only */
} SampleForm;

/* The form of a request. GT_EUSAGE: the name ends in no ending that we know, or in none for that layout. */
Status sample_find_form(const SampleRequest *q, const SampleForm **form, Error *e);

/* sample_run: all of it. The path that was written, and what is told of the samples, go to `out`.
 * GT_EUSAGE, GT_EDATA, GT_ECHECKPOINT, GT_EOUTPUT, GT_ERESOURCE. */
Status sample_run(const SampleRequest *q, Text *out, Error *e);

#endif
