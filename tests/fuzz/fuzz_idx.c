/* An IDX file, read as bytes, and as samples: images or labels of any type. An accepted file of
 * bytes has the size in its header, and encoding it gives the same file. */
#include "data/arrays/array_samples.h"
#include "data/arrays/idx_array.h"
#include "fuzz.h"
#include "gantrain/data/idx.h"

static Error e;

static void clear(void)
{
    e.code = GT_OK;
    e.lines = 0;
}

static void read_bytes(const char *path, int rank, const uint8_t *data, size_t size)
{
    Idx x;
    clear();
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

static Status read_array(Dataset *d, Array *a, int rank)
{
    ArrayRange values;
    if (rank == 1) {
        d->count = (int)(a->extent[0] & 0xffff);
        return array_to_labels(d, a, &e);
    }
    TRY(array_values(a, &array_defaults, &values, &e));
    return array_to_images(d, a, &array_defaults, values, &e);
}

static void read_samples(const char *path, int rank)
{
    Array a;
    Dataset d = { 0 };
    clear();
    Status s = idx_open(&a, path, rank, &e);
    if (s == GT_OK)
        s = read_array(&d, &a, rank);
    must_report(s, &e);
    array_close(&a);
    if (s == GT_OK && rank == 3)
        must(d.bytes == (size_t)d.count * (size_t)shape_size(d.shape), "the shape is the size");
    dataset_close(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_temp_path(data, size);
    const int rank = size > 3 && data[3] == 1 ? 1 : 3;
    read_bytes(path, rank, data, size);
    read_samples(fuzz_temp_path(data, size), rank);
    return 0;
}
