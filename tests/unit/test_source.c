/* The part of a source and the classes that are kept, in the order of the source. */
#include <stdlib.h>

#include "data/source.h"
#include "support/nets.h"

enum { COUNT = 100, CLASSES = 4 };

/* Image i is the byte i, of class i modulo 4. */
static Status open_bytes(Dataset *d, const Spec *spec, Error *why)
{
    (void)spec;
    (void)why;
    d->shape = (Shape){ 1, 1, 1 };
    d->count = d->stored = COUNT;
    d->bytes = COUNT;
    d->images = malloc(COUNT);
    d->labels = malloc(COUNT);
    assert_true(d->images && d->labels);
    for (int i = 0; i < COUNT; i++) {
        d->images[i] = (uint8_t)i;
        d->labels[i] = (uint8_t)(i % CLASSES);
    }
    return GT_OK;
}

static const DatasetKind bytes = { .is = { "bytes", "-", "-", NULL, sizeof(SourceOptions) },
                                   .path_key = "dir",
                                   .splits = true,
                                   .open = open_bytes,
                                   .gather = source_gather_images };

static Status open_split(Dataset *d, SourceOptions *o, const char *split, uint64_t seed, Error *e)
{
    const Spec spec = { .is = &bytes.is, .options = o };
    o->range = registry_find(&pixel_ranges, "unit");
    o->path = "bytes";
    *e = (Error){ 0 };
    return dataset_open_split(d, &spec, split, seed, e);
}

static void a_share_is_kept_for_the_test(void **state)
{
    (void)state;
    static Error e;
    SourceOptions o = { .split = 0.2 };
    Dataset train, test, other;
    int seen[COUNT] = { 0 };
    assert_int_equal(open_split(&train, &o, "train", 1, &e), GT_OK);
    assert_int_equal(open_split(&test, &o, "test", 1, &e), GT_OK);
    assert_int_equal(open_split(&other, &o, "test", 2, &e), GT_OK);
    assert_true(train.count == 80 && train.bytes == 80 && test.count == 20 && test.stored == 20);
    for (int i = 0; i < train.count; i++)
        seen[train.images[i]]++;
    for (int i = 0; i < test.count; i++) {
        seen[test.images[i]]++;
        assert_int_equal(test.labels[i], test.images[i] % CLASSES);
        assert_true(i == 0 || test.images[i - 1] < test.images[i]);
    }
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(seen[i], 1);
    assert_memory_not_equal(test.images, other.images, 20);
    dataset_close(&train);
    dataset_close(&test);
    dataset_close(&other);
}

static void classes_are_kept(void **state)
{
    (void)state;
    static Error e;
    const char *words[] = { "3", "1" }, *none[] = { "200" }, *wrong[] = { "cat" };
    SourceOptions o = { .split = 0, .classes = { words, 2 } };
    Dataset d;
    assert_int_equal(open_split(&d, &o, "train", 1, &e), GT_OK);
    assert_int_equal(d.count, COUNT / 2);
    for (int i = 0; i < d.count; i++)
        assert_true(d.images[i] == 2 * i + 1 && d.labels[i] == d.images[i] % CLASSES);
    dataset_close(&d);

    o.classes = (Texts){ none, 1 };
    assert_int_equal(open_split(&d, &o, "train", 1, &e), GT_ECONFIG);
    assert_non_null(strstr(e.text[0], "data.classes: none of the 100 samples of bytes are left"));
    assert_null(d.images);
    o.classes = (Texts){ wrong, 1 };
    assert_int_equal(open_split(&d, &o, "train", 1, &e), GT_ECONFIG);
    assert_non_null(strstr(e.text[0], "data.classes: \"cat\": no such class"));
}

static void without_a_share_there_is_no_test(void **state)
{
    (void)state;
    static Error e;
    SourceOptions o = { .split = 0 };
    Dataset d;
    assert_int_equal(open_split(&d, &o, "test", 1, &e), GT_ECONFIG);
    assert_non_null(strstr(e.text[0], "data.split: 0: no samples of bytes are kept"));
    assert_int_equal(open_split(&d, &o, "train", 1, &e), GT_OK);
    assert_int_equal(d.count, COUNT);
    dataset_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_is_kept_for_the_test),
        cmocka_unit_test(classes_are_kept),
        cmocka_unit_test(without_a_share_there_is_no_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
