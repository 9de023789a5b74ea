/* Reading pictures, archives and the cache while each call fails in turn. */
#include "support/io_faults.h"

#include "data/pictures/picture_cache.h"
#include "support/picture_files.h"
#include "support/zip_files.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

typedef struct Scene {
    char folder[64], archive[64], cache[64];
    Scratch *scratch;
    const char *path; /* the folder or the archive */
    Pictures expected;
    Pictures got;
    PictureKey key;
} Scene;

static const PictureOptions options = { 2, 0, 255, false, NULL, NULL };

static unsigned slope(int x, int y, int k)
{
    return (unsigned)(10 * x + 20 * y + 3 * k);
}

static uint8_t byte_slope(int x, int y, int k)
{
    return (uint8_t)slope(x, y, k);
}

static void put(const Scene *s, ZipMaker *z, const char *name, Text file)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", s->folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(file.at, 1, file.used, f), file.used);
    fclose(f);
    zip_add(z, name, file.at, file.used, (ZipHow){ .method = 8 });
    text_free(&file);
}

static Status read_pictures(void *me, Error *e)
{
    Scene *s = me;
    PictureList l;
    Status status = picture_list_open(&l, s->path, e);
    if (status == GT_OK)
        s->key = picture_cache_key(&l, &options);
    if (status == GT_OK)
        status = pictures_read(&s->got, &l, &options, e);
    picture_list_close(&l);
    return status;
}

static int setup(void **state)
{
    Scene *s = calloc(1, sizeof *s);
    ZipMaker z = { 0 };
    Error e = { 0 };
    assert_non_null(s);
    assert_int_equal(scratch_open((void **)&s->scratch), 0);
    snprintf(s->folder, sizeof s->folder, "%s/p", s->scratch->folder);
    snprintf(s->archive, sizeof s->archive, "%s/p.zip", s->scratch->folder);
    snprintf(s->cache, sizeof s->cache, "%s/cache", s->scratch->folder);
    setenv("GANTRAIN_CACHE", s->cache, 1);
    mkdir(s->folder, 0700);
    char sub[80];
    snprintf(sub, sizeof sub, "%s/a", s->folder);
    mkdir(sub, 0700);
    snprintf(sub, sizeof sub, "%s/b", s->folder);
    mkdir(sub, 0700);
    put(s, &z, "a/1.png", png_file(&(PngFile){ 5, 4, 8, 6, .value = slope }));
    put(s, &z, "a/2.png", png_file(&(PngFile){ 2, 2, 8, 0, .value = slope }));
    put(s, &z, "b/3.jpg",
        jpeg_file(&(JpegFile){ 8, 8, JCS_RGB, JCS_YCbCr, 2, true, byte_slope, NULL, 0 }));
    Text archive = zip_finish(&z, false, "");
    FILE *f = fopen(s->archive, "wb");
    assert_int_equal(fwrite(archive.at, 1, archive.used, f), archive.used);
    fclose(f);
    text_free(&archive);
    s->path = s->folder;
    assert_int_equal(read_pictures(s, &e), GT_OK);
    s->expected = s->got;
    s->got = (Pictures){ 0 };
    assert_true(s->expected.n == 3 && s->expected.shape.c == 3);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    Scene *s = *state;
    char command[100];
    pictures_free(&s->expected);
    snprintf(command, sizeof command, "find '%s' -mindepth 1 -delete", s->scratch->folder);
    assert_int_equal(system(command), 0);
    const int left = scratch_close((void **)&s->scratch);
    free(s);
    return left;
}

/* All pictures, or none. */
static void check(void *me, Status status, const Error *e)
{
    Scene *s = me;
    (void)e;
    if (status != GT_OK)
        assert_null(s->got.pixels);
    else {
        assert_int_equal(s->got.n, s->expected.n);
        assert_memory_equal(s->got.pixels, s->expected.pixels, s->expected.bytes);
        assert_memory_equal(s->got.label, s->expected.label, 3);
    }
    pictures_free(&s->got);
}

static void reading(void **state)
{
    Scene *s = *state;
    static const Operation operation = { NULL, read_pictures, check };
    static const Fault faults_of[] = {
        { MEMORY, 0, false, 0 },         { MEMORY, 0, true, 0 },
        { "open", EMFILE, true, 0 },     { "open", EACCES, false, 0 },
        { "open", EACCES, true, 0 },     { "openat", EACCES, true, 0 },
        { "openat", EMFILE, true, 0 },   { "fdopendir", ENOMEM, true, 0 },
        { "readdir", EIO, true, 0 },     { "fstat", EIO, true, 0 },
        { "fstatat", EIO, true, 0 },     { "read", EIO, true, 0 },
        { "read", EIO, false, 0 },       { "read", EINTR, false, 0 },
        { "read", 0, false, 0 },         { ZLIB, Z_MEM_ERROR, true, 0 },
        { ZLIB, Z_DATA_ERROR, true, 0 },
    };
    const char *const paths[] = { s->folder, s->archive };
    for (int p = 0; p < 2; p++)
        for (size_t i = 0; i < sizeof faults_of / sizeof *faults_of; i++) {
            s->path = paths[p];
            fault_each(&operation, faults_of[i], s);
        }
}

static Status write_and_read(void *me, Error *e)
{
    Scene *s = me;
    (void)e;
    picture_cache_write(&s->expected, s->key);
    if (picture_cache_read(&s->got, s->key))
        check(s, GT_OK, NULL);
    assert_null(s->got.pixels);
    return GT_OK;
}

static void nothing(void *me, Status status, const Error *e)
{
    (void)me;
    (void)status;
    (void)e;
}

static void caching(void **state)
{
    Scene *s = *state;
    static const Operation operation = { NULL, write_and_read, nothing };
    static const Fault faults_of[] = {
        { MEMORY, 0, false, 0 },      { "open", EACCES, false, 0 }, { "openat", ENOSPC, true, 0 },
        { "write", ENOSPC, true, 0 }, { "write", 0, false, 0 },     { "fsync", EIO, true, 0 },
        { "renameat", EIO, true, 0 }, { "read", EIO, true, 0 },     { "read", EINTR, false, 0 },
        { "read", 0, false, 0 },      { "close", EIO, true, 0 },
    };
    const int shown = dup(STDERR_FILENO), hidden = open("/dev/null", O_WRONLY);
    dup2(hidden, STDERR_FILENO); /* warnings, by the hundred */
    for (size_t i = 0; i < sizeof faults_of / sizeof *faults_of; i++)
        fault_each(&operation, faults_of[i], s);
    dup2(shown, STDERR_FILENO);
    close(shown);
    close(hidden);
    assert_true(picture_cache_read(&s->got, s->key));
    check(s, GT_OK, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reading, setup, teardown),
        cmocka_unit_test_setup_teardown(caching, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
