/* A zip archive: everything that it announces is read. */
#include "fuzz.h"
#include "gantrain/io/zip.h"

enum { LIMIT = 1 << 16, ENTRIES = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Error e;
    Zip z;
    e.code = GT_OK;
    e.lines = 0;
    const Status s = zip_open(&z, fuzz_temp_path(data, size), GT_EDATA, &e);
    must_report(s, &e);
    for (int i = 0; s == GT_OK && i < z.n && i < ENTRIES; i++) {
        Bytes b;
        e.code = GT_OK;
        e.lines = 0;
        const Status read = zip_read(&z, i, LIMIT, &b, &e);
        must_report(read, &e);
        must((read == GT_OK) == (b.at != NULL), "bytes, or a failure");
        must(read != GT_OK || (b.size == z.entry[i].size && b.size <= LIMIT), "the size announced");
        must(strlen(z.entry[i].name) <= size, "a name within the file");
        bytes_free(&b);
    }
    zip_close(&z);
    return 0;
}
