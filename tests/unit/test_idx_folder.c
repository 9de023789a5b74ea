/* Data sets: the folder of IDX files, splits and folders of all kinds, checks of samples; the sides
 * of a PNG. */
#include <math.h>

#include "gantrain/data/dataset.h"
#include "data/arrays/idx_folder.h"
#include "gantrain/io/image.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static Error e;

static const char two_images[] = "\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x01";
static const char two_labels[] = "\0\0\x08\x01\0\0\0\x02";

/* Writes a file of the folder: a header and two bytes. */
static void put(const Scratch *s, const char *name, const char *head, size_t n)
{
    Scratch file = *s;
    char path[128];
    unsigned char bytes[32] = { 0 };
    memcpy(bytes, head, n);
    bytes[n] = 1;
    bytes[n + 1] = 2;
    scratch_put(&file, bytes, n + 2);
    snprintf(path, sizeof path, "%s/%s", s->folder, name);
    assert_int_equal(rename(file.path, path), 0);
}

static void drop(const Scratch *s, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", s->folder, name);
    (void)unlink(path);
}

static IdxOptions options_for(const char *dir)
{
    return (IdxOptions){ .source = { .path = dir,
                                     .part = registry_find(&source_parts, "train"),
                                     .range = registry_find(&pixel_ranges, "unit") },
                         .array = array_defaults,
                         .subset = "" };
}

static Status open_in(const char *dir, Dataset *d)
{
    memset(&e, 0, sizeof e);
    IdxOptions o = options_for(dir);
    const Spec spec = { .is = registry_find(&datasets, "idx"), .options = &o };
    return dataset_open(d, &spec, 1, &e);
}

static void expect(const char *dir, Status code, const char *phrase)
{
    Dataset d;
    const Status s = open_in(dir, &d);
    if (s != code || !strstr(e.text[0], phrase))
        fail_msg("%s: status %d, \"%s\" lacks \"%s\"", dir, (int)s, e.text[0], phrase);
    assert_null(d.images);
    dataset_close(&d);
}

static void files_of_a_folder(void **state)
{
    const Scratch *s = *state;
    Dataset d;
    put(s, "train-images-idx3-ubyte", two_images, 16);
    assert_int_equal(open_in(s->folder, &d), GT_OK);
    assert_true(d.count == 2 && !d.labels);
    dataset_close(&d);

    put(s, "train-images-idx3-ubyte", "\0\0\x08\x04\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\0\0\x01", 20);
    assert_int_equal(open_in(s->folder, &d), GT_OK);
    assert_true(d.count == 2 && d.shape.c == 1);
    dataset_close(&d);

    put(s, "train-labels-idx1-ubyte.gz", two_labels, 8); /* content decides, not the name */
    assert_int_equal(open_in(s->folder, &d), GT_OK);
    assert_true(d.labels && d.labels[1] == 2);
    dataset_close(&d);

    put(s, "train-labels-idx1-ubyte", "\0\0\x08\x01\0\0\0\x03\0", 9); /* preferred to the .gz */
    expect(s->folder, GT_EDATA, "3 labels for 2 images");
    drop(s, "train-labels-idx1-ubyte");
    put(s, "train-labels-idx1-ubyte.gz", "\0\0\x08\x02\0\0\0\x02", 8);
    expect(s->folder, GT_EDATA, "2 dimensions");
    drop(s, "train-labels-idx1-ubyte.gz");

    put(s, "train-images-idx3-ubyte", two_labels, 8);
    expect(s->folder, GT_EDATA, "IDX label file");
    drop(s, "train-images-idx3-ubyte");
}

static void images_too_large(void **state)
{
    const Scratch *s = *state;
    char path[128];
    static const char wide[16] = "\0\0\x08\x03\0\0\0\x01\0\0\x10\x01\0\0\x10";
    put(s, "train-images-idx3-ubyte", wide, 16); /* 1 x 4097 x 4096 */
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte", s->folder);
    assert_int_equal(truncate(path, 16 + 4097L * 4096), 0);
    expect(s->folder, GT_EDATA, "1 images of 16781312 values: at most 2147483647 of 16777216");

    static const char many[16] = "\0\0\x08\x03\x80\0\0\0\0\0\0\x01\0\0\0\x01";
    put(s, "train-images-idx3-ubyte", many, 16); /* 2^31 x 1 x 1, sparse */
    assert_int_equal(truncate(path, 16 + (1L << 31)), 0);
    Dataset d;
    assert_true(open_in(s->folder, &d) != GT_OK); /* or there is no memory for them */
    dataset_close(&d);
    drop(s, "train-images-idx3-ubyte");
}

/* The message names the command that fetches the data. */
static void missing_data_name_the_command(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "/nowhere/fashion", "get-data.sh fashion /nowhere/fashion" },
        { "/nowhere/fashion//", "get-data.sh fashion /nowhere/fashion//" },
        { "mnist-absent/mnist", "get-data.sh mnist " },
        { "fashion", "get-data.sh fashion fashion" },
        { "/nowhere/oldfashion", "get-data.sh mnist " },
        { "/nowhere/passion", "get-data.sh mnist " },
        { "/nowhere/my data/it's", "get-data.sh mnist '/nowhere/my data/it'\\''s'" },
        { "//", "//: a folder without IDX files or pictures: expected a folder with train-" },
        { "/dev/null", "neither a file nor a folder: expected a folder with train-images-idx3" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i][0], GT_EDATA, cases[i][1]);
}

static void invalid_paths(void **state)
{
    (void)state;
    static char dir[6000];
    expect(dir, GT_ECONFIG, "data.dir: expected a folder, got \"\"");
    memset(dir, 'd', 300);
    expect(dir, GT_EDATA, "File name too long");
    memset(dir, 'd', 5000);
    expect(dir, GT_EDATA, "ddd..."); /* as much as fits a message */
}

/* ---- every kind ------------------------------------------------------------------------------ */

static void splits_and_folders(void **state)
{
    const Scratch *s = *state;
    IdxOptions o = options_for(s->folder);
    const Spec images = { .is = registry_find(&datasets, "idx"), .options = &o };
    assert_string_equal(dataset_split(&images), "train");
    assert_string_equal(dataset_path(&images), s->folder);
    assert_true(dataset_range(&images)->low == 0);
    assert_true(dataset_set_path(&images, "elsewhere"));
    assert_string_equal(dataset_path(&images), "elsewhere");

    Dataset d;
    memset(&e, 0, sizeof e);
    assert_int_equal(dataset_open_split(&d, &images, "test", 1, &e), GT_EDATA);
    assert_non_null(strstr(e.text[0], "elsewhere/t10k-images-idx3-ubyte"));
    assert_string_equal(dataset_split(&images), "train"); /* unchanged */

    const Spec points = { .is = registry_find(&datasets, "ring") };
    assert_null(dataset_split(&points));
    assert_null(dataset_path(&points));
    assert_false(dataset_set_path(&points, "elsewhere"));
    assert_null(dataset_range(&points));
    dataset_close(NULL);
}

enum { POINTS = 12 };

/* Points at 0, except for one value. */
static Status open_points(Dataset *d, const Spec *spec, Error *why)
{
    (void)why;
    d->shape = (Shape){ 2, 1, 1 };
    d->count = POINTS;
    d->bytes = 2 * POINTS * sizeof *d->points;
    d->points = calloc(2 * POINTS, sizeof *d->points);
    assert_non_null(d->points);
    d->points[2 * 7 + 1] = *(const real *)spec->options;
    return GT_OK;
}

static void points_are_finite(void **state)
{
    (void)state;
    const DatasetKind kind = { .is = { "points", "-", "-", NULL, 0 },
                               .samples = SAMPLES_POINTS,
                               .open = open_points };
    real value[] = { (real)NAN, (real)INFINITY, -(real)INFINITY, 1 };
    Dataset d;
    for (int i = 0; i < 4; i++) {
        const Spec spec = { .is = &kind.is, .options = &value[i] };
        memset(&e, 0, sizeof e);
        assert_int_equal(dataset_open(&d, &spec, 1, &e), i < 3 ? GT_EDATA : GT_OK);
        assert_true(i == 3 ? d.points != NULL : !d.points);
        assert_true(i == 3 || strstr(e.text[0], "value 1 of point 7"));
    }
    dataset_close(&d);
}

/* ---- the sides of a picture ------------------------------------------------------------------ */

static void sides(void **state)
{
    (void)state;
    enum { N = 64 };
    static const struct {
        const char *size; /* [8] */
        bool good;
    } cases[] = {
        { "\0\0\0\x05\0\0\0\x07", true },        { "\0\0\0\0\0\0\0\x07", false },
        { "\0\0\0\x05\0\0\0\0", false },         { "\x80\0\0\0\0\0\0\x07", false },
        { "\0\0\0\x05\xff\xff\xff\xff", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t at[N] = "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR";
        int width = 0, height = 0;
        memcpy(at + 16, cases[i].size, 8);
        memcpy(at + N - 12, "\0\0\0\0IEND\xAE\x42\x60\x82", 12);
        assert_int_equal(png_dimensions(at, N, &width, &height), cases[i].good);
        assert_true(!cases[i].good || (width == 5 && height == 7));
        assert_false(png_dimensions(at, 35, &width, &height));
        assert_false(png_dimensions(at, N - 1, &width, &height));
        at[1] = 'p';
        assert_false(png_dimensions(at, N, &width, &height));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(files_of_a_folder),
        SCRATCH_TEST(images_too_large),
        cmocka_unit_test(missing_data_name_the_command),
        cmocka_unit_test(invalid_paths),
        SCRATCH_TEST(splits_and_folders),
        cmocka_unit_test(points_are_finite),
        cmocka_unit_test(sides),
    };
    return cmocka_run_group_tests_name("idx folder", tests, NULL, NULL);
}
