/* One case for each warning about data, and data that give none. */
#include <string.h>

#include "data/source.h"
#include "survey/survey_parts.h"

#include "support/nets.h"

enum { COUNT = 1000, SIDE = 4, IMAGE = SIDE * SIDE, DIM = 4 };

static const Option image_keys[] = {
    { .name = "values" }, { .name = "size" }, { .name = "classes" }, OPT_END
};
static const Option point_keys[] = { { .name = "standardize" }, { .name = "columns" }, OPT_END };
static const DatasetKind bare = { .is = { "bare", "-", "-", NULL, 0 } };
static const DatasetKind image_kind = { .is = { "pictures", "-", "-", image_keys, 0 },
                                        .path_key = "dir",
                                        .splits = true };
static const DatasetKind point_kind = { .is = { "table", "-", "-", point_keys, 0 } };

typedef struct Case {
    Dataset data;
    uint8_t images[COUNT * IMAGE], labels[COUNT];
    real points[COUNT * DIM];
    Json config;
    Text lines;
} Case;

static Case c;

/* Images of random bytes, or points of about N(0, 1). */
static void begin(bool images)
{
    uint32_t x = 1;
    memset(&c, 0, sizeof c);
    c.data = (Dataset){ .kind = images ? &image_kind : &point_kind, .count = COUNT };
    for (int i = 0; i < COUNT * IMAGE; i++) {
        x = x * 1664525 + 1013904223;
        c.images[i] = (uint8_t)(x >> 24);
        if (i < COUNT * DIM)
            c.points[i] = (real)((double)x / 4294967296.0 - 0.5) * 3;
    }
    if (images) {
        c.data.shape = (Shape){ 1, SIDE, SIDE };
        c.data.stored = COUNT;
        c.data.images = c.images;
        c.data.bytes = sizeof c.images;
    } else {
        c.data.shape = (Shape){ DIM, 1, 1 };
        c.data.points = c.points;
        c.data.bytes = sizeof c.points;
    }
}

/* The warnings are exactly the lines `expected` ("": none), with these beginnings. */
static void expect_for(const char *config, const char *expected)
{
    static Error e;
    static Config read;
    assert_int_equal(json_parse(&c.config, config, strlen(config), "test", 0, &e), GT_OK);
    read.file.root = c.config.root;
    assert_int_equal(survey_warnings(&c.data, &read, &c.lines, &e), GT_OK);
    const char *found = c.lines.at ? c.lines.at : "";
    if (*expected ? strncmp(found, expected, strlen(expected)) != 0 ||
                        strchr(found, '\n') != found + strlen(found) - 1
                  : *found)
        fail_msg("expected \"%s\", got \"%s\"", expected, found);
    text_free(&c.lines);
    json_free(&c.config);
}

static void expect(const char *expected)
{
    expect_for("{}", expected);
}

static void copy_image(int to, int from)
{
    memcpy(c.images + to * IMAGE, c.images + from * IMAGE, IMAGE);
}

static void good_data_give_none(void **state)
{
    (void)state;
    begin(true);
    expect("");
    for (int i = 0; i < COUNT; i++)
        c.labels[i] = (uint8_t)(i % 3);
    c.data.labels = c.labels;
    expect("");
    begin(false);
    expect("");
    c.data.count = 1;
    c.data.bytes = DIM * sizeof(real);
    expect(""); /* one point may be meant */
}

static void equal_few_and_copied_samples(void **state)
{
    (void)state;
    begin(true);
    for (int i = 0; i < COUNT; i++)
        copy_image(i, 0);
    expect("all 1000 images are equal: there is nothing to learn; check data.dir");
    begin(true);
    for (int i = 9; i < COUNT; i++)
        copy_image(i, i % 9);
    expect("1000 images, but only 9 different ones");
    begin(true);
    for (int i = 0; i < 50; i++)
        copy_image(COUNT - 1 - i, i);
    expect("");
    copy_image(500, 0);
    expect("51 of 1000 images are copies of others (5 %): remove them, or data.split puts");
    begin(false);
    memcpy(c.points + COUNT / 2 * DIM, c.points, sizeof c.points / 2);
    expect("500 of 1000 points are copies of others (50 %): remove them; they count many");
    c.data.shape.c = 1; /* numbers may repeat by nature */
    c.data.count = COUNT * DIM;
    expect("");
}

static void ranges_of_pixels(void **state)
{
    (void)state;
    static const struct {
        int low, high;
        const char *warning;
    } cases[] = {
        { 0, 1,
          "pixels are 0..1 of 0..255: the images are dark: expected values up to 255; "
          "set data.values to [0, 1]" },
        { 0, 15, "pixels are 0..15 of 0..255: the images are dark" },
        { 0, 127, "pixels are 0..127 of 0..255: the images are dark" },
        { 0, 128, "" },
        { 130, 250, "pixels are 130..250 of 0..255: the images are bright" },
        { 100, 180, "pixels are 100..180 of 0..255: the images are of low contrast" },
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        begin(true);
        c.data.white = 255;
        for (int i = 0; i < COUNT * IMAGE; i++)
            c.images[i] =
                (uint8_t)(cases[k].low + c.images[i] * (cases[k].high - cases[k].low + 1) / 256);
        expect(cases[k].warning);
    }
    c.data.black = -1;
    c.data.white = 1;
    expect("pixels are 100..180 of 0..255: the images are of low contrast: expected values up to "
           "255; set data.values to [-0.215686, 0.411765]");
    c.data.kind = &bare;
    expect("pixels are 100..180 of 0..255: the images are of low contrast: expected values up to "
           "255; scale the values in the files");
    begin(true); /* different images that show hardly anything */
    for (int i = 0; i < COUNT; i++)
        for (int j = 0, rest = i; j < IMAGE; j++, rest /= 3)
            c.images[i * IMAGE + j] = (uint8_t)(7 + rest % 3);
    c.images[0] = 200;
    expect("nearly all pixels are equal: mean 7");
}

static void columns_of_points(void **state)
{
    (void)state;
    begin(false);
    for (int i = 0; i < COUNT; i++)
        c.points[i * DIM + 1] = 5;
    expect(""); /* the reader has warned */
    expect_for("{\"data\": {\"standardize\": false}}",
               "column \"x2\": 5 in every row: leave it out (data.columns)");
    begin(false);
    for (int i = 0; i < COUNT; i++) {
        c.points[i * DIM + 1] *= 1000;
        c.points[i * DIM + 3] /= 1000;
    }
    expect("column \"x2\" and 1 more: the nets see a mean of");
    c.data.kind = &bare;
    expect("column \"x2\" and 1 more: the nets see a mean of");
    begin(false);
    for (int i = 0; i < COUNT; i++)
        c.points[i * DIM] += 1000;
    expect("column \"x1\": the nets see a mean of 1e+03 and a deviation of 0.8");
    begin(false);
    for (int i = 0; i < COUNT; i++)
        c.points[i * DIM + 2] /= 10;
    c.points[2] = 90;
    expect(""); /* one of a thousand cannot be forty deviations away */
}

static void outliers(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    static real x[MANY];
    begin(false);
    for (int i = 0; i < MANY; i++)
        x[i] = (real)(i % 100) / 50 - 1;
    x[10000] = 50;
    c.data.points = x;
    c.data.shape = (Shape){ 1, 1, 1 };
    c.data.count = MANY;
    c.data.bytes = sizeof x;
    expect("column \"x1\": values reach from -1 to 50, but most lie close to");
}

static void classes(void **state)
{
    (void)state;
    begin(true);
    memset(c.labels, 3, sizeof c.labels);
    c.data.labels = c.labels;
    expect("all labels are 3: with one class they say nothing");
    expect_for("{\"data\": {\"classes\": [3]}}", "");
    c.labels[0] = NO_LABEL;
    expect("all labels are 3: with one class");
    for (int i = 0; i < 47; i++)
        c.labels[i] = 1;
    expect("class 1 has 47 images, class 3 has 953: what is rare is hardly learned; "
           "data.classes keeps");
    static char *names[] = { "apple", "bear", "cat", "dog" };
    c.data.class_name = names;
    c.data.n_classes = 4;
    expect("class bear (1) has 47 images, class dog (3) has 953");
    c.labels[47] = 1;
    expect("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_data_give_none),
        cmocka_unit_test(equal_few_and_copied_samples),
        cmocka_unit_test(ranges_of_pixels),
        cmocka_unit_test(columns_of_points),
        cmocka_unit_test(outliers),
        cmocka_unit_test(classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
