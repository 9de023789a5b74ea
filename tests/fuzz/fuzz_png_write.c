/* A grid of tiles from the bytes, written as PNG and read by libpng: the same picture. */
#include "fuzz.h"
#include "gantrain/io/image.h"

enum { HEAD = 11, TILES = 1 << 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t tiles[TILES];
    static Error e;
    Picture painted, read;
    e.code = GT_OK;
    e.lines = 0;
    if (size < HEAD)
        return 0;
    const Grid g = { .rows = 1 + data[0] % 4,
                     .cols = 1 + data[1] % 4,
                     .channels = data[2] & 1 ? 3 : 1,
                     .height = 1 + data[3] % 9,
                     .width = 1 + data[4] % 9,
                     .gap = data[5] % 3,
                     .zoom = 1 + data[6] % 3,
                     .background = data[7],
                     .rule_row = data[8] % (1 + data[0] % 4),
                     .rule_col = data[9] % (1 + data[1] % 4) };
    const size_t body = size - HEAD < TILES ? size - HEAD : TILES;
    memset(tiles, data[10], sizeof tiles);
    memcpy(tiles, data + HEAD, body);
    const int n = data[10] % (g.rows * g.cols + 1);
    must(grid_paint(&g, tiles, n, "out", &painted, &e) == GT_OK, "small pictures are painted");
    must(png_write_grid("out", &g, tiles, n, &e) == GT_OK, "and written");
    size_t bytes = 0;
    const uint8_t *file = fuzz_written(&bytes);
    fuzz_set_file(file, bytes);
    must(png_read(&read, "out", &e) == GT_OK, "and read");
    must(read.width == painted.width && read.height == painted.height &&
             read.channels == painted.channels &&
             memcmp(read.at, painted.at, picture_bytes(&read)) == 0,
         "the same picture");
    picture_free(&painted);
    picture_free(&read);
    return 0;
}
