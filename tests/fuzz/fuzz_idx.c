/* An IDX file, read as images or labels. An accepted file has the size in its header, and encoding
 * it gives the same file. */
#include "fuzz.h"
#include "gantrain/data/idx.h"

static void read_as(const char *path, int rank, const uint8_t *data, size_t size)
{
    Idx x;
    static Error e;
    e.code = GT_OK;
    e.lines = 0;
    const Status s = idx_read(&x, path, rank, &e);
    must_report(s, &e);
    if (s != GT_OK)
        return;
    uint8_t *file = NULL;
    size_t n = 0;
    must(idx_encode(x.extent, x.rank, x.data, &file, &n, &e) == GT_OK,
         "an accepted file can be encoded");
    if (size < 2 || data[0] != 0x1f || data[1] != 0x8b)
        must(n == size && memcmp(file, data, n) == 0, "it is the same file");
    free(file);
    idx_free(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_temp_path(data, size);
    read_as(path, size > 3 && data[3] == 1 ? 1 : 3, data, size);
    return 0;
}
