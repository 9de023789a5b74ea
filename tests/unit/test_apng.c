/* Animations, decoded independently: order and CRC of the chunks, sequence numbers, delays, and
 * the pixels of every frame. */
#include "gantrain/io/apng.h"
#include "support/png_parts.h"

/* ---- frames ---------------------------------------------------------------------------------- */

enum { MAX_BYTES = 4096 };

typedef struct Frame {
    uint8_t at[MAX_BYTES];
    Picture picture;
} Frame;

/* Frame f, best coded by different filters: constant, horizontal and vertical slopes, diagonal,
 * noise. */
static void make_frame(Frame *frame, int width, int height, int channels, int f)
{
    frame->picture = (Picture){ width, height, channels, frame->at };
    assert_true(picture_bytes(&frame->picture) <= MAX_BYTES);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int k = 0; k < channels; k++) {
                const int i = (y * width + x) * channels + k;
                const int kind[] = { 9, 5 * x + k, 7 * y, 3 * x + 4 * y,
                                     (i % 97) * (i % 89) * 3 + i / 7 };
                frame->at[i] =
                    (uint8_t)(f == 5 ? (y < height / 2 ? kind[4] : kind[1]) : kind[f % 5]);
            }
}

/* ---- decoding -------------------------------------------------------------------------------- */

typedef struct Reader {
    Bytes file;
    size_t at;
    uint32_t sequence; /* expected next */
    Picture size;
} Reader;

static void expect_sequence(Reader *r, const uint8_t *number)
{
    assert_int_equal(big_endian(number), r->sequence++);
}

static void expect_control(Reader *r, int delay)
{
    size_t n = 0;
    const uint8_t *c = take_chunk(&r->file, &r->at, "fcTL", &n);
    assert_int_equal(n, 26);
    expect_sequence(r, c);
    assert_int_equal(big_endian(c + 4), r->size.width);
    assert_int_equal(big_endian(c + 8), r->size.height);
    assert_memory_equal(c + 12, "\0\0\0\0\0\0\0\0", 8);
    assert_int_equal(c[20] << 8 | c[21], delay);
    assert_int_equal(c[22] << 8 | c[23], 1000);
    assert_memory_equal(c + 24, "\0\0", 2);
}

static void expect_frame(Reader *r, int f, const Frame *want)
{
    size_t n = 0;
    const uint8_t *packed = take_chunk(&r->file, &r->at, f ? "fdAT" : "IDAT", &n);
    if (f)
        expect_sequence(r, packed);
    Picture p = r->size;
    unpack(&p, packed + (f ? 4 : 0), n - (f ? 4 : 0));
    assert_memory_equal(p.at, want->at, picture_bytes(&p));
    picture_free(&p);
}

static void expect_animation(const char *path, int width, int height, int channels, int frames)
{
    Reader r = { .file = open_png(path), .at = 8 };
    size_t n = 0;
    r.size = take_head(&r.file, &r.at);
    assert_int_equal(r.size.width, width);
    assert_int_equal(r.size.height, height);
    assert_int_equal(r.size.channels, channels);
    const uint8_t *actl = take_chunk(&r.file, &r.at, "acTL", &n);
    assert_int_equal(n, 8);
    assert_int_equal(big_endian(actl), frames);
    assert_int_equal(big_endian(actl + 4), 0); /* forever */
    static Frame want;
    for (int f = 0; f < frames; f++) {
        make_frame(&want, width, height, channels, f);
        expect_control(&r, 40 + 1000 * f);
        expect_frame(&r, f, &want);
    }
    take_end(&r.file, r.at);
    bytes_free(&r.file);
}

static void animate(const Scratch *s, int width, int height, int channels, int frames)
{
    static Frame frame;
    Apng a;
    Error e = { 0 };
    assert_int_equal(apng_open(&a, width, height, channels, frames, &e), GT_OK);
    for (int f = 0; f < frames; f++) {
        make_frame(&frame, width, height, channels, f);
        assert_int_equal(apng_add(&a, &frame.picture, 40 + 1000 * f, &e), GT_OK);
    }
    assert_int_equal(apng_write(&a, s->path, &e), GT_OK);
    apng_close(&a);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void test_frames(void **state)
{
    const Scratch *s = *state;
    static const int sizes[][4] = {
        { 31, 17, 1, 6 }, { 20, 13, 3, 6 }, { 1, 1, 1, 2 },
        { 64, 1, 3, 3 },  { 1, 50, 1, 5 },  { 28, 28, 1, 1 }, /* one frame is an animation too */
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int *c = sizes[i];
        animate(s, c[0], c[1], c[2], c[3]);
        expect_animation(s->path, c[0], c[1], c[2], c[3]);
    }
}

/* Filters help: a curved surface compresses much better than without them. */
static void test_surfaces_are_filtered(void **state)
{
    const Scratch *s = *state;
    enum { SIDE = 60 };
    uint8_t surface[SIDE * SIDE], packed[2 * SIDE * SIDE];
    uLongf plain = sizeof packed;
    for (int i = 0; i < SIDE * SIDE; i++)
        surface[i] = (uint8_t)(i % SIDE * (i % SIDE) / 17 + i / SIDE * (i / SIDE) / 23);
    assert_int_equal(compress2(packed, &plain, surface, sizeof surface, 9), Z_OK);
    Apng a;
    assert_int_equal(apng_open(&a, SIDE, SIDE, 1, 1, NULL), GT_OK);
    assert_int_equal(apng_add(&a, &(Picture){ SIDE, SIDE, 1, surface }, 0, NULL), GT_OK);
    assert_int_equal(apng_write(&a, s->path, NULL), GT_OK);
    apng_close(&a);
    Bytes file = open_png(s->path);
    assert_true(file.size < plain / 2);
    bytes_free(&file);
}

/* Decoders without animation show the first frame. */
static void test_first_frame_is_a_picture(void **state)
{
    const Scratch *s = *state;
    static Frame frame;
    Picture p;
    animate(s, 30, 20, 3, 4);
    make_frame(&frame, 30, 20, 3, 0);
    assert_int_equal(png_read(&p, s->path, NULL), GT_OK);
    assert_memory_equal(p.at, frame.at, picture_bytes(&p));
    picture_free(&p);
}

static void test_limits(void **state)
{
    Error e = { 0 };
    Apng a;
    (void)state;
    assert_int_equal(apng_check_size(10, 10, 1, APNG_MAX_FRAMES, &e), GT_OK);
    assert_int_equal(apng_check_size(10, 10, 1, APNG_MAX_FRAMES + 1, &e), GT_EUSAGE);
    assert_non_null(strstr(e.text[0], "10001 frames: at most 10000"));
    assert_int_equal(apng_check_size(16384, 4096, 3, 5, &e), GT_OK);
    assert_int_equal(apng_check_size(16384, 4096, 3, 6, &e), GT_EUSAGE);
    assert_non_null(strstr(e.text[0], "too large"));
    assert_int_equal(apng_open(&a, 16384, 4096, 3, 6, &e), GT_EUSAGE);
    apng_close(&a);
    apng_close(NULL);
}

static void test_place_that_cannot_be_written(void **state)
{
    static Frame frame;
    Error e = { 0 };
    Apng a;
    (void)state;
    make_frame(&frame, 8, 8, 1, 0);
    assert_int_equal(apng_open(&a, 8, 8, 1, 1, &e), GT_OK);
    assert_int_equal(apng_add(&a, &frame.picture, 0, &e), GT_OK);
    assert_int_equal(apng_write(&a, "/proc/nowhere/x.png", &e), GT_EOUTPUT);
    apng_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_frames),
        SCRATCH_TEST(test_surfaces_are_filtered),
        SCRATCH_TEST(test_first_frame_is_a_picture),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_place_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
