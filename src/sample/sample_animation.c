/* Walks as animations, and samples as a file each. The images of a loop stand one behind the other: a frame
 * is one of each loop. */
#include "gantrain/sample/sample.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/apng.h"
#include "gantrain/io/durable.h"
#include "sample_forms.h"

enum { PATH_ROOM = PATH_MAX + 64 };

/* ---- frames of a walk ----------------------------------------------------------------------------- */

/* tiles [loops, X] out */
static void take_frame(const Sampler *s, int f, uint8_t *tiles)
{
    const size_t bytes = (size_t)s->x.cols;
    for (int loop = 0; loop < s->n / s->ask->frames; loop++)
        memcpy(tiles + (size_t)loop * bytes, sample_image(s, loop * s->ask->frames + f), bytes);
}

static Status settle_frames(Sampler *s, Error *e)
{
    s->grid = sample_grid(s, s->ask->rows, s->ask->cols);
    return sample_check_picture(s, e);
}

Status sample_settle_film(Sampler *s, Error *e)
{
    TRY(settle_frames(s, e));
    const int64_t height = (int64_t)s->grid.rows * (s->grid.height + SAMPLE_GAP) + SAMPLE_GAP;
    const int64_t width = (int64_t)s->grid.cols * (s->grid.width + SAMPLE_GAP) + SAMPLE_GAP;
    return apng_fits((int)width, (int)height, s->grid.channels, s->ask->frames, e);
}

/* What happens to a frame, tiles [loops, X]. */
typedef Status FrameWork(Sampler *s, int f, const uint8_t *tiles, void *args, Error *e);

static Status each_frame(Sampler *s, FrameWork *work, void *args, Error *e)
{
    const size_t loops = (size_t)(s->n / s->ask->frames);
    uint8_t *tiles = malloc(loops * (size_t)s->x.cols);
    if (!tiles)
        return fail(e, GT_ERESOURCE, "no memory for a frame");
    Status status = GT_OK;
    for (int f = 0; status == GT_OK && f < s->ask->frames; f++) {
        take_frame(s, f, tiles);
        status = work(s, f, tiles, args, e);
    }
    free(tiles);
    return status;
}

static Status add_frame(Sampler *s, int f, const uint8_t *tiles, void *args, Error *e)
{
    Apng *film = args;
    Picture p = { 0 };
    const int n = s->n / s->ask->frames;
    Status status = grid_paint(&s->grid, tiles, n, s->ask->out, &p, e);
    if (status == GT_OK && f == 0)
        status = apng_open(film, p.width, p.height, p.channels, s->ask->frames, e);
    if (status == GT_OK)
        status = apng_add(film, &p, s->ask->delay, e);
    picture_free(&p);
    return status;
}

Status sample_write_film(Sampler *s, Error *e)
{
    Apng film = { 0 };
    Status status = each_frame(s, add_frame, &film, e);
    if (status == GT_OK)
        status = apng_write(&film, s->ask->out, e);
    apng_close(&film);
    return status;
}

/* ---- a file an image ------------------------------------------------------------------------------ */

static Status check_files(int64_t n, Error *e)
{
    if (n <= SAMPLE_MAX_FILES)
        return GT_OK;
    return fail(e, GT_EUSAGE, "%lld files in one folder: at most %d are written, take .idx or .npy",
                (long long)n, SAMPLE_MAX_FILES);
}

/* "<folder>/image-0001.png"; four digits, or six for all where four are too few for the last one. Where a seed
 * names the image, the seed: "<folder>/seed-7.png". */
static int name_file(const Sampler *s, int i, int n, char path[PATH_ROOM])
{
    if (s->ask->n_seeds > 0)
        return snprintf(path, PATH_ROOM, "%sseed-%" PRIu64 ".png", s->ask->out, s->ask->seeds[i]);
    return snprintf(path, PATH_ROOM, "%simage-%0*d.png", s->ask->out, n > 9999 ? 6 : 4, i + 1);
}

static Status write_file(const Sampler *s, int i, int n, const uint8_t *tiles, int n_tiles,
                         Error *e)
{
    char path[PATH_ROOM];
    const int end = name_file(s, i, n, path);
    if (end >= (int)sizeof path)
        return fail(e, GT_EOUTPUT, "%.80s...: the path is too long", s->ask->out);
    return png_write_grid(path, &s->grid, tiles, n_tiles, e);
}

Status sample_settle_files(Sampler *s, Error *e)
{
    TRY(check_files(s->n, e));
    s->grid = sample_grid(s, 1, 1);
    s->grid.gap = 0;
    return sample_check_picture(s, e);
}

Status sample_write_files(Sampler *s, Error *e)
{
    TRY(folder_make(s->ask->out, e));
    for (int i = 0; i < s->n; i++)
        TRY(write_file(s, i, s->n, sample_image(s, i), 1, e));
    return GT_OK;
}

Status sample_settle_frames(Sampler *s, Error *e)
{
    TRY(check_files(s->ask->frames, e));
    return settle_frames(s, e);
}

static Status add_file(Sampler *s, int f, const uint8_t *tiles, void *args, Error *e)
{
    (void)args;
    return write_file(s, f, s->ask->frames, tiles, s->n / s->ask->frames, e);
}

Status sample_write_frames(Sampler *s, Error *e)
{
    TRY(folder_make(s->ask->out, e));
    return each_frame(s, add_file, NULL, e);
}
