/* Animations: the sample grids of a run, and walks, also as one file per image. The images of a
 * loop are consecutive; a frame has one image of each loop. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/apng.h"
#include "gantrain/io/durable.h"
#include "gantrain/run/folder.h"
#include "sampler.h"

enum { PATH_SIZE = PATH_MAX + 64 };

/* ---- the sample grids of a run --------------------------------------------------------------- */

static const char *colours(int channels)
{
    return channels == 3 ? "RGB" : "grey";
}

static Status check_size(const Apng *animation, const Picture *p, const char *path, Error *e)
{
    if (p->width == animation->width && p->height == animation->height &&
        p->channels == animation->channels)
        return GT_OK;
    return fail(e, GT_EDATA,
                "%s: %d x %d pixels, %s: the pictures before it have %d x %d, %s: expected "
                "pictures of one run",
                path, p->width, p->height, colours(p->channels), animation->width,
                animation->height, colours(animation->channels));
}

static Status add_picture(Apng *animation, const char *path, int frames, int delay, Error *e)
{
    Picture p;
    TRY(png_read(&p, path, e));
    Status s = animation->frames ? check_size(animation, &p, path, e)
                                 : apng_open(animation, p.width, p.height, p.channels, frames, e);
    if (s == GT_OK)
        s = apng_add(animation, &p, delay, e);
    picture_free(&p);
    return s;
}

/* epoch [n] descending */
static Status add_pictures(Apng *animation, const RunFolder *f, const uint64_t *epoch, int n,
                           int delay, int last_delay, Error *e)
{
    char path[FOLDER_FILE];
    for (int i = n - 1; i >= 0; i--) {
        folder_sample(f, epoch[i], path);
        TRY(add_picture(animation, path, n, i ? delay : last_delay, e));
    }
    return GT_OK;
}

static Status find_pictures(const RunFolder *f, uint64_t **epoch, int *n, Error *e)
{
    Error why = { 0 };
    const Status s = folder_samples(f, epoch, n, &why);
    if (s == GT_OK && *n > 0)
        return GT_OK;
    if (s == GT_ERESOURCE)
        return fail(e, s, "%s", why.text[0]);
    return fail(e, GT_EDATA,
                "%s: no pictures: expected the folder of a run, with samples/epoch-0001.png and "
                "so on",
                s == GT_OK ? f->path : why.text[0]);
}

Status animation_of_run(const char *dir, const char *out, int delay, int last_delay, Error *e)
{
    RunFolder f;
    uint64_t *epoch = NULL;
    int n = 0;
    if (!folder_set(&f, dir))
        return fail(e, GT_EDATA, "%.80s...: the path of the run folder is too long", dir);
    TRY(find_pictures(&f, &epoch, &n, e));
    Apng animation = { 0 };
    Status s = add_pictures(&animation, &f, epoch, n, delay, last_delay, e);
    if (s == GT_OK)
        s = apng_write(&animation, out, e);
    apng_close(&animation);
    free(epoch);
    return s;
}

/* ---- walks ----------------------------------------------------------------------------------- */

static int count_loops(const Sampler *s)
{
    return s->n / s->request->frames;
}

static Status set_frame_grid(Sampler *s, Error *e)
{
    s->grid = sample_grid(s, s->request->rows, s->request->cols);
    return sample_check_picture(s, e);
}

/* Processes frame f.   tiles [loops, X] */
typedef Status FrameFn(const Sampler *s, int f, const uint8_t *tiles, void *args, Error *e);

static Status each_frame(const Sampler *s, FrameFn *fn, void *args, Error *e)
{
    const size_t loops = (size_t)count_loops(s), bytes = (size_t)s->x.cols;
    const int frames = s->request->frames;
    uint8_t *tiles = malloc(loops * bytes);
    if (!tiles)
        return fail(e, GT_ERESOURCE, "no memory for a frame");
    Status status = GT_OK;
    for (int f = 0; status == GT_OK && f < frames; f++) {
        for (size_t loop = 0; loop < loops; loop++)
            memcpy(tiles + loop * bytes, sample_image(s, (int)loop * frames + f), bytes);
        status = fn(s, f, tiles, args, e);
    }
    free(tiles);
    return status;
}

static Status set_animation_grid(Sampler *s, Error *e)
{
    TRY(set_frame_grid(s, e));
    const int64_t height = (int64_t)s->grid.rows * (s->grid.height + SAMPLE_GAP) + SAMPLE_GAP;
    const int64_t width = (int64_t)s->grid.cols * (s->grid.width + SAMPLE_GAP) + SAMPLE_GAP;
    return apng_check_size((int)width, (int)height, s->grid.channels, s->request->frames, e);
}

static Status add_frame(const Sampler *s, int f, const uint8_t *tiles, void *args, Error *e)
{
    Apng *animation = args;
    const SampleRequest *q = s->request;
    Picture p = { 0 };
    Status status = grid_paint(&s->grid, tiles, count_loops(s), q->out, &p, e);
    if (status == GT_OK && f == 0)
        status = apng_open(animation, p.width, p.height, p.channels, q->frames, e);
    if (status == GT_OK)
        status = apng_add(animation, &p, q->delay, e);
    picture_free(&p);
    return status;
}

static Status write_animation(Sampler *s, Error *e)
{
    Apng animation = { 0 };
    Status status = each_frame(s, add_frame, &animation, e);
    if (status == GT_OK)
        status = apng_write(&animation, s->request->out, e);
    apng_close(&animation);
    return status;
}

const SampleForm form_animation = {
    ".png", LAYOUT_ANIMATION, false, set_animation_grid, write_animation, NULL,
};

static Status check_files(int64_t n, Error *e)
{
    if (n <= SAMPLE_MAX_FILES)
        return GT_OK;
    return fail(e, GT_EUSAGE,
                "%lld files in one folder: at most %d are possible; write .idx or .npy",
                (long long)n, SAMPLE_MAX_FILES);
}

/* File number i of n: "<folder>/image-0001.png", with six digits if n needs more than four;
 * "<folder>/seed-7.png" if the request has seeds. */
static Status write_file(const Sampler *s, int i, int n, const uint8_t *tiles, int n_tiles,
                         Error *e)
{
    const SampleRequest *q = s->request;
    char path[PATH_SIZE];
    const int length =
        q->n_seeds > 0
            ? snprintf(path, sizeof path, "%sseed-%" PRIu64 ".png", q->out, q->seeds[i])
            : snprintf(path, sizeof path, "%simage-%0*d.png", q->out, n > 9999 ? 6 : 4, i + 1);
    if (length >= (int)sizeof path)
        return fail(e, GT_EOUTPUT, "%.80s...: the path is too long", q->out);
    return png_write_grid(path, &s->grid, tiles, n_tiles, e);
}

static Status set_tile_grid(Sampler *s, Error *e)
{
    TRY(check_files(s->n, e));
    s->grid = sample_grid(s, 1, 1);
    s->grid.gap = 0;
    return sample_check_picture(s, e);
}

static Status write_files(Sampler *s, Error *e)
{
    TRY(durable_mkdir(s->request->out, e));
    for (int i = 0; i < s->n; i++)
        TRY(write_file(s, i, s->n, sample_image(s, i), 1, e));
    return GT_OK;
}

const SampleForm form_files = { "/", LAYOUT_PLAIN, false, set_tile_grid, write_files, NULL };

static Status set_frames_grid(Sampler *s, Error *e)
{
    TRY(check_files(s->request->frames, e));
    return set_frame_grid(s, e);
}

static Status write_frame(const Sampler *s, int f, const uint8_t *tiles, void *args, Error *e)
{
    (void)args;
    return write_file(s, f, s->request->frames, tiles, count_loops(s), e);
}

static Status write_frames(Sampler *s, Error *e)
{
    TRY(durable_mkdir(s->request->out, e));
    return each_frame(s, write_frame, NULL, e);
}

const SampleForm form_frames = {
    "/", LAYOUT_ANIMATION, false, set_frames_grid, write_frames, NULL
};
