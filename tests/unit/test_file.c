/* file_read: contents, refusals and their status. */
#include "gantrain/base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h> /* last: it has a macro fail() */

static char folder[] = "/tmp/gantrain-file-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder); /* fails when a test left something */
}

static const char *path_of(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void make_file(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void assert_refused(const char *path, size_t limit, Status code, const char *reason)
{
    Error e = { 0 };
    Bytes b = { .size = 1 };
    assert_int_equal(file_read(&b, path, limit, code, &e), code);
    assert_null(b.at);
    assert_int_equal(b.size, 0);
    assert_int_equal(strncmp(e.text[0], path, strlen(path)), 0);
    if (!strstr(e.text[0], reason))
        assert_string_equal(e.text[0], reason);
}

static void test_contents_and_nul(void **state)
{
    (void)state;
    const char *path = path_of("a");
    make_file(path, "x\0y\n", 4);
    Bytes b;
    assert_int_equal(file_read(&b, path, 100, GT_EDATA, NULL), GT_OK);
    assert_int_equal(b.size, 4);
    assert_memory_equal(b.at, "x\0y\n", 5);
    bytes_free(&b);
    assert_null(b.at);
    bytes_free(&b);
    bytes_free(NULL);
    assert_int_equal(unlink(path), 0);
}

static void test_empty_file(void **state)
{
    (void)state;
    const char *path = path_of("empty");
    make_file(path, "", 0);
    Bytes b;
    assert_int_equal(file_read(&b, path, 0, GT_EDATA, NULL), GT_OK);
    assert_int_equal(b.size, 0);
    assert_int_equal(b.at[0], 0);
    bytes_free(&b);
    assert_int_equal(unlink(path), 0);
}

static void test_the_limit_is_exact(void **state)
{
    (void)state;
    const char *path = path_of("limit");
    make_file(path, "12345", 5);
    Bytes b;
    assert_int_equal(file_read(&b, path, 5, GT_EDATA, NULL), GT_OK);
    assert_int_equal(b.size, 5);
    bytes_free(&b);
    assert_refused(path, 4, GT_ECONFIG, "larger than 4 bytes");
    assert_int_equal(truncate(path, (3 << 20) + 1), 0);
    assert_refused(path, 3 << 20, GT_ECONFIG, "larger than 3 MiB");
    assert_refused(path, (2 << 20) + 1, GT_ECONFIG, "larger than 2097153 bytes");
    assert_int_equal(file_read(&b, path, SIZE_MAX, GT_EDATA, NULL), GT_OK);
    assert_int_equal(b.size, (3 << 20) + 1);
    bytes_free(&b);
    assert_int_equal(unlink(path), 0);
}

/* Files of the kernel report 0 bytes and have more. */
static void test_files_that_hide_their_size(void **state)
{
    (void)state;
    Bytes b;
    assert_int_equal(file_read(&b, "/proc/self/status", 1 << 20, GT_EDATA, NULL), GT_OK);
    assert_true(b.size > 100);
    assert_memory_equal(b.at, "Name:", 5);
    assert_int_equal(b.at[b.size], 0);
    bytes_free(&b);
    assert_refused("/proc/self/status", 50, GT_EDATA, "larger than 50 bytes");
}

static void test_what_is_no_regular_file(void **state)
{
    (void)state;
    assert_refused(folder, 100, GT_ECONFIG, "is a folder");
    assert_refused("/dev/zero", 100, GT_EDATA, "not a regular file");
    const char *fifo = path_of("fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_refused(fifo, 100, GT_EDATA, "not a regular file"); /* and does not wait */
    assert_int_equal(unlink(fifo), 0);
}

static void test_what_cannot_be_opened(void **state)
{
    (void)state;
    assert_refused(path_of("missing"), 100, GT_EDATA, "No such file or directory");
    assert_refused(path_of("missing"), 100, GT_ECHECKPOINT, "No such file or directory");
    assert_refused("", 100, GT_EUSAGE, "No such file or directory");
    char longer[5000];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    Bytes b;
    Error e = { 0 };
    assert_int_equal(file_read(&b, longer, 100, GT_ECONFIG, &e), GT_ECONFIG);
    assert_int_equal(e.lines, 1);
}

static void test_no_descriptors_is_a_lack_of_resources(void **state)
{
    (void)state;
    const char *path = path_of("a");
    make_file(path, "x", 1);
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    const struct rlimit none = { .rlim_cur = 0, .rlim_max = old.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    Bytes b;
    Error e = { 0 };
    const Status status = file_read(&b, path, 100, GT_EDATA, &e);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(status, GT_ERESOURCE);
    assert_non_null(strstr(e.text[0], "Too many open files"));
    assert_int_equal(unlink(path), 0);
}

static void test_no_descriptor_is_kept(void **state)
{
    (void)state;
    const int before = dup(0);
    assert_int_equal(close(before), 0);
    test_contents_and_nul(state);
    test_what_is_no_regular_file(state);
    test_the_limit_is_exact(state);
    const int after = dup(0);
    assert_int_equal(close(after), 0);
    assert_int_equal(before, after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contents_and_nul),
        cmocka_unit_test(test_empty_file),
        cmocka_unit_test(test_the_limit_is_exact),
        cmocka_unit_test(test_files_that_hide_their_size),
        cmocka_unit_test(test_what_is_no_regular_file),
        cmocka_unit_test(test_what_cannot_be_opened),
        cmocka_unit_test(test_no_descriptors_is_a_lack_of_resources),
        cmocka_unit_test(test_no_descriptor_is_kept),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
