/* An IDX file as it is, asked for images and for labels. What is accepted has the size its header says, and is
 * the file again when it is encoded. */
#include "fuzz.h"
#include "gantrain/data/idx.h"

static void read_as(const char *path, int rank, const uint8_t *data, size_t size)
{
    Idx x;
    static Error e;
    e.code = GT_OK;
    e.lines = 0;
    const Status s = idx_read(&x, path, rank, &e);
    must_tell(s, &e);
    if (s != GT_OK)
        return;
    uint8_t *file = NULL;
    size_t n = 0;
    must(idx_encode(x.extent, x.rank, x.data, &file, &n, &e) == GT_OK,
         "what was read can be encoded");
    if (size < 2 || data[0] != 0x1f || data[1] != 0x8b)
        must(n == size && memcmp(file, data, n) == 0, "it is the same file");
    free(file);
    idx_free(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    read_as(path, size > 3 && data[3] == 1 ? 1 : 3, data, size);
    return 0;
}
