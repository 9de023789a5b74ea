/* An .npz archive: the array that would be the samples, and each of its arrays, as points. */
#include "data/arrays/array_samples.h"
#include "data/arrays/npz_file.h"
#include "fuzz.h"

static Error e;

static void clear(void)
{
    e.code = GT_OK;
    e.lines = 0;
}

static void read_array(const Zip *z, int i)
{
    Array a;
    Dataset d = { 0 };
    ArrayRange range;
    clear();
    Status s = npz_open(&a, z, i, &e);
    if (s == GT_OK)
        s = array_range(&a, &range, &e);
    if (s == GT_OK)
        s = array_to_points(&d, &a, &e);
    must_report(s, &e);
    must(s != GT_OK || (d.count > 0 && shape_size(d.shape) > 0), "there are points");
    array_close(&a);
    dataset_close(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = 4 };
    Zip z;
    NpzMembers m;
    clear();
    const Status s = zip_open(&z, fuzz_temp_path(data, size), GT_EDATA, &e);
    must_report(s, &e);
    if (s != GT_OK)
        return 0;
    must_report(npz_choose(&z, "", "", true, &m, &e), &e);
    must(e.code != GT_OK || (m.samples < z.n && m.labels < z.n), "entries of the archive");
    for (int i = 0; i < z.n && i < MOST; i++)
        read_array(&z, i);
    zip_close(&z);
    return 0;
}
