/* Archives of every kind that is read, and one message for everything else. */
#include <stdint.h>

#include "gantrain/io/zip_stream.h"
#include "support/zip_files.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static const char long_text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";

static void put(const Scratch *s, ZipMaker *z, bool wide, const char *comment)
{
    Text file = zip_finish(z, wide, comment);
    scratch_put(s, file.at, file.used);
    text_free(&file);
}

static void archives(void **state)
{
    const Scratch *s = *state;
    for (int i = 0; i < 8; i++) {
        const bool wide = i & 1, later = i & 2;
        ZipMaker z = { 0 };
        if (i & 4)
            text_add(&z.file, "#!/bin/sh\n"); /* something before the archive */
        const size_t before = z.file.used;
        zip_add(&z, "dir/", "", 0, (ZipHow){ 0 });
        zip_add(&z, "dir/a", long_text, sizeof long_text, (ZipHow){ 8, later ? 8 : 0, 0, 0, wide });
        zip_add(&z, "b", "xyz", 3, (ZipHow){ 0, 0, 0, 0, wide });
        zip_add(&z, "empty", "", 0, (ZipHow){ 8, 0, 0, 0, false });
        put(s, &z, wide, i & 2 ? "PK\5\6 a comment" : "");
        (void)before;
        Zip zip;
        Error e = { 0 };
        Bytes b;
        if (zip_open(&zip, s->path, GT_EDATA, &e) != GT_OK)
            fail_msg("%s", e.text[0]);
        assert_int_equal(zip.n, 4);
        assert_string_equal(zip.entry[0].name, "dir/");
        assert_string_equal(zip.entry[1].name, "dir/a");
        assert_string_equal(zip.entry[2].name, "b");
        assert_int_equal(zip_read(&zip, 1, 100, &b, &e), GT_OK);
        assert_int_equal(b.size, sizeof long_text);
        assert_memory_equal(b.at, long_text, sizeof long_text);
        bytes_free(&b);
        assert_int_equal(zip_read(&zip, 2, 3, &b, &e), GT_OK);
        assert_string_equal((char *)b.at, "xyz");
        bytes_free(&b);
        assert_int_equal(zip_read(&zip, 3, 3, &b, &e), GT_OK);
        assert_int_equal(b.size, 0);
        bytes_free(&b);
        assert_int_equal(zip_read(&zip, 2, 2, &b, &e), GT_EDATA);
        zip_close(&zip);
    }
}

static void expect_entry(const Scratch *s, ZipHow how, const char *phrase)
{
    ZipMaker z = { 0 };
    Zip zip;
    Error e = { 0 };
    Bytes b;
    zip_add(&z, "a", long_text, sizeof long_text, how);
    put(s, &z, false, "");
    assert_int_equal(zip_open(&zip, s->path, GT_EDATA, &e), GT_OK);
    assert_int_equal(zip_read(&zip, 0, 1 << 20, &b, &e), GT_EDATA);
    if (!strstr(e.text[0], phrase))
        fail_msg("\"%s\", expected \"%s\"", e.text[0], phrase);
    assert_null(b.at);
    zip_close(&zip);
}

static void entries_that_cannot_be_read(void **state)
{
    const Scratch *s = *state;
    expect_entry(s, (ZipHow){ .method = 8, .flags = 1 }, "encrypted");
    expect_entry(s, (ZipHow){ .method = 12 }, "method 12");
    expect_entry(s, (ZipHow){ .method = 8, .wrong = 1 }, "checksum");
    expect_entry(s, (ZipHow){ .method = 8, .size = 1 << 19 }, "sizes in the archive");
    expect_entry(s, (ZipHow){ .method = 8, .size = 1 << 21 }, "unpacks to 2097152 bytes");
    expect_entry(s, (ZipHow){ .method = 8, .size = 80 }, "does not unpack");
    expect_entry(s, (ZipHow){ .method = 8, .size = 20 }, "does not unpack");
    expect_entry(s, (ZipHow){ .method = 0, .size = 20 }, "sizes in the archive");
}

/* Reads everything that an archive announces. */
static Status read_all(const char *path)
{
    Zip zip;
    Bytes b;
    Error e = { 0 };
    Status worst = zip_open(&zip, path, GT_EDATA, &e);
    assert_true(worst == GT_OK || (e.lines == 1 && strncmp(e.text[0], path, strlen(path)) == 0));
    for (int i = 0; worst == GT_OK && i < zip.n; i++) {
        worst = zip_read(&zip, i, 1000, &b, &e);
        bytes_free(&b);
    }
    zip_close(&zip);
    return worst;
}

static void damage(void **state)
{
    const Scratch *s = *state;
    ZipMaker z = { 0 };
    zip_add(&z, "dir/a", long_text, sizeof long_text, (ZipHow){ 8, 0, 0, 0, true });
    zip_add(&z, "b", "xyz", 3, (ZipHow){ 0 });
    Text file = zip_finish(&z, true, "");
    for (size_t n = 0; n < file.used; n++) {
        scratch_put(s, file.at, n);
        assert_int_equal(read_all(s->path), GT_EDATA);
    }
    for (size_t bit = 0; bit < 8 * file.used; bit++) {
        file.at[bit / 8] ^= (char)(1 << bit % 8);
        scratch_put(s, file.at, file.used);
        const Status status = read_all(s->path); /* names and times have no checksum */
        assert_true(status == GT_OK || status == GT_EDATA);
        file.at[bit / 8] ^= (char)(1 << bit % 8);
    }
    text_free(&file);
}

static void no_archive(void **state)
{
    const Scratch *s = *state;
    assert_int_equal(read_all(s->path), GT_EDATA);
    assert_int_equal(read_all(s->folder), GT_EDATA);
    scratch_put(s, "hello", 5);
    assert_int_equal(read_all(s->path), GT_EDATA);
}

/* ---- entries read forward -------------------------------------------------------------------- */

/* Reads entry i in pieces of `step`, twice. */
static Status read_forward(const Zip *zip, int i, size_t step, char *out, size_t *n, Error *e)
{
    ZipStream f;
    size_t got = 0;
    TRY(zip_stream_open(&f, zip, i, e));
    Status s = zip_stream_read(&f, out, 1, &got, e);
    if (s == GT_OK)
        s = zip_stream_rewind(&f, e);
    for (*n = 0, got = step; s == GT_OK && got == step; *n += got)
        s = zip_stream_read(&f, out + *n, step, &got, e);
    zip_stream_close(&f);
    return s;
}

static void entries_are_read_forward(void **state)
{
    const Scratch *s = *state;
    for (unsigned method = 0; method <= 8; method += 8) {
        ZipMaker z = { 0 };
        Zip zip;
        Error e = { 0 };
        char out[3 * sizeof long_text];
        size_t n = 0;
        zip_add(&z, "good", long_text, sizeof long_text, (ZipHow){ .method = method });
        zip_add(&z, "crc", long_text, sizeof long_text, (ZipHow){ .method = method, .wrong = 1 });
        zip_add(&z, "long", long_text, sizeof long_text, (ZipHow){ .method = 8, .size = 20 });
        zip_add(&z, "short", long_text, sizeof long_text, (ZipHow){ .method = 8, .size = 99 });
        put(s, &z, false, "");
        assert_int_equal(zip_open(&zip, s->path, GT_EDATA, &e), GT_OK);
        for (size_t step = 1; step < 70; step += 3) {
            assert_int_equal(read_forward(&zip, 0, step, out, &n, &e), GT_OK);
            assert_int_equal(n, sizeof long_text);
            assert_memory_equal(out, long_text, sizeof long_text);
            assert_int_equal(read_forward(&zip, 1, step, out, &n, &e), GT_EDATA);
            assert_non_null(strstr(e.text[0], "checksum"));
            assert_int_equal(read_forward(&zip, 2, step, out, &n, &e), GT_EDATA);
            assert_non_null(strstr(e.text[0], "another size"));
            assert_int_equal(read_forward(&zip, 3, step, out, &n, &e), GT_EDATA);
            assert_non_null(strstr(e.text[0], "another size"));
            e = (Error){ 0 };
        }
        zip_close(&zip);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(entries_are_read_forward),
        SCRATCH_TEST(archives),
        SCRATCH_TEST(entries_that_cannot_be_read),
        SCRATCH_TEST(damage),
        SCRATCH_TEST(no_archive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
