/* Durable files: the contents of the path after success and failure, and that no other file is
 * left. The limit of file sizes stands in for a full disk. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "support/durable_folder.h"

/* Limits file sizes until the next call; RLIM_INFINITY removes the limit. */
static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
}

/* ---- durable_write --------------------------------------------------------------------------- */

static void test_write_and_replace(void **state)
{
    const DurableFolder *p = *state;
    assert_int_equal(durable_write(p->path, "a\0b", 3, NULL), GT_OK);
    assert_holds(p->path, "a\0b", 3);
    write_text(p->path, "longer than before");
    assert_holds(p->path, "longer than before", 18);
    assert_int_equal(durable_write(p->path, NULL, 0, NULL), GT_OK);
    assert_holds(p->path, "", 0);
    assert_int_equal(count_names(p->folder), 1);
}

static void test_large_file(void **state)
{
    const DurableFolder *p = *state;
    const size_t size = 5000003;
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 2654435761u >> 13);
    assert_int_equal(durable_write(p->path, bytes, size, NULL), GT_OK);
    assert_holds(p->path, bytes, size);
    free(bytes);
}

static void test_relative_path(void **state)
{
    const DurableFolder *p = *state;
    char before[PATH_BYTES];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(p->folder), 0);
    const Status status = durable_write("file", "here", 4, NULL);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(status, GT_OK);
    assert_holds(p->path, "here", 4);
}

static void test_the_mode_is_the_umask(void **state)
{
    const DurableFolder *p = *state;
    const mode_t old = umask(027);
    write_text(p->path, "x");
    (void)umask(old);
    struct stat st;
    assert_int_equal(stat(p->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
}

static void test_links_are_replaced_not_followed(void **state)
{
    const DurableFolder *p = *state;
    char other[PATH_BYTES];
    path_in(p, "other", other);
    write_text(other, "untouched");
    assert_int_equal(symlink(other, p->path), 0);
    write_text(p->path, "new");
    struct stat st;
    assert_int_equal(lstat(p->path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_holds(p->path, "new", 3);
    assert_holds(other, "untouched", 9);

    assert_int_equal(unlink(p->path), 0);
    assert_int_equal(link(other, p->path), 0);
    write_text(p->path, "new");
    assert_holds(other, "untouched", 9);
}

static void test_a_fifo_is_replaced(void **state)
{
    const DurableFolder *p = *state;
    assert_int_equal(mkfifo(p->path, 0600), 0);
    write_text(p->path, "no waiting for a reader");
    assert_holds(p->path, "no waiting for a reader", 23);
}

static void test_a_device_is_refused(void **state)
{
    const DurableFolder *p = *state;
    const dev_t null = makedev(1, 3);
    Error e = { 0 };
    struct stat st;
    if (mknod(p->path, S_IFCHR | 0600, null) != 0)
        skip(); /* the superuser only */
    assert_int_equal(durable_write(p->path, "x", 1, &e), GT_EOUTPUT);
    assert_message(&e, p->path, "is a device");
    assert_int_equal(stat(p->path, &st), 0);
    assert_true(S_ISCHR(st.st_mode));
}

static void test_a_full_disk_leaves_the_old_file(void **state)
{
    const DurableFolder *p = *state;
    static const char zeros[5000];
    write_text(p->path, "old");
    Error e = { 0 };
    limit_file_size(1000);
    const Status status = durable_write(p->path, zeros, sizeof zeros, &e);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(status, GT_EOUTPUT);
    assert_message(&e, p->path, "write failed: File too large");
    assert_holds(p->path, "old", 3);
    assert_int_equal(count_names(p->folder), 1);
}

static void test_a_folder_is_not_replaced(void **state)
{
    const DurableFolder *p = *state;
    assert_int_equal(mkdir(p->path, 0700), 0);
    Error e = { 0 };
    assert_int_equal(durable_write(p->path, "x", 1, &e), GT_EOUTPUT);
    assert_message(&e, p->path, "is a folder");
    assert_int_equal(count_names(p->folder), 1);
}

static void test_write_names_the_failing_call(void **state)
{
    const DurableFolder *p = *state;
    char path[PATH_BYTES], longer[300];
    memset(longer, 'n', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    Error e = { 0 };
    path_in(p, "missing/file", path);
    assert_int_equal(durable_write(path, "x", 1, &e), GT_EOUTPUT);
    assert_message(&e, path, "opening its folder failed: No such file or directory");
    write_text(p->path, "no folder");
    path_in(p, "file/below", path);
    assert_int_equal(durable_write(path, "x", 1, &e), GT_EOUTPUT);
    assert_message(&e, path, "opening its folder failed: Not a directory");
    path_in(p, "", path);
    assert_int_equal(durable_write(path, "x", 1, &e), GT_EOUTPUT);
    assert_message(&e, path, "Is a directory");
    assert_int_equal(durable_write("", "x", 1, &e), GT_EOUTPUT);
    assert_message(&e, "", "No such file or directory");
    path_in(p, longer, path);
    assert_int_equal(durable_write(path, "x", 1, &e), GT_EOUTPUT);
    assert_message(&e, longer, "rename failed: File name too long");
    assert_int_equal(durable_write("/proc/self/file", "x", 1, &e), GT_EOUTPUT);
    assert_message(&e, "/proc/self/file", "creating a temporary file beside it failed");
    assert_int_equal(count_names(p->folder), 1);
}

static void test_a_path_beyond_all_limits(void **state)
{
    (void)state;
    char path[6000];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    path[5000] = '/';
    assert_int_equal(durable_write(path, "x", 1, NULL), GT_EOUTPUT);
    assert_int_equal(durable_mkdir(path, NULL), GT_EOUTPUT);
    assert_int_equal(durable_append(path, "x", 1, NULL), GT_EOUTPUT);
}

static void test_no_descriptors_is_a_lack_of_resources(void **state)
{
    const DurableFolder *p = *state;
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    const struct rlimit none = { .rlim_cur = 0, .rlim_max = old.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    const Status status = durable_write(p->path, "x", 1, NULL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(status, GT_ERESOURCE);
}

static void test_no_descriptor_is_kept(void **state)
{
    const DurableFolder *p = *state;
    const int before = dup(0);
    assert_int_equal(close(before), 0);
    write_text(p->path, "x");
    assert_int_equal(durable_append(p->path, "y", 1, NULL), GT_OK);
    assert_int_equal(durable_append(p->folder, "y", 1, NULL), GT_EOUTPUT);
    assert_int_equal(durable_write(p->folder, "y", 1, NULL), GT_EOUTPUT);
    assert_int_equal(durable_mkdir("/proc/self/new", NULL), GT_EOUTPUT);
    durable_sweep(p->folder);
    const int after = dup(0);
    assert_int_equal(close(after), 0);
    assert_int_equal(before, after);
}

/* ---- durable_append -------------------------------------------------------------------------- */

static void test_append(void **state)
{
    const DurableFolder *p = *state;
    assert_int_equal(durable_append(p->path, "one\n", 4, NULL), GT_OK);
    assert_int_equal(durable_append(p->path, "two\n", 4, NULL), GT_OK);
    assert_holds(p->path, "one\ntwo\n", 8);
}

static void test_half_a_record_is_taken_back(void **state)
{
    const DurableFolder *p = *state;
    static const char record[300];
    assert_int_equal(durable_append(p->path, "one\n", 4, NULL), GT_OK);
    Error e = { 0 };
    limit_file_size(100);
    const Status cut = durable_append(p->path, record, sizeof record, &e);
    limit_file_size(4);
    Error none = { 0 };
    const Status full = durable_append(p->path, record, sizeof record, &none);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(cut, GT_EOUTPUT);
    assert_message(&e, p->path, "write failed: File too large");
    assert_int_equal(full, GT_EOUTPUT);
    assert_message(&none, p->path, "write failed: File too large");
    assert_holds(p->path, "one\n", 4);
}

static void test_append_takes_regular_files_only(void **state)
{
    const DurableFolder *p = *state;
    char other[PATH_BYTES];
    path_in(p, "other", other);
    write_text(other, "untouched");
    Error e = { 0 };
    assert_int_equal(symlink(other, p->path), 0);
    assert_int_equal(durable_append(p->path, "x", 1, &e), GT_EOUTPUT);
    assert_message(&e, p->path, "open failed");
    assert_holds(other, "untouched", 9);
    assert_int_equal(unlink(p->path), 0);
    assert_int_equal(mkfifo(p->path, 0600), 0);
    assert_int_equal(durable_append(p->path, "x", 1, &e), GT_EOUTPUT); /* and does not wait */
    assert_int_equal(durable_append(p->folder, "x", 1, &e), GT_EOUTPUT);
    assert_message(&e, p->folder, "open failed: Is a directory");
    assert_int_equal(durable_append("/dev/full", "x", 1, &e), GT_EOUTPUT);
    assert_message(&e, "/dev/full", "not a regular file");
}

/* ---- durable_probe, durable_sync ------------------------------------------------------------- */

static void test_a_probe_leaves_nothing(void **state)
{
    const DurableFolder *p = *state;
    assert_int_equal(durable_probe(p->folder, NULL), GT_OK);
    assert_int_equal(count_names(p->folder), 0);
}

static void test_a_probe_finds_what_cannot_be_written(void **state)
{
    const DurableFolder *p = *state;
    Error e = { 0 };
    limit_file_size(0);
    const Status full = durable_probe(p->folder, &e);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(full, GT_EOUTPUT);
    assert_message(&e, p->folder, "writing a file in it failed: File too large");
    assert_int_equal(count_names(p->folder), 0);

    assert_int_equal(durable_probe(p->path, &e), GT_EOUTPUT);
    assert_message(&e, p->path, "opening it failed: No such file");
    assert_int_equal(durable_probe("/proc/self", &e), GT_EOUTPUT);
    assert_message(&e, "/proc/self", "creating a file in it failed");
}

static void test_sync(void **state)
{
    const DurableFolder *p = *state;
    Error e = { 0 };
    assert_int_equal(durable_sync(p->path, &e), GT_OK); /* nothing there */
    assert_int_equal(durable_append(p->path, "row", 3, NULL), GT_OK);
    assert_int_equal(durable_sync(p->path, &e), GT_OK);
    assert_holds(p->path, "row", 3);
    char below[PATH_BYTES];
    path_in(p, "file/below", below);
    assert_int_equal(durable_sync(below, &e), GT_EOUTPUT);
    assert_message(&e, below, "open failed: Not a directory");
}

static void test_probing_a_path_that_is_too_long(void **state)
{
    static char path[2 * 4096];
    Error e = { 0 };
    (void)state;
    memset(path, 'x', sizeof path - 1);
    assert_int_equal(durable_probe(path, &e), GT_EOUTPUT);
    assert_non_null(strstr(e.text[0], "File name too long"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probing_a_path_that_is_too_long),
        IN_FOLDER(test_write_and_replace),
        IN_FOLDER(test_large_file),
        IN_FOLDER(test_relative_path),
        IN_FOLDER(test_the_mode_is_the_umask),
        IN_FOLDER(test_links_are_replaced_not_followed),
        IN_FOLDER(test_a_fifo_is_replaced),
        IN_FOLDER(test_a_device_is_refused),
        IN_FOLDER(test_a_full_disk_leaves_the_old_file),
        IN_FOLDER(test_a_folder_is_not_replaced),
        IN_FOLDER(test_write_names_the_failing_call),
        IN_FOLDER(test_a_path_beyond_all_limits),
        IN_FOLDER(test_no_descriptors_is_a_lack_of_resources),
        IN_FOLDER(test_no_descriptor_is_kept),
        IN_FOLDER(test_append),
        IN_FOLDER(test_half_a_record_is_taken_back),
        IN_FOLDER(test_append_takes_regular_files_only),
        IN_FOLDER(test_a_probe_leaves_nothing),
        IN_FOLDER(test_a_probe_finds_what_cannot_be_written),
        IN_FOLDER(test_sync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
