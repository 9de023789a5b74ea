#include "array_layout.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_VALUES = 1 << 24 };

static const Entry layout_auto = { "auto", "where the extent 1, 3 or 4 is", "-", NULL, 0 };
static const Entry layout_chw = { "chw", "plane after plane: N x C x H x W", "-", NULL, 0 };
static const Entry layout_hwc = { "hwc", "pixel after pixel: N x H x W x C", "-", NULL, 0 };
static const Entry *const layouts[] = { &layout_auto, &layout_chw, &layout_hwc, NULL };
const Registry array_layouts = { "layouts", "layout", layouts };

const ArrayOptions array_defaults = { .layout = &layout_auto, .background = 255 };

/* ---- extents --------------------------------------------------------------------------------- */

/* Counts and sizes are ints from here on. */
static Status check_extents(const Array *a, const char *things, Error *e)
{
    double values = 1;
    for (int i = 1; i < a->rank; i++)
        values *= (double)a->extent[i];
    if (a->extent[0] <= INT_MAX && values <= SAMPLE_VALUES)
        return GT_OK;
    return fail(e, GT_EDATA, "%s: %" PRIu64 " %s of %.0f values: at most %d of %d are possible",
                a->name, a->extent[0], things, values, INT_MAX, SAMPLE_VALUES);
}

static bool is_channels(uint64_t n)
{
    return n == 1 || n == 3 || n == 4;
}

static Status no_layout(const Array *a, const char *why, Error *e)
{
    char text[ARRAY_TEXT];
    array_text(a, text);
    return fail(e, GT_EDATA, "%s: its images are %s: %s", a->name, text, why);
}

/* Of four extents: whether the last one is the channels. */
static Status find_layout(const Array *a, const ArrayOptions *o, bool *hwc, Error *e)
{
    const bool first = is_channels(a->extent[1]), last = is_channels(a->extent[3]);
    const bool one_value = a->extent[1] * a->extent[2] * a->extent[3] == 1;
    *hwc = o->layout == &layout_hwc || (o->layout == &layout_auto && last && !first);
    if (o->layout == &layout_auto && first && last && !one_value)
        return no_layout(a,
                         "N x C x H x W or N x H x W x C? data.layout says which: \"chw\" or "
                         "\"hwc\"",
                         e);
    if (*hwc ? last : first)
        return GT_OK;
    return no_layout(a,
                     o->layout == &layout_auto
                         ? "expected 1, 3 or 4 channels, as N x H x W x C or N x C x H x W"
                     : *hwc ? "data.layout \"hwc\" expects 1, 3 or 4 channels as the last extent"
                            : "data.layout \"chw\" expects 1, 3 or 4 channels after the count",
                     e);
}

/* ---- places ---------------------------------------------------------------------------------- */

/* Fills p->to: an index of 1 in dimension 1 + i of the array moves by step[i] in memory. */
static Status make_table(Placement *p, const Array *a, const size_t *step, Error *e)
{
    bool moves = false;
    p->to = malloc(p->values * sizeof *p->to);
    if (!p->to)
        return fail(e, GT_ERESOURCE, "%s: no memory to read it", a->name);
    for (size_t j = 0; j < p->values; j++) {
        size_t rest = j, to = 0;
        for (int k = 1; k < a->rank; k++) {
            const int i = a->fortran ? k : a->rank - k; /* the fastest first */
            to += rest % a->extent[i] * step[i - 1];
            rest /= a->extent[i];
        }
        p->to[j] = (uint32_t)to;
        moves |= to != j;
    }
    if (!moves)
        placement_free(p);
    return GT_OK;
}

static Placement placement_of(const Array *a)
{
    const uint64_t n = a->extent[0];
    return (Placement){ n, (size_t)(array_size(a) / n), a->fortran && n > 1, NULL };
}

/* Steps of rows, columns and channels in planes, in the order of the array's dimensions. */
static void image_steps(size_t step[3], int rank, bool hwc, Shape s, bool transposed)
{
    const size_t plane = (size_t)s.h * (size_t)s.w, line = (size_t)s.w;
    const size_t row = transposed ? 1 : line, column = transposed ? line : 1;
    const size_t orders[3][3] = { { row, column, 0 },
                                  { plane, row, column },
                                  { row, column, plane } };
    memcpy(step, orders[rank == 3 ? 0 : hwc ? 2 : 1], sizeof orders[0]);
}

Status placement_of_images(Placement *p, Shape *shape, const Array *a, const ArrayOptions *o,
                           Error *e)
{
    bool hwc = false;
    size_t step[3];
    *p = (Placement){ 0 };
    if (a->rank != 3 && a->rank != 4)
        return no_layout(a, "expected N x H x W, N x H x W x C or N x C x H x W", e);
    TRY(check_extents(a, "images", e));
    if (a->rank == 4)
        TRY(find_layout(a, o, &hwc, e));
    const uint64_t *sides = a->extent + (a->rank == 3 || hwc ? 1 : 2);
    const int channels = a->rank == 3 ? 1 : (int)a->extent[hwc ? 3 : 1];
    *shape = (Shape){ channels, (int)sides[o->transpose], (int)sides[!o->transpose] };
    image_steps(step, a->rank, hwc, *shape, o->transpose);
    *p = placement_of(a);
    return make_table(p, a, step, e);
}

Status placement_of_rows(Placement *p, const Array *a, Error *e)
{
    size_t step[ARRAY_RANK_MAX];
    *p = (Placement){ 0 };
    TRY(check_extents(a, "points", e));
    step[a->rank - 1] = 1;
    for (int i = a->rank - 1; i > 0; i--)
        step[i - 1] = step[i] * (i + 1 < a->rank ? (size_t)a->extent[i + 1] : 1);
    *p = placement_of(a);
    return a->fortran ? make_table(p, a, step, e) : GT_OK;
}

bool placement_is_direct(const Placement *p)
{
    return !p->fortran && !p->to;
}

void placement_free(Placement *p)
{
    free(p->to);
    p->to = NULL;
}
