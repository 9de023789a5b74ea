/* The data set kind "images": a folder of PNG and JPEG files, or a zip archive of one. */
#include <stdlib.h>
#include <string.h>

#include "picture_cache.h"
#include "data/source.h"

enum { SIZE_MOST = 2048 };

typedef struct ImagesOptions {
    SourceOptions source;
    int64_t size;
    const Entry *channels;
    int64_t background;
    bool skip_unreadable;
} ImagesOptions;

static const Entry channels_auto = { "auto", "1 if all pictures are grey, else 3", "-", NULL, 0 };
static const Entry channels_grey = { "1", "grey", "-", NULL, 0 };
static const Entry channels_colour = { "3", "red, green, blue", "-", NULL, 0 };
static const Entry *const all_channels[] = { &channels_auto, &channels_grey, &channels_colour,
                                             NULL };
static const Registry channel_choices = { "channels", "number of channels", all_channels };

static const Option images_options[] = {
    SOURCE_DIR("data/images", "folder with *.png and *.jpg files or with a subfolder for each "
                              "class, or a .zip of it"),
    OPT_INT(ImagesOptions, size, "0", 0, SIZE_MOST,
            "side in pixels: crop to a square and resize; 0: all pictures have one size"),
    OPT_CHOICE(ImagesOptions, channels, "auto", &channel_choices,
               "auto (1 if all are grey, else 3), 1 or 3"),
    OPT_INT(ImagesOptions, background, "255", 0, 255, "grey level under transparent pixels"),
    OPT_BOOL(ImagesOptions, skip_unreadable, "false",
             "leave out pictures that cannot be read, after a warning"),
    SOURCE_SPLIT,
    SOURCE_RANGE,
    SOURCE_CLASSES,
    SOURCE_MIRROR,
    OPT_END,
};

static PictureOptions picture_options(const ImagesOptions *o)
{
    const int channels = o->channels == &channels_grey     ? 1
                         : o->channels == &channels_colour ? 3
                                                           : 0;
    return (PictureOptions){ (int)o->size,       channels,           (int)o->background,
                             o->skip_unreadable, o->source.progress, o->source.progress_context };
}

/* What was left out; names may contain anything, lines may not. */
static void add_warnings(const PictureList *l, const Pictures *p, Text *out)
{
    char name[sizeof l->first_beside + 64];
    text_printable(name, sizeof name, l->first_beside);
    if (l->beside > 0)
        text_add(out, "pictures lie in the folder itself: its subfolders are ignored (%s, ...)\n",
                 name);
    if (l->unlabelled > 0)
        text_add(out, "%d subfolders, but at most %d classes: the pictures have no labels\n",
                 l->unlabelled, LABEL_MAX + 1);
    text_printable(name, sizeof name, l->first_other);
    if (l->other > 0)
        text_add(out, "%d pictures of other formats are ignored (%s, ...)\n", l->other, name);
    if (p->skipped > 0)
        text_add(out, "%d of %d pictures cannot be read and are left out; the first: %s\n",
                 p->skipped, l->n, p->first_skipped);
}

/* From the cache, or decoded; what takes longer to decode than to read back goes into the cache. */
static Status read_pictures(Pictures *p, const PictureList *l, const PictureOptions *o, Error *e)
{
    static const double worth_keeping = 0.25; /* seconds */
    const PictureKey key = picture_cache_key(l, o);
    if (picture_cache_read(p, key))
        return GT_OK;
    TRY(pictures_read(p, l, o, e));
    if (p->seconds > worth_keeping)
        picture_cache_write(p, key);
    return GT_OK;
}

/* Moves the samples into *d. */
static void take(Dataset *d, PictureList *l, Pictures *p)
{
    d->shape = p->shape;
    d->count = d->stored = p->n;
    d->images = p->pixels;
    d->bytes = p->bytes;
    p->pixels = NULL;
    if (l->n_classes == 0)
        return;
    d->labels = p->label;
    d->class_name = l->class_name;
    d->n_classes = l->n_classes;
    p->label = NULL;
    l->class_name = NULL;
    l->n_classes = 0;
}

static Status open_images(Dataset *d, const Spec *spec, Error *e)
{
    const ImagesOptions *o = spec->options;
    const PictureOptions options = picture_options(o);
    PictureList list;
    Pictures pictures = { 0 };
    Status s = picture_list_open(&list, o->source.path, e);
    if (s == GT_OK)
        s = read_pictures(&pictures, &list, &options, e);
    if (s == GT_OK)
        add_warnings(&list, &pictures, &d->warning);
    if (s == GT_OK)
        take(d, &list, &pictures);
    pictures_free(&pictures);
    picture_list_close(&list);
    return s;
}

static void set_shape(void *options, Shape s)
{
    ImagesOptions *o = options;
    if (o->size == 0 && s.h == s.w && s.h <= SIZE_MOST)
        o->size = s.h;
    if (o->channels == &channels_auto)
        o->channels = s.c == 1 ? &channels_grey : &channels_colour;
}

const DatasetKind dataset_images = {
    .is = { "images", "a folder or .zip of PNG and JPEG pictures", "-", images_options,
            sizeof(ImagesOptions) },
    .samples = SAMPLES_IMAGES,
    .path_key = "dir",
    .splits = true,
    .open = open_images,
    .set_shape = set_shape,
    .gather = source_gather_images,
};
