/* A request in progress, and the forms of output that work on it.
 *
 * Legend: Z values of one latent, X values of one sample. */
#ifndef GANTRAIN_SRC_SAMPLE_SAMPLER_H
#define GANTRAIN_SRC_SAMPLE_SAMPLER_H

#include "gantrain/io/image.h"
#include "gantrain/run/checkpoint.h"
#include "gantrain/sample/sample.h"

struct SampleForm;

typedef struct Sampler {
    SampleRequest own; /* the request, with a default grid by class             */
    const SampleRequest *request;
    const struct SampleForm *form;
    Checkpoint checkpoint;
    Gan gan;
    const PixelRange *range; /* NULL: points                                      */
    const char *data_path;   /* in the config; NULL: the data are generated       */
    const Units *units;      /* of points                                         */
    Dataset data;            /* open if the form needs it                         */
    int n;                   /* samples                                           */
    Grid grid;               /* of one picture                                    */
    uint64_t seed;
    Arena arena;
    Mat z;           /* [n,Z]                              */
    Mat inputs;      /* z and the other inputs [n,W]       */
    Mat scratch;     /* [1,Z]                              */
    Mat waypoints;   /* of a walk [loops*waypoints, Z]     */
    Mat x;           /* [n,X]                              */
    uint8_t *pixels; /* of images [n,X]                    */
    Raster canvas;   /* of points                          */
    Text report;     /* for stdout, after the path         */
} Sampler;

/* A form of output, chosen by the ending of the name and the layout. */
typedef struct SampleForm {
    const char *ending;
    SampleLayout layout;
    bool needs_data;
    /* Sets s->grid and rejects what does not fit, before samples are generated. NULL: no
     * picture. */
    Status (*set_grid)(Sampler *s, Error *e);
    /* Writes s->pixels or s->x. GT_EOUTPUT, GT_ERESOURCE. */
    Status (*write)(Sampler *s, Error *e);        /* NULL: points only */
    Status (*write_points)(Sampler *s, Error *e); /* NULL: images only */
} SampleForm;

extern const SampleForm form_csv, form_animation, form_frames, form_files, form_beside_real,
    form_neighbours;

/* sample_find_form: GT_EUSAGE: no form has this ending, or none with this layout. */
Status sample_find_form(const SampleRequest *q, const SampleForm **form, Error *e);

enum { SAMPLE_GAP = 2 }; /* pixels between the images of a picture */

static inline const uint8_t *sample_image(const Sampler *s, int i)
{
    return s->pixels + (size_t)i * (size_t)s->x.cols;
}

/* sample_check_inputs: whether the model has the inputs that the request sets. GT_EUSAGE names
 * those it has, and their values.
 * sample_join_inputs: s->inputs from s->z and from choices: as requested; else along the columns of
 * the grid (--vary), by the rows of a requested grid, or one after the other.
 * sample_write_labels: the file of --labels-out. GT_EOUTPUT, GT_ERESOURCE. */
Status sample_check_inputs(const Sampler *s, Error *e);
void sample_join_inputs(Sampler *s);
Status sample_write_labels(const Sampler *s, Error *e);

/* A grid of samples. */
Grid sample_grid(const Sampler *s, int rows, int cols);

/* Sets s->grid as requested, or about square; of a walk, a row per loop. GT_EUSAGE: too small. */
Status sample_choose_grid(Sampler *s, Error *e);

/* GT_EUSAGE: s->grid is too large for a picture. */
Status sample_check_picture(const Sampler *s, Error *e);

#endif
