/* The kind "images": names, classes, sizes, channels, archives, pictures that cannot be read, and
 * the cache. */
#include <sys/stat.h>

#include "data/pictures/picture_cache.h"
#include "data/source.h"
#include "gantrain/math/parallel.h"
#include "support/picture_files.h"
#include "support/zip_files.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

/* ---- a folder of pictures -------------------------------------------------------------------- */

static unsigned level; /* of the next picture */

static unsigned flat(int x, int y, int k)
{
    (void)x;
    (void)y;
    return level + (unsigned)k;
}

static Text flat_png(int width, int height, int type, unsigned grey)
{
    level = grey;
    return png_file(&(PngFile){ width, height, 8, type, .value = flat });
}

static void put_file(const char *folder, const char *name, const void *at, size_t n)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (char *end = path + strlen(folder) + 1; (end = strchr(end, '/')); *end++ = '/') {
        *end = '\0';
        mkdir(path, 0777);
    }
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(at, 1, n, f), n);
    fclose(f);
}

/* A picture of one grey level. */
static void put_flat(const char *folder, const char *name, int width, int height, unsigned grey)
{
    Text file = flat_png(width, height, 0, grey);
    put_file(folder, name, file.at, file.used);
    text_free(&file);
}

/* data as a config would give them; `channels` "auto" ... */
static Status open_as(Dataset *d, const char *path, const char *json, Error *e)
{
    static uint64_t memory[512];
    Arena a = { (unsigned char *)memory, 0, sizeof memory, false };
    Value object = { .kind = VALUE_OBJECT };
    char text[200];
    snprintf(text, sizeof text, "%s", json);
    for (char *at = strtok(text, " ="); at; at = strtok(NULL, " =")) {
        const char *word = strtok(NULL, " =");
        if (option_set(&a, &object, at, word, NULL) != GT_OK)
            fail_msg("%s=%s", at, word);
    }
    const Entry *is = registry_find(&datasets, "images");
    void *options = arena_take(&a, is->options_size);
    *e = (Error){ 0 };
    assert_int_equal(option_set(&a, &object, "dir", path, NULL), GT_OK);
    if (option_read(&a, is->options, &object, "data", options, e) != GT_OK)
        return e->code;
    assert_false(a.full);
    return dataset_open(d, &(Spec){ .is = is, .options = options }, 1, e);
}

static void expect_open(Dataset *d, const char *path, const char *keys)
{
    static Error e;
    if (open_as(d, path, keys, &e) != GT_OK)
        fail_msg("%s: %s", keys, e.text[0]);
}

static void expect_refused(const char *path, const char *keys, Status code, const char *phrase)
{
    static Error e;
    Dataset d;
    const Status s = open_as(&d, path, keys, &e);
    if (s != code || e.lines != 1 || !strstr(e.text[0], phrase))
        fail_msg("%s: status %d, \"%s\", expected \"%s\"", keys, (int)s, e.text[0], phrase);
}

static int setup(void **state)
{
    setenv("GANTRAIN_CACHE", "/dev/null/cache", 1);
    return scratch_open(state);
}

static int teardown(void **state)
{
    const Scratch *s = *state;
    char command[100];
    snprintf(command, sizeof command, "find '%s' -mindepth 1 -delete", s->folder);
    assert_int_equal(system(command), 0);
    return scratch_close(state);
}

/* ---- names and classes ----------------------------------------------------------------------- */

static void pictures_in_order(void **state)
{
    const Scratch *s = *state;
    static const char *const names[] = { "Z.png", "a.PNG", "b.jpeg", "\xc3\xa4.png" };
    for (int i = 3; i >= 0; i--)
        put_flat(s->folder, names[i], 3, 2, 10u * (unsigned)i);
    put_file(s->folder, ".hidden.png", "x", 1);
    put_file(s->folder, "Thumbs.db", "x", 1);
    put_file(s->folder, "notes.txt", "x", 1);
    put_file(s->folder, "sub/other.png", "x", 1);
    Dataset d;
    expect_open(&d, s->folder, "split=0");
    assert_int_equal(d.count, 4);
    assert_true(d.shape.c == 1 && d.shape.h == 2 && d.shape.w == 3 && d.bytes == 24);
    for (int i = 0; i < 24; i++)
        assert_int_equal(d.images[i], i / 6 * 10);
    assert_null(d.labels);
    assert_non_null(strstr(d.warning.at, "its subfolders are ignored (sub/, ...)"));
    dataset_close(&d);
}

static void subfolders_are_classes(void **state)
{
    const Scratch *s = *state;
    put_flat(s->folder, "a-b/x.png", 2, 2, 30);
    put_flat(s->folder, "a/y.png", 2, 2, 20);
    put_flat(s->folder, "a/deep/z.png", 2, 2, 10);
    put_flat(s->folder, "B/x.png", 2, 2, 0);
    put_flat(s->folder, "__MACOSX/x.png", 2, 2, 99);
    Dataset d;
    expect_open(&d, s->folder, "split=0");
    assert_int_equal(d.count, 4);
    assert_int_equal(d.n_classes, 3);
    assert_string_equal(d.class_name[0], "B");
    assert_string_equal(d.class_name[1], "a");
    assert_string_equal(d.class_name[2], "a-b");
    static const uint8_t labels[] = { 0, 1, 1, 2 };
    assert_memory_equal(d.labels, labels, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(d.images[4 * i], 10 * i);
    dataset_close(&d);
    expect_open(&d, s->folder, "split=0.5");
    assert_int_equal(d.count, 2);
    assert_int_equal(d.classes, 3);
    dataset_close(&d);
}

/* A folder that holds everything is no class. */
static void one_folder_holds_everything(void **state)
{
    const Scratch *s = *state;
    put_flat(s->folder, "one/two/x.png", 2, 2, 30);
    put_flat(s->folder, "one/two/y.png", 2, 2, 20);
    Dataset d;
    expect_open(&d, s->folder, "split=0");
    assert_true(d.count == 2 && !d.labels && d.n_classes == 0);
    dataset_close(&d);
}

static void parts_of_a_data_set(void **state)
{
    const Scratch *s = *state;
    put_flat(s->folder, "Train/a/x.png", 2, 2, 30);
    put_flat(s->folder, "test/a/y.png", 2, 2, 20);
    expect_refused(s->folder, "split=0", GT_EDATA, "/Train");
}

static void nothing_to_read(void **state)
{
    const Scratch *s = *state;
    expect_refused(s->folder, "", GT_EDATA, "no pictures: expected");
    put_file(s->folder, "a.webp", "x", 1);
    expect_refused(s->folder, "", GT_EDATA, "a.webp: expected *.png");
    expect_refused("/no/such", "", GT_EDATA, "/no/such: cannot be opened");
    expect_refused("/dev/null", "", GT_EDATA, "not a regular file");
}

/* ---- sizes and channels ---------------------------------------------------------------------- */

static void sizes(void **state)
{
    const Scratch *s = *state;
    put_flat(s->folder, "a.png", 8, 4, 30);
    put_flat(s->folder, "b.png", 4, 9, 20);
    expect_refused(s->folder, "", GT_EDATA, "data.size: the pictures have several sizes (8 x 4");
    Dataset d;
    expect_open(&d, s->folder, "split=0 size=2");
    assert_true(d.shape.w == 2 && d.shape.h == 2 && d.images[0] == 30 && d.images[7] == 20);
    dataset_close(&d);
}

static void channels(void **state)
{
    const Scratch *s = *state;
    put_flat(s->folder, "a.png", 2, 1, 30);
    Text colour = flat_png(2, 1, 2, 100);
    put_file(s->folder, "b.png", colour.at, colour.used);
    text_free(&colour);
    static const uint8_t three[] = { 30, 30, 30, 30, 30, 30, 100, 100, 101, 101, 102, 102 };
    static const uint8_t one[] = { 30, 30, 101, 101 }; /* 0.299 R + 0.587 G + 0.114 B */
    Dataset d;
    expect_open(&d, s->folder, "split=0");
    assert_true(d.shape.c == 3 && d.bytes == sizeof three);
    assert_memory_equal(d.images, three, sizeof three);
    dataset_close(&d);
    expect_open(&d, s->folder, "split=0 channels=1");
    assert_memory_equal(d.images, one, sizeof one);
    dataset_close(&d);
    expect_refused(s->folder, "channels=2", GT_EUSAGE, "data.channels");
}

/* ---- archives -------------------------------------------------------------------------------- */

static void an_archive_and_its_folder(void **state)
{
    const Scratch *s = *state;
    static const char *const names[] = { "b/2.png", "b/1.png", "a/x.PNG", "a/sub/y.png" };
    char folder[64], path[64];
    ZipMaker z = { 0 };
    snprintf(folder, sizeof folder, "%s/d", s->folder);
    snprintf(path, sizeof path, "%s/d.zip", s->folder);
    zip_add(&z, "top/", "", 0, (ZipHow){ 0 });
    zip_add(&z, "__MACOSX/top/._x.png", "no", 2, (ZipHow){ 0 });
    mkdir(folder, 0777);
    for (unsigned i = 0; i < 4; i++) {
        char name[64];
        Text file = flat_png(4, 4, 0, 50 * i);
        snprintf(name, sizeof name, "top/%s", names[i]);
        put_file(folder, names[i], file.at, file.used);
        zip_add(&z, name, file.at, file.used, (ZipHow){ .method = i % 2 * 8 });
        text_free(&file);
    }
    zip_add(&z, "top/../../etc/x.png", "no", 2, (ZipHow){ 0 });
    Text archive = zip_finish(&z, false, "");
    put_file(s->folder, "d.zip", archive.at, archive.used);
    text_free(&archive);
    Dataset a, b;
    expect_open(&a, folder, "split=0.25");
    expect_open(&b, path, "split=0.25");
    assert_true(a.count == 3 && b.count == 3 && a.crc32 == b.crc32 && a.n_classes == 2);
    assert_memory_equal(a.images, b.images, a.bytes);
    assert_memory_equal(a.labels, b.labels, 3);
    assert_string_equal(b.class_name[1], "b");
    dataset_close(&a);
    dataset_close(&b);
}

/* ---- pictures that cannot be read ------------------------------------------------------------ */

static void unreadable(void **state)
{
    const Scratch *s = *state;
    char path[100];
    put_flat(s->folder, "a.png", 2, 2, 10);
    put_file(s->folder, "c.png", "GIF89a", 6);
    put_file(s->folder, "d.png", "", 0);
    put_flat(s->folder, "e.png", 2, 2, 20);
    snprintf(path, sizeof path, "%s/f.png", s->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    snprintf(path, sizeof path, "%s/g.jpg", s->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/h\n.png", s->folder);
    assert_int_equal(symlink("/no/such/place", path), 0);
    snprintf(path, sizeof path, "%s/i.png", s->folder);
    assert_int_equal(symlink("/dev/zero", path), 0);
    for (int threads = 1; threads <= 4; threads += 3)
        for (int size = 0; size <= 2; size += 2) {
            char keys[80];
            parallel_set_threads(threads);
            snprintf(keys, sizeof keys, "split=0 channels=1 size=%d", size);
            expect_refused(s->folder, keys, GT_EDATA, "/c.png: is a GIF picture");
            strcat(keys, " skip_unreadable=true");
            Dataset d;
            expect_open(&d, s->folder, keys);
            assert_int_equal(d.count, 2);
            assert_non_null(strstr(d.warning.at, "6 of 8 pictures cannot be read and are left"));
            assert_true(d.images[0] == 10 && d.images[7] == 20 && d.bytes == 8);
            dataset_close(&d);
        }
    parallel_set_threads(1);
    snprintf(path, sizeof path, "rm '%s'/[ae].png", s->folder);
    assert_int_equal(system(path), 0);
    expect_refused(s->folder, "skip_unreadable=true", GT_EDATA, "none of its 6 pictures");
}

/* ---- progress and the cache ------------------------------------------------------------------ */

static Status stop_at_once(void *context, const char *task, double fraction)
{
    assert_string_equal(task, "decoding pictures");
    if (fraction >= 0)
        *(double *)context = fraction;
    return GT_EINTERRUPT;
}

static void a_request_to_stop(void **state)
{
    const Scratch *s = *state;
    for (int i = 0; i < 50; i++) {
        char name[16];
        snprintf(name, sizeof name, "%02d.png", i);
        put_flat(s->folder, name, 2, 2, 10);
    }
    PictureList l;
    Pictures p;
    Error e = { 0 };
    double reached = 0;
    const PictureOptions o = { 2, 1, 0, false, stop_at_once, &reached };
    assert_int_equal(picture_list_open(&l, s->folder, &e), GT_OK);
    assert_int_equal(pictures_read(&p, &l, &o, &e), GT_EINTERRUPT);
    assert_non_null(strstr(e.text[0], "stopped while decoding pictures"));
    assert_true(reached > 0 && reached < 1 && !p.pixels);
    picture_list_close(&l);
}

static void cached(void **state)
{
    const Scratch *s = *state;
    char cache[64], pictures[64], file[400];
    snprintf(cache, sizeof cache, "%s/cache", s->folder);
    snprintf(pictures, sizeof pictures, "%s/p", s->folder);
    mkdir(pictures, 0777);
    setenv("GANTRAIN_CACHE", cache, 1);
    put_flat(pictures, "a.png", 2, 2, 10);
    put_flat(pictures, "b.png", 2, 2, 20);
    PictureList l;
    Pictures p, q;
    Error e = { 0 };
    const PictureOptions o = { 0, 0, 255, true, NULL, NULL };
    assert_int_equal(picture_list_open(&l, pictures, &e), GT_OK);
    assert_int_equal(pictures_read(&p, &l, &o, &e), GT_OK);
    const PictureKey key = picture_cache_key(&l, &o);
    PictureOptions other = o;
    other.size = 2;
    assert_true(picture_cache_key(&l, &other).place != key.place);
    assert_false(picture_cache_read(&q, key));
    picture_cache_write(&p, key);
    assert_true(picture_cache_read(&q, key));
    assert_true(q.n == 2 && q.shape.c == 1 && q.shape.h == 2 && q.shape.w == 2 && q.bytes == 8);
    assert_memory_equal(q.pixels, p.pixels, 8);
    pictures_free(&q);
    picture_list_close(&l);

    put_flat(pictures, "b.png", 2, 2, 30); /* another time */
    assert_int_equal(picture_list_open(&l, pictures, &e), GT_OK);
    const PictureKey changed = picture_cache_key(&l, &o);
    assert_true(changed.place == key.place && changed.content != key.content);
    assert_false(picture_cache_read(&q, changed));
    picture_list_close(&l);

    snprintf(file, sizeof file, "%s/images-%016llx.bin", cache, (unsigned long long)key.place);
    struct stat st;
    assert_int_equal(stat(file, &st), 0);
    for (off_t at = 0; at < st.st_size; at++) { /* every damaged byte, every cut */
        FILE *f = fopen(file, "r+b");
        uint8_t byte;
        assert_true(f && fseek(f, at, SEEK_SET) == 0 && fread(&byte, 1, 1, f) == 1);
        fseek(f, at, SEEK_SET);
        fputc(byte ^ 0x10, f);
        fclose(f);
        assert_false(picture_cache_read(&q, key));
        assert_null(q.pixels);
        picture_cache_write(&p, key);
    }
    assert_int_equal(truncate(file, st.st_size - 1), 0);
    assert_false(picture_cache_read(&q, key));
    pictures_free(&p);
}

#define IMAGES_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IMAGES_TEST(pictures_in_order),
        IMAGES_TEST(subfolders_are_classes),
        IMAGES_TEST(one_folder_holds_everything),
        IMAGES_TEST(parts_of_a_data_set),
        IMAGES_TEST(nothing_to_read),
        IMAGES_TEST(sizes),
        IMAGES_TEST(channels),
        IMAGES_TEST(an_archive_and_its_folder),
        IMAGES_TEST(unreadable),
        IMAGES_TEST(a_request_to_stop),
        IMAGES_TEST(cached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
