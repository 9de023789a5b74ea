/* The lock and the path of a run folder when system calls fail. */
#include <sys/sysmacros.h>

#include "support/io_faults.h"
#include "support/run_folder.h"

/* ---- the lock -------------------------------------------------------------------------------- */

static Status take(bool no_lock, RunFolder *f, Error *e)
{
    memset(e, 0, sizeof *e);
    return folder_open(f, here.path, no_lock, e);
}

static void test_file_systems_without_locks(void **state)
{
    static const int errors[] = { ENOLCK, EOPNOTSUPP, ENOSYS, EIO };
    char path[FOLDER_PATH];
    Error e;
    RunFolder f;
    (void)state;
    strcpy(path, here.path);
    folder_close(&here);
    strcpy(here.path, path);
    for (int i = 0; i < 4; i++) {
        const Fault fault = { .call = "flock", .error = errors[i], .nth = 1 };
        fault_arm(fault);
        assert_int_equal(take(false, &f, &e), GT_EOUTPUT);
        assert_true(fault_disarm());
        assert_non_null(strstr(e.text[0], "cannot lock the folder: "));
        assert_true((strstr(e.text[0], "or train with --no-lock") != NULL) == (i < 3));
        fault_arm(fault);
        assert_int_equal(take(true, &f, &e), i < 3 ? GT_OK : GT_EOUTPUT);
        assert_true(fault_disarm());
        assert_true(f.unlocked == (i < 3));
        folder_close(&f);
    }
    static const char *const calls[] = { "open", "flock" };
    for (int i = 0; i < 2; i++) {
        fault_arm((Fault){ .call = calls[i], .error = EINTR, .nth = 1 });
        assert_int_equal(take(true, &f, &e), GT_OK);
        assert_true(fault_disarm());
        assert_false(f.unlocked); /* there are locks: it was taken */
        folder_close(&f);
    }
}

/* A folder that is not a run. */
static void test_any_folder(void **state)
{
    const Scratch *s = *state;
    int lock, second;
    Error e = { 0 };
    folder_close(&here);
    assert_int_equal(folder_lock(&lock, s->folder, "taken", NULL, &e), GT_OK);
    assert_int_equal(folder_lock(&second, s->folder, "taken", NULL, &e), GT_EBUSY);
    assert_non_null(strstr(e.text[0], ": taken ("));
    assert_int_equal(second, -1);
    assert_int_equal(close(lock), 0);
}

/* A line of /proc/locks. */
static void add_lock(FILE *file, const char *kind, long process, uint64_t major_of,
                     uint64_t minor_of, uint64_t inode)
{
    assert_true(fprintf(file, "7: %s  ADVISORY  WRITE %ld %02x:%02x:%llu 0 EOF\n", kind, process,
                        (unsigned)major_of, (unsigned)minor_of, (unsigned long long)inode) > 0);
}

static void expect_busy(const char *phrase)
{
    RunFolder f;
    Error e;
    assert_int_equal(take(true, &f, &e), GT_EBUSY);
    if (!strstr(e.text[0], phrase))
        assert_string_equal(e.text[0], phrase);
}

/* Only the line that says flock, this device and this inode names the process. */
static void test_the_holder_of_a_lock(void **state)
{
    const Scratch *s = *state;
    struct stat st;
    expect_busy("(process "); /* by the real /proc/locks */
    assert_int_equal(stat(here.path, &st), 0);
    const uint64_t a = major(st.st_dev), b = minor(st.st_dev), inode = st.st_ino;
    for (int known = 0; known < 2; known++) {
        FILE *file = fopen(s->path, "w");
        assert_non_null(file);
        assert_true(fputs("no line of locks\n", file) >= 0);
        add_lock(file, "POSIX", 11, a, b, inode);
        add_lock(file, "FLOCK", 12, a, b, inode + 1);
        add_lock(file, "FLOCK", 13, a + 1, b, inode);
        add_lock(file, "FLOCK", 14, a, b + 1, inode);
        add_lock(file, "FLOCK", -1, a, b, inode); /* of another container */
        if (known)
            add_lock(file, "FLOCK", 4711, a, b, inode);
        assert_int_equal(fclose(file), 0);
        replaced_file.path = "/proc/locks";
        replaced_file.by = s->path;
        expect_busy(known ? "(process 4711 on " : "the process is not visible from here");
    }
    fault_arm((Fault){ .call = "gethostname", .error = EFAULT, .nth = 1 });
    expect_busy("the process is not visible from here");
    assert_true(fault_disarm());
    replaced_file.by = "/nowhere/locks";
    expect_busy("the process is not visible from here");
    replaced_file.path = NULL;
    fault_arm((Fault){ .call = "fstat", .error = EIO, .nth = 1 });
    expect_busy("the process is not visible from here");
    assert_true(fault_disarm());
}

/* ---- the path -------------------------------------------------------------------------------- */

static void remove_part(const char *name)
{
    char path[FOLDER_FILE];
    folder_file(&here, name, path);
    assert_int_equal(rmdir(path), 0);
}

/* A path that cannot be looked up may still be the folder's; one through a file is not. */
static void test_a_path_that_cannot_be_looked_up(void **state)
{
    static const char *const calls[] = { "fstat", "stat" };
    const Scratch *s = *state;
    char before[FOLDER_PATH];
    for (int i = 0; i < 2; i++) {
        fault_arm((Fault){ .call = calls[i], .error = EACCES, .nth = 1 });
        assert_true(folder_in_place(&here));
        assert_true(fault_disarm());
    }
    strcpy(before, here.path);
    scratch_put(s, "x", 1);
    snprintf(here.path, sizeof here.path, "%s/run", s->path);
    assert_false(folder_in_place(&here));
    strcpy(here.path, "/nowhere");
    assert_false(folder_in_place(&here));
    strcpy(here.path, "/proc"); /* on another device */
    assert_false(folder_in_place(&here));
    strcpy(here.path, before);
}

static void expect_path(const char *path, const char *data, const char *what)
{
    Error e = { 0 };
    assert_int_equal(folder_check_path(path, data, GT_EUSAGE, &e), what ? GT_EUSAGE : GT_OK);
    if (what && (strncmp(e.text[0], path, strlen(path)) != 0 || !strstr(e.text[0], what)))
        assert_string_equal(e.text[0], what);
}

static void test_paths_that_are_no_run_folder(void **state)
{
    const Scratch *s = *state;
    char path[FOLDER_FILE], before[512];
    expect_path(here.path, NULL, NULL);
    expect_path("/nowhere/run", here.path, NULL); /* it does not exist yet */
    expect_path("/", NULL, "the root of the file system");
    expect_path("//..", here.path, "the root of the file system");
    expect_path(here.path, s->folder, "the folder of the data");
    snprintf(path, sizeof path, "%s/samples/..", s->folder);
    expect_path(path, s->folder, "the folder of the data");
    expect_path(here.path, path, "the folder of the data");
    expect_path(here.path, "/nowhere/data", NULL);
    expect_path("/proc", "/sys", NULL); /* the same number on another device */
    folder_file(&here, "samples", path);
    expect_path(here.path, path, NULL);
    expect_path(path, here.path, NULL); /* there is no run yet */
    put("config.json");
    expect_path(path, NULL, "a part of another run");
    expect_path(here.path, NULL, NULL);
    folder_file(&here, "checkpoints//", path);
    expect_path(path, NULL, "a part of another run");
    assert_non_null(getcwd(before, sizeof before)); /* by any name */
    assert_int_equal(chdir(path), 0);
    expect_path(".", NULL, "a part of another run");
    expect_path("../samples", NULL, "a part of another run");
    expect_path("..", NULL, NULL);
    assert_int_equal(chdir(before), 0);
    folder_file(&here, "mine", path);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_path(path, NULL, NULL); /* next to its config, but not its own */
    assert_int_equal(rmdir(path), 0);
}

/* ---- before training ------------------------------------------------------------------------- */

static Status probe(void *me, Error *e)
{
    (void)me;
    return folder_check_writable(&here, e);
}

/* The only calls that may fail unnoticed are those that clean up. */
static void nothing_left(void *me, Status s, const Error *e)
{
    (void)me, (void)e;
    durable_sweep(here.path);
    assert_true(s == GT_OK || s == GT_EOUTPUT || s == GT_ERESOURCE);
    assert_true(there("samples") && there("checkpoints"));
    remove_part("samples");
    remove_part("checkpoints");
    assert_int_equal(rmdir(here.path), 0); /* nothing else was there */
    folder_close(&here);
}

static void open_again(void *me)
{
    const Scratch *s = me;
    folder_close(&here);
    assert_int_equal(folder_open(&here, s->folder, false, &(Error){ 0 }), GT_OK);
}

static void test_probing_with_faults(void **state)
{
    static const char *const calls[] = { "openat", "write", "access" };
    const Operation operation = { open_again, probe, nothing_left };
    char longer[5000];
    for (int i = 0; i < 3; i++)
        assert_true(fault_each(&operation, (Fault){ .call = calls[i], .error = EDQUOT }, *state) >=
                    1);
    assert_true(fault_each(&operation, (Fault){ .call = "close", .error = EIO }, *state) >= 3);
    open_again(*state);
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(durable_probe(longer, &(Error){ 0 }), GT_EOUTPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE_TEST(test_file_systems_without_locks),
        HERE_TEST(test_the_holder_of_a_lock),
        HERE_TEST(test_any_folder),
        HERE_TEST(test_a_path_that_cannot_be_looked_up),
        HERE_TEST(test_paths_that_are_no_run_folder),
        HERE_TEST(test_probing_with_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
