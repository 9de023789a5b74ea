/* A .npy file, as a matrix and as samples. An accepted matrix is written and read again. */
#include <math.h>

#include "data/arrays/array_samples.h"
#include "data/arrays/npy_file.h"
#include "fuzz.h"

static Error e;

static void clear(void)
{
    e.code = GT_OK;
    e.lines = 0;
}

static void read_matrix(const uint8_t *data, size_t size)
{
    float *at = NULL, *again = NULL;
    int rows = 0, cols = 0, same_rows = 0, same_cols = 0;
    clear();
    fuzz_set_file(data, size);
    const Status s = npy_read("input", &at, &rows, &cols, &e);
    must_report(s, &e);
    if (s != GT_OK)
        return;
    must(npy_write("out", (View){ rows, cols, at }, 1, &e) == GT_OK,
         "an accepted file can be written");
    size_t n = 0;
    const uint8_t *file = fuzz_written(&n);
    fuzz_set_file(file, n);
    must(npy_read("out", &again, &same_rows, &same_cols, &e) == GT_OK, "and read again");
    must(rows == same_rows && cols == same_cols, "the shape is the same");
    for (size_t i = 0; i < (size_t)rows * (size_t)cols; i++)
        must(isnan(at[i]) ? isnan(again[i]) : memcmp(&at[i], &again[i], sizeof *at) == 0,
             "a number is the same"); /* scaling may quiet a NaN */
    free(at);
    free(again);
}

static Status read_array(Dataset *d, Array *a)
{
    ArrayRange values;
    if (a->rank < 3)
        return array_to_points(d, a, &e);
    TRY(array_values(a, &array_defaults, &values, &e));
    return array_to_images(d, a, &array_defaults, values, &e);
}

static void read_samples(const char *path)
{
    Array a;
    Dataset d = { 0 };
    clear();
    Status s = npy_open(&a, path, &e);
    if (s == GT_OK)
        s = read_array(&d, &a);
    must_report(s, &e);
    array_close(&a);
    if (s == GT_OK)
        must(d.count > 0 && shape_size(d.shape) > 0, "there are samples");
    dataset_close(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_matrix(data, size);
    read_samples(fuzz_temp_path(data, size));
    return 0;
}
