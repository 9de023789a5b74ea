/* The forms in which samples are written: pictures, a file an image, animations, IDX, NPY. */
#include "gantrain/sample/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/data/idx.h"
#include "gantrain/io/durable.h"
#include "gantrain/io/npy.h"
#include "sample_forms.h"

/* ---- grids ---------------------------------------------------------------------------------------- */

Grid sample_grid(const Sampler *s, int rows, int cols)
{
    const Shape d = s->gan.data;
    return (Grid){ rows, cols, d.c, d.h, d.w, SAMPLE_GAP, 1, 0, 0, 0 };
}

Status sample_check_picture(const Sampler *s, Error *e)
{
    if (png_fits(&s->grid))
        return GT_OK;
    return fail(e, GT_EUSAGE,
                "a picture of %d x %d images is too large (at most %d pixels a side): write an "
                ".idx file, or take fewer",
                s->grid.rows, s->grid.cols, IMAGE_MAX_SIDE);
}

void sample_choose_grid(Sampler *s)
{
    const SampleRequest *q = s->ask;
    const int cols = q->cols ? q->cols : (int)ceil(sqrt(s->n));
    const int rows = q->cols ? q->rows : (int)(((int64_t)s->n + cols - 1) / cols);
    s->grid = q->source == LATENTS_WALK ? sample_grid(s, q->rows * q->cols, q->frames)
                                        : sample_grid(s, rows, cols);
}

Status sample_check_places(const Sampler *s, Error *e)
{
    const int64_t places = (int64_t)s->grid.rows * s->grid.cols;
    if (s->n <= places)
        return GT_OK;
    return fail(e, GT_EUSAGE, "--grid %dx%d has %lld places: %d images do not fit", s->grid.rows,
                s->grid.cols, (long long)places, s->n);
}

static Status settle_grid(Sampler *s, Error *e)
{
    sample_choose_grid(s);
    TRY(sample_check_places(s, e));
    return sample_check_picture(s, e);
}

static Status write_grid(Sampler *s, Error *e)
{
    return png_write_grid(s->ask->out, &s->grid, s->pixels, s->n, e);
}

static Status write_plot(Sampler *s, Error *e)
{
    return plot_write(s->ask->out, &s->canvas, &s->data, view(s->x), e);
}

/* ---- numbers -------------------------------------------------------------------------------------- */

static Status write_idx(Sampler *s, Error *e)
{
    const Shape d = s->gan.data;
    const uint32_t grey[] = { (uint32_t)s->n, (uint32_t)d.h, (uint32_t)d.w };
    const uint32_t planes[] = { (uint32_t)s->n, (uint32_t)d.c, (uint32_t)d.h, (uint32_t)d.w };
    uint8_t *file = NULL;
    size_t bytes = 0;

    TRY(d.c == 1 ? idx_encode(grey, 3, s->pixels, &file, &bytes, e)
                 : idx_encode(planes, 4, s->pixels, &file, &bytes, e));
    const Status status = durable_write(s->ask->out, file, bytes, e);
    free(file);
    return status;
}

static Status write_npy(Sampler *s, Error *e)
{
    const double scale = s->range ? 1 : s->data.scale;
    return npy_write_view(s->ask->out, view(s->x), scale, e);
}

/* ---- the table ------------------------------------------------------------------------------------ */

static const SampleForm forms[] = {
    { ".png", LAYOUT_PLAIN, false, settle_grid, write_grid, write_plot },
    { ".idx", LAYOUT_PLAIN, false, NULL, write_idx, NULL },
    { ".npy", LAYOUT_PLAIN, false, NULL, write_npy, write_npy },
    { "/", LAYOUT_PLAIN, false, sample_settle_files, sample_write_files, NULL },
    { ".png", LAYOUT_ANIMATION, false, sample_settle_film, sample_write_film, NULL },
    { ".idx", LAYOUT_ANIMATION, false, NULL, write_idx, NULL },
    { ".npy", LAYOUT_ANIMATION, false, NULL, write_npy, NULL },
    { "/", LAYOUT_ANIMATION, false, sample_settle_frames, sample_write_frames, NULL },
    { ".png", LAYOUT_BESIDE_REAL, true, sample_settle_beside, sample_write_beside, NULL },
    { ".png", LAYOUT_NEIGHBOURS, true, sample_settle_nearest, sample_write_nearest, NULL },
};

Status sample_find_form(const SampleRequest *q, const SampleForm **form, Error *e)
{
    bool known = false;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (!text_ends(q->out, forms[i].ending))
            continue;
        known = true;
        *form = &forms[i];
        if (forms[i].layout == q->layout)
            return GT_OK;
    }
    if (known)
        return fail(e, GT_EUSAGE,
                    "--out: expected a name that ends in .png for this picture, got \"%s\"",
                    q->out);
    return fail(e, GT_EUSAGE,
                "--out: expected a name that ends in .png, .idx or .npy, got \"%s\" (a folder ends "
                "in /)",
                q->out);
}
