/* A .npy file; an accepted one is written and read again. */
#include <math.h>

#include "fuzz.h"
#include "gantrain/io/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Error e;
    float *at = NULL, *again = NULL;
    int rows = 0, cols = 0, same_rows = 0, same_cols = 0;
    e.code = GT_OK;
    e.lines = 0;
    fuzz_set_file(data, size);
    const Status s = npy_read("input", &at, &rows, &cols, &e);
    must_report(s, &e);
    if (s != GT_OK)
        return 0;
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
    return 0;
}
