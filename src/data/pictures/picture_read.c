/* Two passes over the files: the heads settle the shape, so that memory is taken once; then every
 * picture is decoded into its place. Each pass works in blocks of about a tenth of a second,
 * between which progress is reported and a failure is noticed; blocks are in order, so the first
 * failure that is found is the first one of the list. */
#include "picture_read.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gantrain/base/numbers.h"
#include "gantrain/io/picture.h"
#include "gantrain/math/parallel.h"
#include "picture_fit.h"

enum { IMAGE_VALUES = 1 << 24 /* of one sample */ };

static const char TASK[] = "decoding pictures";
static const double HEADS = 0.3; /* share of the first pass in the progress */

/* What is known of a picture. */
typedef struct Known {
    int width, height;
    uint8_t channels;
    bool failed;
} Known;

typedef struct Job {
    const PictureList *list;
    const PictureOptions *options;
    Pictures *out;
    Known *known; /* [list->n] */
    size_t bytes; /* of a sample */
    int first;    /* of the block */
    Status (*work)(struct Job *j, int i, Error *e);
} Job;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static Status add_where(const Job *j, int i, Error *e)
{
    char where[PICTURE_WHERE];
    picture_list_where(j->list, i, where);
    return error_add_prefix(e, where);
}

/* ---- one picture ----------------------------------------------------------------------------- */

static Status examine(Job *j, int i, Error *e)
{
    Bytes b;
    bool whole;
    PictureHead h;
    TRY(picture_list_head(j->list, i, PICTURE_HEAD_BYTES, &b, &whole, e));
    Status s = picture_examine(b.at, b.size, &h, e);
    bytes_free(&b);
    if (s != GT_OK && !whole) { /* a long head */
        TRY(picture_list_read(j->list, i, &b, e));
        s = picture_examine(b.at, b.size, &h, e);
        bytes_free(&b);
    }
    if (s != GT_OK)
        return add_where(j, i, e);
    j->known[i] = (Known){ h.width, h.height, (uint8_t)h.channels, false };
    return GT_OK;
}

static Status fit(const Job *j, int i, const Picture *p, Error *e)
{
    const Shape s = j->out->shape;
    if (j->options->size == 0 && (p->width != s.w || p->height != s.h))
        return fail(e, GT_EDATA, "it changed while it was read");
    return picture_fit(p, j->options->size, s.c, j->out->pixels + (size_t)i * j->bytes, e);
}

static Status decode(Job *j, int i, Error *e)
{
    Bytes b;
    Picture p;
    TRY(picture_list_read(j->list, i, &b, e));
    Status s = picture_decode(b.at, b.size, j->options->background, &p, e);
    bytes_free(&b);
    if (s == GT_OK)
        s = fit(j, i, &p, e);
    picture_free(&p);
    return s == GT_OK ? GT_OK : add_where(j, i, e);
}

/* ---- all pictures ---------------------------------------------------------------------------- */

static void work_on(void *args, int i)
{
    Job *j = args;
    Error e = { 0 };
    if (!j->known[j->first + i].failed)
        j->known[j->first + i].failed = j->work(j, j->first + i, &e) != GT_OK;
}

/* Repeats what failed, for the message. */
static Status check_block(Job *j, const bool *before, int n, Error *e)
{
    for (int i = 0; i < n; i++) {
        Error why = { 0 };
        Known *known = &j->known[j->first + i];
        if (!known->failed || before[i])
            continue;
        const Status s = j->work(j, j->first + i, &why);
        known->failed = s != GT_OK;
        if (s != GT_OK && (!j->options->skip || s != GT_EDATA))
            return error_append(e, &why);
        if (s != GT_OK && j->out->skipped++ == 0)
            memcpy(j->out->first_skipped, why.text[0], sizeof why.text[0]);
    }
    return GT_OK;
}

enum { BLOCK = 1024 };

static Status run_block(Job *j, int n, Error *e)
{
    bool before[BLOCK];
    for (int i = 0; i < n; i++)
        before[i] = j->known[j->first + i].failed;
    parallel_for(n, work_on, j);
    return check_block(j, before, n, e);
}

static Status report(const Job *j, double fraction, Error *e)
{
    const PictureOptions *o = j->options;
    const Status s = o->progress ? o->progress(o->progress_context, TASK, fraction) : GT_OK;
    return s == GT_OK ? GT_OK : fail(e, s, "stopped while %s; run the same command again", TASK);
}

/* Does j->work for every picture; it makes up the part [from, to] of the task. */
static Status run_all(Job *j, double from, double to, Error *e)
{
    static const double most = 0.1; /* seconds of a block */
    const int n = j->list->n;
    int block = int_min(BLOCK, 2 * parallel_threads());
    for (j->first = 0; j->first < n;) {
        const double began = now();
        const int count = int_min(block, n - j->first);
        TRY(run_block(j, count, e));
        j->first += count;
        const double seconds = now() - began;
        if (seconds < most / 2)
            block = int_min(BLOCK, 2 * block);
        else if (seconds > most)
            block = int_max(parallel_threads(), block / 2);
        TRY(report(j, from + (to - from) * j->first / n, e));
    }
    return GT_OK;
}

/* ---- the shape ------------------------------------------------------------------------------- */

static int first_known(const Job *j)
{
    int i = 0;
    while (i < j->list->n && j->known[i].failed)
        i++;
    return i;
}

static Status check_sizes(const Job *j, int first, Error *e)
{
    const Known *a = &j->known[first];
    for (int i = first; i < j->list->n; i++) {
        const Known *b = &j->known[i];
        char where[PICTURE_WHERE], other[PICTURE_WHERE];
        if (b->failed || (a->width == b->width && a->height == b->height))
            continue;
        picture_list_where(j->list, first, where);
        picture_list_where(j->list, i, other);
        return fail(
            e, GT_EDATA,
            "data.size: the pictures have several sizes (%d x %d: %.150s, %d x %d: %.150s): "
            "set it, such as --set data.size=32, to crop and resize all of them to a square",
            a->width, a->height, where, b->width, b->height, other);
    }
    return GT_OK;
}

static int widest(const Job *j)
{
    int channels = 1;
    for (int i = 0; i < j->list->n; i++)
        if (!j->known[i].failed)
            channels = int_max(channels, j->known[i].channels);
    return channels;
}

static Status fail_all(const Job *j, Error *e)
{
    return fail(e, GT_EDATA, "%s: none of its %d pictures can be read; the first: %s",
                j->list->path, j->list->n, j->out->first_skipped);
}

static Status find_shape(Job *j, Error *e)
{
    const PictureOptions *o = j->options;
    j->out->shape = (Shape){ o->channels, o->size, o->size };
    if (o->channels > 0 && o->size > 0)
        return GT_OK;
    j->work = examine;
    TRY(run_all(j, 0, HEADS, e));
    const int first = first_known(j);
    if (first == j->list->n)
        return fail_all(j, e);
    if (o->channels == 0)
        j->out->shape.c = widest(j);
    if (o->size > 0)
        return GT_OK;
    TRY(check_sizes(j, first, e));
    j->out->shape.h = j->known[first].height;
    j->out->shape.w = j->known[first].width;
    return GT_OK;
}

static Status take_memory(Job *j, Error *e)
{
    const Shape s = j->out->shape;
    const size_t n = (size_t)j->list->n;
    j->bytes = (size_t)s.c * (size_t)s.h * (size_t)s.w;
    if (j->bytes > IMAGE_VALUES)
        return fail(e, GT_EDATA,
                    "data.size: pictures of %d x %d pixels have %zu values: at most %d are "
                    "possible; set it, such as --set data.size=64",
                    s.w, s.h, j->bytes, IMAGE_VALUES);
    j->out->pixels = n <= SIZE_MAX / j->bytes ? malloc(n * j->bytes) : NULL;
    j->out->label = malloc(n);
    if (j->out->pixels && j->out->label)
        return GT_OK;
    return fail(e, GT_ERESOURCE,
                "not enough memory for %d pictures of %d x %d pixels: %.1f GiB; set data.size to "
                "make them smaller",
                j->list->n, s.w, s.h, (double)n * (double)j->bytes / (1 << 30));
}

/* ---- the result ------------------------------------------------------------------------------ */

static void *shorten(void *at, size_t bytes)
{
    void *shorter = realloc(at, bytes);
    return shorter ? shorter : at;
}

/* Closes the gaps that pictures without samples have left. */
static void compact(Job *j)
{
    Pictures *p = j->out;
    for (int i = 0; i < j->list->n; i++) {
        if (j->known[i].failed)
            continue;
        if (i > p->n)
            memcpy(p->pixels + (size_t)p->n * j->bytes, p->pixels + (size_t)i * j->bytes, j->bytes);
        p->label[p->n++] = j->list->file[i].label;
    }
    p->bytes = (size_t)p->n * j->bytes;
    if (p->n == 0 || p->n == j->list->n)
        return;
    p->pixels = shorten(p->pixels, p->bytes);
    p->label = shorten(p->label, (size_t)p->n);
}

static Status read_all(Job *j, Error *e)
{
    TRY(find_shape(j, e));
    TRY(take_memory(j, e));
    j->work = decode;
    TRY(run_all(j, HEADS, 1, e));
    compact(j);
    return j->out->n > 0 ? GT_OK : fail_all(j, e);
}

Status pictures_read(Pictures *p, const PictureList *l, const PictureOptions *options, Error *e)
{
    const double began = now();
    *p = (Pictures){ 0 };
    Job j = { .list = l, .options = options, .out = p };
    j.known = calloc((size_t)l->n, sizeof *j.known);
    const Status s =
        j.known ? read_all(&j, e) : fail(e, GT_ERESOURCE, "no memory for %d pictures", l->n);
    free(j.known);
    if (s != GT_OK && options->progress)
        (void)options->progress(options->progress_context, TASK, -1);
    p->seconds = now() - began;
    if (s != GT_OK)
        pictures_free(p);
    return s;
}

void pictures_free(Pictures *p)
{
    if (!p)
        return;
    free(p->pixels);
    free(p->label);
    *p = (Pictures){ 0 };
}
