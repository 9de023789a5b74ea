/* What the files of the forms share: the functions that rows of the table in sample_forms.c name. */
#ifndef GANTRAIN_SRC_SAMPLE_SAMPLE_FORMS_H
#define GANTRAIN_SRC_SAMPLE_SAMPLE_FORMS_H

#include "gantrain/sample/sample.h"

enum { SAMPLE_GAP = 2 }; /* pixels between the images of a picture */

static inline const uint8_t *sample_image(const Sampler *s, int i)
{
    return s->pixels + (size_t)i * (size_t)s->x.cols;
}

/* A grid of such samples. */
Grid sample_grid(const Sampler *s, int rows, int cols);

/* s->grid as it was asked for, or about square; of a walk, a row for every loop. */
void sample_choose_grid(Sampler *s);

/* GT_EUSAGE: s->grid has too few places. */
Status sample_check_places(const Sampler *s, Error *e);

/* GT_EUSAGE: s->grid is too large for a picture. */
Status sample_check_picture(const Sampler *s, Error *e);

/* Frames of a walk as an animation, as files; every sample as a file. */
Status sample_settle_film(Sampler *s, Error *e);
Status sample_write_film(Sampler *s, Error *e);
Status sample_settle_frames(Sampler *s, Error *e);
Status sample_write_frames(Sampler *s, Error *e);
Status sample_settle_files(Sampler *s, Error *e);
Status sample_write_files(Sampler *s, Error *e);

/* Samples beside real images; each with its nearest ones. */
Status sample_settle_beside(Sampler *s, Error *e);
Status sample_write_beside(Sampler *s, Error *e);
Status sample_settle_nearest(Sampler *s, Error *e);
Status sample_write_nearest(Sampler *s, Error *e);

#endif
