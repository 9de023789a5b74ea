/* The forms of output: the table, and those that need no file of their own. */
#include <stdlib.h>

#include "gantrain/data/idx.h"
#include "gantrain/io/durable.h"
#include "gantrain/io/npy.h"
#include "sampler.h"

static Status set_grid(Sampler *s, Error *e)
{
    TRY(sample_choose_grid(s, e));
    return sample_check_picture(s, e);
}

static Status write_grid(Sampler *s, Error *e)
{
    return png_write_grid(s->request->out, &s->grid, s->pixels, s->n, e);
}

static Status write_plot(Sampler *s, Error *e)
{
    return plot_write(s->request->out, &s->canvas, &s->data, view(s->x), e);
}

static Status write_idx(Sampler *s, Error *e)
{
    const Shape d = s->gan.data;
    const uint32_t grey[] = { (uint32_t)s->n, (uint32_t)d.h, (uint32_t)d.w };
    const uint32_t planes[] = { (uint32_t)s->n, (uint32_t)d.c, (uint32_t)d.h, (uint32_t)d.w };
    uint8_t *file = NULL;
    size_t bytes = 0;

    TRY(d.c == 1 ? idx_encode(grey, 3, s->pixels, &file, &bytes, e)
                 : idx_encode(planes, 4, s->pixels, &file, &bytes, e));
    const Status status = durable_write(s->request->out, file, bytes, e);
    free(file);
    return status;
}

static Status write_npy(Sampler *s, Error *e)
{
    return npy_write(s->request->out, view(s->x), 1, e);
}

static Status write_npy_points(Sampler *s, Error *e)
{
    units_apply(s->units, s->x);
    return write_npy(s, e);
}

static const SampleForm form_grid = {
    ".png", LAYOUT_PLAIN, false, set_grid, write_grid, write_plot
};
static const SampleForm form_idx = { ".idx", LAYOUT_PLAIN, false, NULL, write_idx, NULL };
static const SampleForm form_npy = {
    ".npy", LAYOUT_PLAIN, false, NULL, write_npy, write_npy_points
};
static const SampleForm form_walk_idx = { ".idx", LAYOUT_ANIMATION, false, NULL, write_idx, NULL };
static const SampleForm form_walk_npy = { ".npy", LAYOUT_ANIMATION, false, NULL, write_npy, NULL };

static const SampleForm *const forms[] = {
    &form_grid,     &form_idx,         &form_npy,        &form_csv,
    &form_files,    &form_animation,   &form_frames,     &form_walk_idx,
    &form_walk_npy, &form_beside_real, &form_neighbours,
};

Status sample_find_form(const SampleRequest *q, const SampleForm **form, Error *e)
{
    bool known = false;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (!text_has_suffix(q->out, forms[i]->ending))
            continue;
        known = true;
        *form = forms[i];
        if (forms[i]->layout == q->layout)
            return GT_OK;
    }
    if (known)
        return fail(e, GT_EUSAGE,
                    "--out: expected a name that ends in .png for this picture, got \"%s\"",
                    q->out);
    return fail(
        e, GT_EUSAGE,
        "--out: expected a name that ends in .png, .idx, .npy or .csv, got \"%s\" (a folder ends "
        "in /)",
        q->out);
}
