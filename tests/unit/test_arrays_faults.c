/* Memory and system calls that fail while arrays are read: the status and a message. */
#include "support/faults.h"

#include "data/arrays/array_samples.h"
#include "data/arrays/npy_file.h"
#include "data/arrays/npz_file.h"
#include "support/zip_files.h"

#include "support/scratch.h" /* last: cmocka has a macro fail(), which (fail) is not */

enum { HEAD = 10, VALUES = 12 };

/* [2,2,3] float32: 0, 0.25 ... */
static size_t make_npy(unsigned char out[256])
{
    static const char dict[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 3), }\n";
    float values[VALUES];
    for (int i = 0; i < VALUES; i++)
        values[i] = (float)(i % 5) / 4;
    memcpy(out, "\x93NUMPY\1\0\0\0", HEAD);
    out[HEAD - 2] = sizeof dict - 1;
    memcpy(out + HEAD, dict, sizeof dict - 1);
    memcpy(out + HEAD + sizeof dict - 1, values, sizeof values);
    return HEAD + sizeof dict - 1 + sizeof values;
}

static Status read_images(Array *a, Error *e)
{
    Dataset d = { 0 };
    ArrayRange values;
    Status s = array_values(a, &array_defaults, &values, e);
    if (s == GT_OK)
        s = array_to_images(&d, a, &array_defaults, values, e);
    if (s == GT_OK && d.note.failed) /* dataset_open reports it */
        s = (fail)(e, GT_ERESOURCE, "no memory for the note");
    if (s == GT_OK)
        assert_true(d.count == 2 && d.shape.w == 3 && d.images[1] == 64);
    dataset_close(&d);
    return s;
}

static Status read_file(void *me, Error *e)
{
    Array a;
    TRY(npy_open(&a, me, e));
    const Status s = read_images(&a, e);
    array_close(&a);
    return s;
}

static Status read_entry(Zip *z, Error *e)
{
    Array a;
    NpzMembers m;
    TRY(npz_choose(z, "", "", false, &m, e));
    TRY(npz_open(&a, z, m.samples, e));
    const Status s = read_images(&a, e);
    array_close(&a);
    return s;
}

static Status read_archive(void *me, Error *e)
{
    Zip z;
    TRY(zip_open(&z, me, GT_EDATA, e));
    const Status s = read_entry(&z, e);
    zip_close(&z);
    return s;
}

static void files(void **state)
{
    Scratch *f = *state;
    unsigned char npy[256];
    scratch_put(f, npy, make_npy(npy));
    fail_each(MEMORY, 0, GT_ERESOURCE, read_file, f->path);
    fail_each("open", EMFILE, GT_ERESOURCE, read_file, f->path);
    fail_each("read", EIO, GT_EDATA, read_file, f->path);
    bend_each("read", EINTR, read_file, f->path);
    bend_each("read", 0, read_file, f->path);
}

static void archives(void **state)
{
    Scratch *f = *state;
    unsigned char npy[256];
    const size_t n = make_npy(npy);
    for (unsigned method = 0; method <= 8; method += 8) {
        ZipMaker z = { 0 };
        zip_add(&z, "x_train.npy", npy, n, (ZipHow){ .method = method });
        zip_add(&z, "other.npy", npy, n, (ZipHow){ .method = method });
        Text file = zip_finish(&z, false, "");
        scratch_put(f, file.at, file.used);
        text_free(&file);
        fail_each(MEMORY, 0, GT_ERESOURCE, read_archive, f->path);
        fail_each("read", EIO, GT_EDATA, read_archive, f->path);
        bend_each("read", EINTR, read_archive, f->path);
    }
    fail_each(ZLIB, Z_MEM_ERROR, GT_ERESOURCE, read_archive, f->path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(files),
        SCRATCH_TEST(archives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
