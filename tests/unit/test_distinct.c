/* Data that are looked through when they are opened: how many samples differ, whether numbers are finite. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/data/dataset.h"

#include <cmocka.h> /* last: it has a macro fail() */

enum { MADE = 12 };

/* Points that a source might hand over. */
static Status open_made(Dataset *d, const Spec *spec, Error *e)
{
    (void)e;
    const double *odd = spec->options;
    d->count = MADE;
    d->shape = (Shape){ 2, 1, 1 };
    d->bytes = 2 * MADE * sizeof *d->points;
    d->points = calloc(2 * MADE, sizeof *d->points);
    assert_non_null(d->points);
    d->points[2 * 7 + 1] = (real)*odd;
    return GT_OK;
}

static void test_points_are_finite(void **state)
{
    (void)state;
    static const DatasetKind made = { .is = { "made", "", "-", NULL, 0 }, .open = open_made };
    static Dataset d;
    static Error e;
    double odd[] = { (double)NAN, (double)INFINITY, -(double)INFINITY, 1 };
    for (int i = 0; i < 4; i++) {
        const Spec spec = { .is = &made.is, .options = &odd[i] };
        e = (Error){ 0 };
        assert_int_equal(dataset_open(&d, &spec, 0, &e), i < 3 ? GT_EDATA : GT_OK);
        assert_true(i == 3 || strstr(e.text[0], "value 1 of point 7"));
    }
    assert_int_equal(dataset_count_distinct(&d, 10), 2);
    assert_int_equal(dataset_count_distinct(&d, 1), 1);
    for (int i = 0; i < MADE; i++)
        d.points[2 * i] = (real)(i / 2);
    assert_int_equal(dataset_count_distinct(&d, 10),
                     7); /* six, and one that differs in its other value */
    assert_int_equal(dataset_count_distinct(&d, 6), 6);
    dataset_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points_are_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
