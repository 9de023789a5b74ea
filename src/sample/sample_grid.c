/* Grids of samples. */
#include "sampler.h"

Grid sample_grid(const Sampler *s, int rows, int cols)
{
    const Shape d = s->gan.data;
    return (Grid){ rows, cols, d.c, d.h, d.w, SAMPLE_GAP, 1, 0, 0, 0 };
}

Status sample_choose_grid(Sampler *s, Error *e)
{
    const SampleRequest *q = s->request;
    const int cols = q->cols ? q->cols : (int)ceil(sqrt(s->n));
    const int rows = q->cols ? q->rows : (int)(((int64_t)s->n + cols - 1) / cols);
    s->grid = q->source == LATENTS_WALK ? sample_grid(s, q->rows * q->cols, q->frames)
                                        : sample_grid(s, rows, cols);
    const int64_t places = (int64_t)s->grid.rows * s->grid.cols;
    if (s->n <= places)
        return GT_OK;
    return fail(e, GT_EUSAGE, "--grid %dx%d has %lld places: %d images do not fit", s->grid.rows,
                s->grid.cols, (long long)places, s->n);
}

Status sample_check_picture(const Sampler *s, Error *e)
{
    if (grid_fits(&s->grid))
        return GT_OK;
    return fail(e, GT_EUSAGE,
                "a picture of %d x %d images is too large (at most %d pixels a side): write an "
                ".idx file, or fewer images",
                s->grid.rows, s->grid.cols, IMAGE_MAX_SIDE);
}
