/* A .npy file; what is accepted is written and read again. */
#include "fuzz.h"
#include "gantrain/io/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Error e;
    float *at = NULL, *again = NULL;
    int rows = 0, cols = 0, same_rows = 0, same_cols = 0;
    e.code = GT_OK;
    e.lines = 0;
    fuzz_give(data, size);
    const Status s = npy_read("input", &at, &rows, &cols, &e);
    must_tell(s, &e);
    if (s != GT_OK)
        return 0;
    const size_t bytes = (size_t)rows * (size_t)cols * sizeof *at;
    must(npy_write("out", at, rows, cols, &e) == GT_OK, "what was read can be written");
    size_t n = 0;
    const uint8_t *file = fuzz_taken(&n);
    fuzz_give(file, n);
    must(npy_read("out", &again, &same_rows, &same_cols, &e) == GT_OK, "and read again");
    must(rows == same_rows && cols == same_cols && memcmp(at, again, bytes) == 0, "the same");
    free(at);
    free(again);
    return 0;
}
