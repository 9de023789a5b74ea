/* A PNG. The first byte selects the form: the file (even), or chunks that get correct checksums,
 * so that they reach the decoder (odd). */
#include "fuzz.h"
#include "gantrain/io/image.h"
#include "png_chunks.h"

enum { MOST = 1 << 14 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[3 * MOST];
    static Error e;
    Picture p;
    int width = 0, height = 0;
    e.code = GT_OK;
    e.lines = 0;
    if (size < 1 || size > MOST)
        return 0;
    const bool chunks = data[0] & 1;
    const size_t n = chunks ? fuzz_put_chunks(file, data + 1, size - 1) : size - 1;
    const uint8_t *png = chunks ? file : data + 1;
    fuzz_set_file(png, n);
    const Status s = png_read(&p, "input", &e);
    must_report(s, &e);
    if (s == GT_OK)
        must(png_dimensions(png, n, &width, &height) && width == p.width && height == p.height,
             "both readers find the same size");
    picture_free(&p);
    return 0;
}
