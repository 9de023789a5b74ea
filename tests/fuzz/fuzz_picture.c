/* A picture of others. The first byte selects the form: the file (even), or chunks of a PNG that
 * get correct checksums, so that they reach the decoder (odd). */
#include "fuzz.h"
#include "gantrain/io/picture.h"
#include "png_chunks.h"

enum { MOST = 1 << 14, PIXELS = 1 << 20, BACKGROUND = 100 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[3 * MOST];
    static Error e;
    Picture p = { 0 };
    PictureHead h;
    e.code = GT_OK;
    e.lines = 0;
    if (size < 1 || size > MOST)
        return 0;
    const bool chunks = data[0] & 1;
    const size_t n = chunks ? fuzz_put_chunks(file, data + 1, size - 1) : size - 1;
    const uint8_t *at = chunks ? file : data + 1;
    Status s = picture_examine(at, n, &h, &e);
    must_report(s, &e);
    if (s != GT_OK || (int64_t)h.width * h.height > PIXELS) /* large ones take long to decode */
        return 0;
    s = picture_decode(at, n, BACKGROUND, &p, &e);
    must_report(s, &e);
    must((s == GT_OK) == (p.at != NULL), "a picture has pixels");
    if (s == GT_OK) {
        must(p.width == h.width && p.height == h.height, "the head has the size");
        must(p.channels == 1 || p.channels == 3, "grey or colour");
        must(p.channels == h.channels, "the head has the channels");
    }
    picture_free(&p);
    return 0;
}
