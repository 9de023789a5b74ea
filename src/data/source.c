/* What data sets that read files have in common: their options, and which of the samples they read
 * belong to the part and the classes that are asked for. */
#include "source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/rng.h"

enum {
    DRAW_SPLIT = 3
}; /* sub of RNG_DATA: the permutation whose first samples are the test part */

static const Entry part_train = { "train", "what to train on", "-", NULL, 0 };
static const Entry part_test = { "test", "what is kept for evaluation", "-", NULL, 0 };
static const Entry *const parts[] = { &part_train, &part_test, NULL };
const Registry source_parts = { "splits", "split", parts };

static const Entry as_auto = { "auto", "as the shape of the array says", "-", NULL, 0 };
static const Entry as_images = { "images", "one image a sample", "-", NULL, 0 };
static const Entry as_points = { "points", "one row of numbers a sample", "-", NULL, 0 };
static const Entry *const types[] = { &as_auto, &as_images, &as_points, NULL };
const Registry sample_types = { "sample types", "sample type", types };

void source_gather_images(const Dataset *d, const int *index, Mat out)
{
    pixels_gather(d->range, d->images, index, out);
}

void source_gather_points(const Dataset *d, const int *index, Mat out)
{
    const size_t dim = (size_t)out.cols;
    for (int i = 0; i < out.rows; i++)
        memcpy(mat_rows(out, i, 1).at, d->points + (size_t)index[i] * dim, dim * sizeof(real));
}

void source_gather(const Dataset *d, const int *index, Mat out)
{
    if (d->points)
        source_gather_points(d, index, out);
    else
        source_gather_images(d, index, out);
}

/* ---- selection ------------------------------------------------------------------------------- */

/* Which labels are kept. */
typedef struct Wanted {
    bool label[NO_LABEL + 1];
} Wanted;

/* The label of a class by its name, else by its number; -1: neither. */
static int find_class(const Dataset *d, const char *word)
{
    char *end;
    for (int k = 0; k < d->n_classes; k++)
        if (strcmp(d->class_name[k], word) == 0)
            return k;
    const long label = *word >= '0' && *word <= '9' ? strtol(word, &end, 10) : -1;
    return label >= 0 && label <= LABEL_MAX && !*end ? (int)label : -1;
}

static Status report_class(const Dataset *d, const Spec *spec, const char *word, Error *e)
{
    enum { SHOWN = 12 };
    Text names = { 0 };
    for (int k = 0; k < d->n_classes && k < SHOWN; k++)
        text_add(&names, "%s%.40s", k ? ", " : ": ", d->class_name[k]);
    option_report_at(e, spec->location, "data.classes",
                     "\"%.60s\": no such class: expected a number 0..%d, or a name%s%s", word,
                     LABEL_MAX, names.at ? names.at : " if the classes have names",
                     d->n_classes > SHOWN ? ", ..." : "");
    text_free(&names);
    return e->code;
}

static Status find_wanted(const Dataset *d, const Spec *spec, Wanted *w, Error *e)
{
    const SourceOptions *o = spec->options;
    if (o->classes.n > 0 && !d->labels)
        return option_report_at(e, spec->location, "data.classes",
                                "%s has no labels to choose samples by: expected []", o->path);
    memset(w, o->classes.n == 0, sizeof *w);
    for (int i = 0; i < o->classes.n; i++) {
        const int k = find_class(d, o->classes.at[i]);
        if (k < 0)
            return report_class(d, spec, o->classes.at[i], e);
        w->label[k] = true;
    }
    return GT_OK;
}

/* Moves the samples to keep to the front of an array of `bytes` each, and returns its memory
 * shortened to them. */
static void *compact(void *array, size_t bytes, const bool *keep, int n)
{
    char *at = array, *to = array;
    if (!array || bytes == 0)
        return array;
    for (int i = 0; i < n; i++, at += bytes) {
        if (!keep[i])
            continue;
        if (to != at)
            memmove(to, at, bytes);
        to += bytes;
    }
    void *shorter = to > (char *)array ? realloc(array, (size_t)(to - (char *)array)) : NULL;
    return shorter ? shorter : array;
}

static void drop_others(Dataset *d, const bool *keep, int n)
{
    const size_t bytes = d->bytes / (size_t)d->count;
    d->images = compact(d->images, bytes, keep, d->count);
    d->points = compact(d->points, bytes, keep, d->count);
    d->labels = compact(d->labels, 1, keep, d->count);
    d->count = d->stored = n;
    d->bytes = bytes * (size_t)n;
}

/* Of the samples read, which may be those of one part already. */
static double test_share(const Dataset *d, const SourceOptions *o)
{
    return d->parted ? 0 : o->split;
}

/* keep[i]: sample i belongs to the classes and to the part. Returns how many do.
 * order [count] scratch */
static int mark(const Dataset *d, const SourceOptions *o, const Wanted *w, bool test, bool *keep,
                int *order)
{
    const double share = test_share(d, o);
    const int n_test = (int)lround(share * d->count);
    int n = 0;
    memset(keep, 1, (size_t)d->count);
    if (share > 0)
        rng_permutation(rng_draw(d->seed, RNG_DATA, DRAW_SPLIT, 0), d->count, order);
    for (int i = 0; share > 0 && i < d->count; i++)
        keep[order[i]] = (i < n_test) == test;
    for (int i = 0; i < d->count; i++) {
        keep[i] = keep[i] && w->label[d->labels ? d->labels[i] : NO_LABEL];
        n += keep[i];
    }
    return n;
}

static Status mark_part(const Dataset *d, const Spec *spec, bool test, bool **keep, int *n,
                        Error *e)
{
    Wanted wanted;
    TRY(find_wanted(d, spec, &wanted, e));
    int *order = malloc((size_t)d->count * sizeof *order);
    *keep = malloc((size_t)d->count);
    if (*keep && order)
        *n = mark(d, spec->options, &wanted, test, *keep, order);
    free(order);
    if (*keep && order)
        return GT_OK;
    free(*keep);
    *keep = NULL;
    return fail(e, GT_ERESOURCE, "no memory to select samples");
}

static bool keeps_all(const Dataset *d, const SourceOptions *o)
{
    return test_share(d, o) == 0 && o->classes.n == 0;
}

Status source_training(const Dataset *d, const Spec *spec, bool **keep, Error *e)
{
    int n = 0;
    *keep = NULL;
    if (keeps_all(d, spec->options))
        return GT_OK;
    TRY(mark_part(d, spec, false, keep, &n, e));
    if (n == 0) {
        free(*keep);
        *keep = NULL;
    }
    return GT_OK;
}

static Status report_empty(const Dataset *d, const Spec *spec, Error *e)
{
    const SourceOptions *o = spec->options;
    return option_report_at(e, spec->location, o->classes.n ? "data.classes" : "data.split",
                            "none of the %d samples of %s are left for \"%s\"", d->count, o->path,
                            o->part == &part_test ? "test" : "train");
}

Status source_select(Dataset *d, const Spec *spec, Error *e)
{
    const SourceOptions *o = spec->options;
    d->mirror = o->mirror;
    if (d->kind->splits && !d->parted && o->split == 0 && o->part == &part_test)
        return option_report_at(e, spec->location, "data.split",
                                "0: no samples of %s are kept for evaluation: train with 0.1, or "
                                "evaluate with other data (--data)",
                                o->path);
    if (keeps_all(d, o))
        return GT_OK;
    bool *keep;
    int n;
    TRY(mark_part(d, spec, o->part == &part_test, &keep, &n, e));
    if (n == 0)
        report_empty(d, spec, e);
    else if (n < d->count)
        drop_others(d, keep, n);
    free(keep);
    return e->code;
}
