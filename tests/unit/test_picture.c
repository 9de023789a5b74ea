/* Decoding: every type of PNG and JPEG, every orientation, every cut, sizes that are too large. */
#include "gantrain/io/picture.h"
#include "support/picture_files.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

enum { BACKGROUND = 100, W = 11, H = 9 };

static Picture decode(const Text *file)
{
    Picture p;
    Error e = { 0 };
    if (picture_decode((const uint8_t *)file->at, file->used, BACKGROUND, &p, &e) != GT_OK)
        fail_msg("%s", e.text[0]);
    return p;
}

/* ---- PNG ------------------------------------------------------------------------------------- */

static unsigned value(int x, int y, int k)
{
    return (unsigned)(x * 7919 + y * 104729 + k * 1299709 + x * y * 31);
}

static const uint8_t palette[16 * 3] = { 1,   2,   3,   50, 60, 70, 200, 100, 0,   9,   8,   7,
                                         255, 254, 253, 11, 12, 13, 70,  71,  72,  128, 0,   255,
                                         31,  32,  33,  41, 42, 43, 51,  52,  53,  61,  62,  63,
                                         81,  82,  83,  91, 92, 93, 101, 102, 103, 250, 251, 252 };
static const uint8_t alphas[3] = { 0, 77, 255 };
static const uint8_t grey_key[2] = { 0, 3 };

static unsigned palette_index(int x, int y, int k)
{
    (void)k;
    return (unsigned)(x + 2 * y) & 15;
}

static unsigned few_levels(int x, int y, int k)
{
    (void)k;
    return (unsigned)(x + y) & 3;
}

/* A value with 8 bits, by the specification, section 13.12. */
static int eight_bits(unsigned v, int depth)
{
    v &= (1u << depth) - 1;
    return (int)((v * 255u + ((1u << depth) - 1) / 2) / ((1u << depth) - 1));
}

/* Channel k of a pixel, where the last channel may be alpha; 255 for opaque. */
static int channel(const PngFile *f, int x, int y, int k, int *alpha)
{
    const unsigned v = f->value(x, y, 0) & ((1u << f->depth) - 1);
    *alpha = 255;
    if (f->type == 3) {
        const int i = (int)v;
        *alpha = i < f->n_transparency ? f->transparency[i] : 255;
        return f->palette[3 * i + k];
    }
    if (f->type & 4)
        *alpha = eight_bits(f->value(x, y, png_channels(f->type) - 1), f->depth);
    else if (f->transparency)
        *alpha = v == f->transparency[1] ? 0 : 255;
    return eight_bits(f->value(x, y, k), f->depth);
}

static void expect_png(PngFile f)
{
    for (int interlaced = 0; interlaced <= 1; interlaced++) {
        f.interlaced = interlaced;
        Text file = png_file(&f);
        Picture p = decode(&file);
        assert_int_equal(p.width, W);
        assert_int_equal(p.height, H);
        assert_int_equal(p.channels, f.type & 2 ? 3 : 1);
        for (int i = 0; i < W * H * p.channels; i++) {
            int alpha;
            const int k = i % p.channels, x = i / p.channels % W, y = i / p.channels / W;
            const int v = channel(&f, x, y, k, &alpha);
            const int want = (v * alpha + BACKGROUND * (255 - alpha) + 127) / 255;
            if (p.at[i] != want)
                fail_msg("type %d depth %d interlaced %d: (%d,%d,%d) is %d, expected %d", f.type,
                         f.depth, interlaced, x, y, k, p.at[i], want);
        }
        picture_free(&p);
        text_free(&file);
    }
}

static void every_png(void **state)
{
    (void)state;
    static const int depths[5] = { 1, 2, 4, 8, 16 };
    for (int i = 0; i < 5; i++)
        expect_png((PngFile){ W, H, depths[i], 0, .value = value });
    for (int type = 2; type <= 6; type += 2)
        for (int i = 3; i < 5; i++)
            expect_png((PngFile){ W, H, depths[i], type, .value = value });
    for (int i = 0; i < 4; i++) {
        const PngFile f = { W, H, depths[i], 3, .value = palette_index, .palette = palette };
        PngFile g = f;
        g.n_palette = depths[i] < 4 ? 1 << depths[i] : 16;
        expect_png(g);
        g.transparency = alphas;
        g.n_transparency = depths[i] < 2 ? 2 : 3;
        expect_png(g);
    }
    expect_png((PngFile){ W, H, 2, 0, .value = few_levels, .transparency = grey_key,
                          .n_transparency = 2 });
    expect_png((PngFile){ W, H, 8, 0, .value = few_levels, .transparency = grey_key,
                          .n_transparency = 2 });
}

/* ---- JPEG ------------------------------------------------------------------------------------ */

static uint8_t smooth(int x, int y, int k)
{
    return (uint8_t)(40 + 3 * x + 2 * y + 20 * k);
}

/* RGB of the ink values, without profiles. */
static int expected(const JpegFile *f, int x, int y, int k)
{
    if (f->in != JCS_CMYK)
        return smooth(x, y, f->in == JCS_GRAYSCALE ? 0 : k);
    const int ink = smooth(x, y, k), black = smooth(x, y, 3);
    return f->stored == JCS_YCCK ? ink * black / 255 : (255 - ink) * (255 - black) / 255;
}

static void every_jpeg(void **state)
{
    (void)state;
    static const JpegFile files[] = {
        { 40, 24, JCS_GRAYSCALE, JCS_GRAYSCALE, 1, false, smooth, NULL, 0 },
        { 40, 24, JCS_GRAYSCALE, JCS_GRAYSCALE, 1, true, smooth, NULL, 0 },
        { 40, 24, JCS_RGB, JCS_YCbCr, 1, false, smooth, NULL, 0 },
        { 40, 24, JCS_RGB, JCS_YCbCr, 2, false, smooth, NULL, 0 },
        { 37, 21, JCS_RGB, JCS_YCbCr, 2, true, smooth, NULL, 0 },
        { 40, 24, JCS_RGB, JCS_RGB, 1, false, smooth, NULL, 0 },
        { 40, 24, JCS_CMYK, JCS_CMYK, 1, false, smooth, NULL, 0 },
        { 40, 24, JCS_CMYK, JCS_YCCK, 1, false, smooth, NULL, 0 },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const JpegFile *f = &files[i];
        Text file = jpeg_file(f);
        Picture p = decode(&file);
        assert_int_equal(p.width, f->width);
        assert_int_equal(p.height, f->height);
        assert_int_equal(p.channels, f->in == JCS_GRAYSCALE ? 1 : 3);
        for (int j = 0; j < p.width * p.height * p.channels; j++) {
            const int k = j % p.channels, x = j / p.channels % p.width,
                      y = j / p.channels / p.width;
            const bool adobe = f->stored == JCS_CMYK; /* libjpeg writes the marker for both */
            JpegFile as = *f;
            as.stored = adobe ? JCS_YCCK : f->stored;
            const int want = expected(&as, x, y, k);
            if (abs(p.at[j] - want) > 6)
                fail_msg("file %zu: (%d,%d,%d) is %d, expected %d", i, x, y, k, p.at[j], want);
        }
        picture_free(&p);
        text_free(&file);
    }
}

/* ---- every processor ------------------------------------------------------------------------- */

static uint8_t noise(int x, int y, int k)
{
    return (uint8_t)((unsigned)(x * 7919 + y * 104729 + k * 1299709 + x * y * 31) >> 3);
}

static uint32_t jpeg_checksum(void)
{
    uLong crc = 0;
    for (int i = 0; i < 8; i++) {
        const JpegFile f = { 61 + i, 45, JCS_RGB, JCS_YCbCr, 1 + i / 2 % 2, i % 2, noise, NULL, 0 };
        Text file = jpeg_file(&f);
        Picture p = decode(&file);
        crc = crc32_z(crc, p.at, picture_bytes(&p));
        picture_free(&p);
        text_free(&file);
    }
    return (uint32_t)crc;
}

/* This program again, with fewer of libjpeg's vector instructions. */
static void same_bytes_on_every_processor(void **state)
{
    (void)state;
    static const char *const processors[] = { "NONE", "SSE2", "AVX2" };
    char self[400], command[512], said[16] = "", expected[16];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(n > 0);
    self[n] = '\0';
    snprintf(expected, sizeof expected, "%08x\n", jpeg_checksum());
    for (int i = 0; i < 3; i++) {
        snprintf(command, sizeof command, "JSIMD_FORCE%s=1 '%s' checksum", processors[i], self);
        FILE *pipe = popen(command, "r");
        assert_true(pipe && fgets(said, sizeof said, pipe));
        assert_int_equal(pclose(pipe), 0);
        assert_string_equal(said, expected);
    }
}

/* ---- orientation ----------------------------------------------------------------------------- */

/* A dark top, a bright left side: where the first pixel and its neighbours are. */
static uint8_t corner(int x, int y, int k)
{
    (void)k;
    return (uint8_t)(x < 8 ? (y < 8 ? 10 : 80) : (y < 8 ? 150 : 220));
}

static unsigned exif_of(int orientation, bool big_endian, uint8_t *out)
{
    static const uint8_t little[] = "Exif\0\0II*\0\x08\0\0\0\x02\0"
                                    "\x0f\x01\x02\0\x04\0\0\0abcd"
                                    "\x12\x01\x03\0\x01\0\0\0?\0\0\0\0\0\0\0";
    static const uint8_t big[] = "Exif\0\0MM\0*\0\0\0\x08\0\x02"
                                 "\x01\x0f\0\x02\0\0\0\x04"
                                 "abcd"
                                 "\x01\x12\0\x03\0\0\0\x01\0?\0\0\0\0\0\0";
    memcpy(out, big_endian ? big : little, sizeof big - 1);
    out[big_endian ? 37 : 36] = (uint8_t)orientation;
    return sizeof big - 1;
}

/* The four corners as they must be seen, line by line. */
static void every_orientation(void **state)
{
    (void)state;
    static const uint8_t seen[9][4] = {
        { 10, 150, 80, 220 }, { 10, 150, 80, 220 }, { 150, 10, 220, 80 },
        { 220, 80, 150, 10 }, { 80, 220, 10, 150 }, { 10, 80, 150, 220 },
        { 80, 10, 220, 150 }, { 220, 150, 80, 10 }, { 150, 220, 10, 80 },
    };
    for (int i = 0; i < 2 * 10; i++) {
        uint8_t exif[64];
        const int o = i / 2, shown = o > 8 ? 1 : o;
        const JpegFile f = { 24,    16,     JCS_GRAYSCALE, JCS_GRAYSCALE,          1,
                             false, corner, exif,          exif_of(o, i % 2, exif) };
        Text file = jpeg_file(&f);
        PictureHead h;
        assert_int_equal(picture_examine((uint8_t *)file.at, file.used, &h, NULL), GT_OK);
        Picture p = decode(&file);
        assert_int_equal(p.width, shown >= 5 ? 16 : 24);
        assert_int_equal(p.height, shown >= 5 ? 24 : 16);
        assert_true(h.width == p.width && h.height == p.height);
        for (int c = 0; c < 4; c++) {
            const int x = c % 2 ? p.width - 1 : 0, y = c / 2 ? p.height - 1 : 0;
            assert_true(abs(p.at[y * p.width + x] - seen[shown][c]) < 5);
        }
        picture_free(&p);
        text_free(&file);
    }
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void expect_refused(const void *at, size_t n, const char *phrase)
{
    Picture p;
    Error e = { 0 };
    uint8_t *copy = malloc(n + 1); /* exactly n bytes, for the address sanitizer */
    assert_non_null(copy);
    uint8_t *exact = realloc(copy, n ? n : 1);
    memcpy(exact, at, n);
    const Status s = picture_decode(exact, n, BACKGROUND, &p, &e);
    if (s != GT_EDATA || !strstr(e.text[0], phrase))
        fail_msg("%zu bytes: status %d, \"%s\", expected \"%s\"", n, (int)s, e.text[0], phrase);
    assert_null(p.at);
    free(exact);
}

static void cut_anywhere(void **state)
{
    (void)state;
    const PngFile png = { W, H, 8, 6, .value = value };
    const JpegFile jpeg = { 24, 16, JCS_RGB, JCS_YCbCr, 2, false, smooth, NULL, 0 };
    const JpegFile scans = { 24, 16, JCS_RGB, JCS_YCbCr, 2, true, smooth, NULL, 0 };
    Text files[3] = { png_file(&png), jpeg_file(&jpeg), jpeg_file(&scans) };
    for (int i = 0; i < 3; i++) {
        for (size_t n = 0; n < files[i].used; n++)
            expect_refused(files[i].at, n, "");
        text_free(&files[i]);
    }
}

/* Any result, but neither a crash nor other sizes than the head says. */
static void every_bit(void **state)
{
    (void)state;
    const PngFile png = { 5, 4, 4, 3, true, palette_index, palette, 16, alphas, 3 };
    const JpegFile jpeg = { 9, 8, JCS_RGB, JCS_YCbCr, 2, true, smooth, NULL, 0 };
    Text files[2] = { png_file(&png), jpeg_file(&jpeg) };
    for (int i = 0; i < 2; i++) {
        for (size_t bit = 0; bit < 8 * files[i].used; bit++) {
            Picture p;
            Error e = { 0 };
            files[i].at[bit / 8] ^= (char)(1 << bit % 8);
            const Status s =
                picture_decode((uint8_t *)files[i].at, files[i].used, BACKGROUND, &p, &e);
            assert_true(s == GT_OK || (s == GT_EDATA && e.lines == 1));
            picture_free(&p);
            files[i].at[bit / 8] ^= (char)(1 << bit % 8);
        }
        text_free(&files[i]);
    }
}

static void bombs(void **state)
{
    (void)state;
    Text png = { 0 };
    png_add_head(&png, 30000, 30000, 8, 2, false);
    expect_refused(png.at, png.used, "30000 x 30000 pixels: at most 16384 per side");
    text_free(&png);
    png_add_head(&png, 16384, 16384, 8, 2, false);
    expect_refused(png.at, png.used, "67108864 in total");
    text_free(&png);
    const JpegFile f = { 24, 16, JCS_GRAYSCALE, JCS_GRAYSCALE, 1, false, smooth, NULL, 0 };
    Text jpeg = jpeg_file(&f);
    for (size_t i = 0; i + 9 < jpeg.used; i++)
        if (memcmp(jpeg.at + i, "\xff\xc0\0", 3) == 0)
            memcpy(jpeg.at + i + 5, "\x75\x30\x75\x30", 4);
    expect_refused(jpeg.at, jpeg.used, "30000 x 30000 pixels");
    text_free(&jpeg);
}

static void strangers(void **state)
{
    (void)state;
    expect_refused("", 0, "empty");
    expect_refused("GIF89a....", 10, "is a GIF picture: expected a PNG or a JPEG");
    expect_refused("hello, world", 12, "of an unknown format");
    expect_refused("<html>", 6, "is an HTML page");
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return printf("%08x\n", jpeg_checksum()) < 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_png),
        cmocka_unit_test(every_jpeg),
        cmocka_unit_test(same_bytes_on_every_processor),
        cmocka_unit_test(every_orientation),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(every_bit),
        cmocka_unit_test(bombs),
        cmocka_unit_test(strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
