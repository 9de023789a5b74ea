/* One picture is in memory at a time, and what the animation has become so far. */
#include "gantrain/sample/animation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/apng.h"
#include "gantrain/run/folder.h"

static const char *colours(int channels)
{
    return channels == 3 ? "RGB" : "grey";
}

static Status check_size(const Apng *film, const Picture *p, const char *path, Error *e)
{
    if (p->width == film->width && p->height == film->height && p->channels == film->channels)
        return GT_OK;
    return fail(e, GT_EDATA,
                "%s: %d x %d pixels, %s: the pictures before it have %d x %d, %s: expected those "
                "of one run",
                path, p->width, p->height, colours(p->channels), film->width, film->height,
                colours(film->channels));
}

static Status add_picture(Apng *film, const char *path, int frames, int delay, Error *e)
{
    Picture p;
    TRY(png_read(&p, path, e));
    Status s = film->frames ? check_size(film, &p, path, e)
                            : apng_open(film, p.width, p.height, p.channels, frames, e);
    if (s == GT_OK)
        s = apng_add(film, &p, delay, e);
    picture_free(&p);
    return s;
}

/* epoch [n], newest first */
static Status add_pictures(Apng *film, const RunFolder *f, const uint64_t *epoch, int n, int delay,
                           int last, Error *e)
{
    char path[FOLDER_FILE];
    for (int i = n - 1; i >= 0; i--) {
        folder_sample(f, epoch[i], path);
        TRY(add_picture(film, path, n, i ? delay : last, e));
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
                "%s: no pictures: expected the folder of a run, with samples/epoch-0001.png and so "
                "on",
                s == GT_OK ? f->path : why.text[0]);
}

Status animation_of_run(const char *dir, const char *out, int delay, int last, Error *e)
{
    RunFolder f;
    uint64_t *epoch = NULL;
    int n = 0;
    if (!folder_set(&f, dir))
        return fail(e, GT_EDATA, "%.80s...: the path of the run folder is too long", dir);
    TRY(find_pictures(&f, &epoch, &n, e));
    Apng film = { 0 };
    Status s = add_pictures(&film, &f, epoch, n, delay, last, e);
    if (s == GT_OK)
        s = apng_write(&film, out, e);
    apng_close(&film);
    free(epoch);
    return s;
}
