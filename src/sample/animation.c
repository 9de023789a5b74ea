#include "gantrain/sample/sample.h"

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
