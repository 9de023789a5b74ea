/* Durable files when any of their system calls fails: the old or the new file is complete, no
 * other file is left, and the failure is reported. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>

#include "support/durable_folder.h"
#include "support/io_faults.h"

static const char old[] = "the file that was there", new[] = "the file that takes its place";

static const int final[] = { EIO, ENOSPC, EACCES, EMFILE, EINVAL, EEXIST };
enum { FINAL = sizeof final / sizeof *final };

static void sweep_up(const DurableFolder *p)
{
    durable_sweep(p->folder);
    assert_int_equal(count_names(p->folder), 1);
}

/* ---- durable_write --------------------------------------------------------------------------- */

static void put_old(void *me)
{
    const DurableFolder *p = me;
    write_text(p->path, old);
}

/* In three writes, the first of which is interrupted. */
static Status write_new(void *me, Error *e)
{
    const DurableFolder *p = me;
    const Piece pieces[] = {
        { new, 4 }, { NULL, 0 }, { new + 4, 1 }, { new + 5, strlen(new) - 5 }
    };
    return durable_write_pieces(p->path, pieces, 4, e);
}

/* Only after a failed fsync of the folder is the new file in place (durable.h). */
static void one_of_both(void *me, Status s, const Error *e)
{
    const DurableFolder *p = me;
    const bool replaced = s == GT_OK || strstr(e->text[0], "fsync of its folder");
    assert_holds(p->path, replaced ? new : old, strlen(replaced ? new : old));
    assert_true(s == GT_OK || strstr(e->text[0], p->path));
}

static void one_of_both_and_nothing_else(void *me, Status s, const Error *e)
{
    const DurableFolder *p = me;
    one_of_both(me, s, e);
    assert_int_equal(count_names(p->folder), 1);
}

static void one_of_both_once_swept(void *me, Status s, const Error *e)
{
    one_of_both(me, s, e);
    sweep_up(me);
}

static void test_write_with_one_fault(void **state)
{
    const Operation operation = { put_old, write_new, one_of_both_and_nothing_else };
    for (int i = 0; i < FINAL; i++)
        assert_true(fault_each(&operation, (Fault){ .error = final[i] }, *state) >= 10);
}

/* Every call from the n-th on fails, including the removal of the temporary file. */
static void test_write_when_all_calls_fail(void **state)
{
    const Operation operation = { put_old, write_new, one_of_both_once_swept };
    for (int i = 0; i < FINAL; i++)
        assert_true(fault_each(&operation, (Fault){ .error = final[i], .onwards = true }, *state) >=
                    10);
}

static void succeeds(void *me, Status s, const Error *e)
{
    assert_int_equal(s, GT_OK);
    one_of_both_and_nothing_else(me, s, e);
}

/* Neither EINTR nor a partial write is a failure. */
static void test_write_that_is_interrupted(void **state)
{
    static const char *const calls[] = { "openat", "write", "fsync", "close" };
    const Operation operation = { put_old, write_new, succeeds };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        assert_true(fault_each(&operation, (Fault){ .call = calls[i], .error = EINTR }, *state) >
                    0);
    assert_true(fault_each(&operation, (Fault){ .call = "write" }, *state) >= 3);
    assert_true(fault_each(&operation, (Fault){ .call = "write", .onwards = true }, *state) >= 3);
}

/* An existing temporary name is skipped; an error is reported when all exist. */
static void test_temporary_names_that_are_taken(void **state)
{
    const DurableFolder *p = *state;
    Error e = { 0 };
    put_old(*state);
    fault_arm((Fault){ .call = "openat", .error = EEXIST, .nth = 2 });
    assert_int_equal(write_new(*state, &e), GT_OK);
    assert_true(fault_disarm());
    assert_holds(p->path, new, strlen(new));
    fault_arm((Fault){ .call = "openat", .error = EEXIST, .nth = 2, .onwards = true });
    assert_int_equal(write_new(*state, &e), GT_EOUTPUT);
    assert_true(fault_disarm());
    assert_message(&e, p->path, "creating a temporary file beside it failed: File exists");
}

/* Some file systems cannot sync folders. */
static void test_folders_that_cannot_be_synced(void **state)
{
    static const int errors[] = { EINVAL, ENOTSUP };
    const DurableFolder *p = *state;
    for (int i = 0; i < 2; i++) {
        put_old(*state);
        fault_arm((Fault){ .call = "fsync", .error = errors[i], .nth = 2 });
        assert_int_equal(write_new(*state, NULL), GT_OK);
        assert_true(fault_disarm());
        assert_holds(p->path, new, strlen(new));
    }
}

/* The first failure is reported, with its errno. */
static void test_the_first_failure_is_check_reported(void **state)
{
    const DurableFolder *p = *state;
    Error e = { 0 };
    fault_arm((Fault){ .call = "fsync", .error = EDQUOT, .nth = 1 });
    assert_int_equal(write_new(*state, &e), GT_EOUTPUT);
    assert_true(fault_disarm());
    assert_message(&e, p->path, "fsync failed: Disk quota exceeded");
    fault_arm((Fault){ .call = "close", .error = EDQUOT, .nth = 1 });
    assert_int_equal(write_new(*state, &e), GT_EOUTPUT);
    assert_true(fault_disarm());
    assert_message(&e, p->path, "close failed: Disk quota exceeded");
    assert_int_equal(count_names(p->folder), 0);
}

static void test_disks_are_refused(void **state)
{
    const DurableFolder *p = *state;
    Error e = { 0 };
    if (mknod(p->path, S_IFBLK | 0600, makedev(1, 0)) != 0)
        skip(); /* the superuser only */
    assert_int_equal(write_new(*state, &e), GT_EOUTPUT);
    assert_message(&e, p->path, "is a device");
}

/* ---- durable_append -------------------------------------------------------------------------- */

static Status append_new(void *me, Error *e)
{
    const DurableFolder *p = me;
    return durable_append(p->path, new, strlen(new), e);
}

/* The record is complete or absent; only a failing close leaves a record that it reports as
 * lost. */
static void appended_or_not(void *me, Status s, const Error *e)
{
    const DurableFolder *p = me;
    const bool there = s == GT_OK || strstr(e->text[0], "close");
    char whole[sizeof old + sizeof new];
    snprintf(whole, sizeof whole, "%s%s", old, there ? new : "");
    assert_holds(p->path, whole, strlen(whole));
    assert_int_equal(count_names(p->folder), 1);
}

static void test_append_with_faults(void **state)
{
    const Operation operation = { put_old, append_new, appended_or_not };
    for (int i = 0; i < FINAL; i++) {
        assert_int_equal(fault_each(&operation, (Fault){ .error = final[i] }, *state), 4);
        assert_int_equal(
            fault_each(&operation, (Fault){ .error = final[i], .onwards = true }, *state), 4);
    }
    assert_int_equal(fault_each(&operation, (Fault){ .call = "write" }, *state), 1);
    for (int i = 0; i < 3; i++) {
        static const char *const calls[] = { "openat", "write", "close" };
        put_old(*state);
        fault_arm((Fault){ .call = calls[i], .error = EINTR, .nth = 1 });
        assert_int_equal(append_new(*state, NULL), GT_OK);
        assert_true(fault_disarm());
    }
}

static void remove_it(void *me)
{
    const DurableFolder *p = me;
    (void)unlink(p->path);
}

/* A file with this record, or without any part of it. */
static void begun_or_not(void *me, Status s, const Error *e)
{
    const DurableFolder *p = me;
    const bool there = s == GT_OK || strstr(e->text[0], "close");
    if (access(p->path, F_OK) == 0)
        assert_holds(p->path, new, there ? strlen(new) : 0);
    assert_true(access(p->path, F_OK) == 0 || !there);
}

static Status sync_new(void *me, Error *e)
{
    const DurableFolder *p = me;
    return durable_sync(p->path, e);
}

static void check_reported(void *me, Status s, const Error *e)
{
    const DurableFolder *p = me;
    assert_true(s == GT_OK || strstr(e->text[0], p->path));
}

static void test_the_first_record_with_faults(void **state)
{
    const Operation operation = { remove_it, append_new, begun_or_not };
    const Operation sync = { put_old, sync_new, check_reported },
                    sync_none = { remove_it, sync_new, check_reported };
    for (int i = 0; i < FINAL; i++) {
        assert_true(fault_each(&operation, (Fault){ .error = final[i] }, *state) >= 7);
        assert_true(fault_each(&sync, (Fault){ .error = final[i] }, *state) >= 2);
    }
    assert_true(fault_each(&sync_none, (Fault){ .error = EIO }, *state) >= 1);
}

/* Appends with room for half a record while ftruncate fails once. */
static void append_half(DurableFolder *p, int error, Error *e)
{
    struct rlimit limit;
    put_old(p);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    limit.rlim_cur = sizeof old + 5;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    fault_arm((Fault){ .call = "ftruncate", .error = error, .nth = 1 });
    const Status s = append_new(p, e);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_true(fault_disarm());
    assert_int_equal(s, GT_EOUTPUT);
}

/* A partial record that cannot be removed is reported. */
static void test_half_a_record_that_stays(void **state)
{
    DurableFolder *p = *state;
    Error e = { 0 };
    append_half(p, EIO, &e);
    assert_message(&e, p->path, "removing a partial record (ftruncate) failed");
}

/* EINTR during the removal leaves no part of it. */
static void test_half_a_record_is_taken_back(void **state)
{
    DurableFolder *p = *state;
    Error e = { 0 };
    append_half(p, EINTR, &e);
    assert_message(&e, p->path, "write failed: File too large");
    assert_holds(p->path, old, strlen(old));
}

/* ---- folders --------------------------------------------------------------------------------- */

static void remove_folders(void *me)
{
    const DurableFolder *p = me;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s/a'", p->folder);
    assert_int_equal(system(command), 0);
}

static Status make_folders(void *me, Error *e)
{
    char path[PATH_BYTES];
    path_in(me, "a/b", path);
    return durable_mkdir(path, e);
}

static void check_reported_or_made(void *me, Status s, const Error *e)
{
    struct stat st;
    char path[PATH_BYTES];
    path_in(me, "a/b", path);
    if (s == GT_OK)
        assert_true(stat(path, &st) == 0 && S_ISDIR(st.st_mode));
    else
        assert_non_null(strstr(e->text[0], "failed: "));
}

static void test_folders_with_faults(void **state)
{
    const Operation operation = { remove_folders, make_folders, check_reported_or_made };
    static const int errors[] = { EIO, ENOSPC, EROFS, EEXIST, EMFILE, EINVAL };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        assert_true(fault_each(&operation, (Fault){ .error = errors[i] }, *state) >= 8);
        assert_true(
            fault_each(&operation, (Fault){ .error = errors[i], .onwards = true }, *state) >= 8);
    }
    assert_true(fault_each(&operation, (Fault){ .call = "openat", .error = EINTR }, *state) >= 2);
}

static void test_sweep_with_faults(void **state)
{
    static const char *const calls[] = { "opendir", "unlinkat" };
    const DurableFolder *p = *state;
    char left[PATH_BYTES];
    path_in(p, ".tmp-0123456789abcdef-file", left);
    write_text(left, "left");
    for (int i = 0; i < 2; i++) {
        fault_arm((Fault){ .call = calls[i], .error = EIO, .nth = 1 });
        durable_sweep(p->folder);
        assert_true(fault_disarm());
        assert_int_equal(count_names(p->folder), 1);
    }
    durable_sweep(p->folder);
    assert_int_equal(count_names(p->folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_write_with_one_fault),
        IN_FOLDER(test_write_when_all_calls_fail),
        IN_FOLDER(test_write_that_is_interrupted),
        IN_FOLDER(test_temporary_names_that_are_taken),
        IN_FOLDER(test_folders_that_cannot_be_synced),
        IN_FOLDER(test_the_first_failure_is_check_reported),
        IN_FOLDER(test_disks_are_refused),
        IN_FOLDER(test_append_with_faults),
        IN_FOLDER(test_the_first_record_with_faults),
        IN_FOLDER(test_half_a_record_that_stays),
        IN_FOLDER(test_half_a_record_is_taken_back),
        IN_FOLDER(test_folders_with_faults),
        IN_FOLDER(test_sweep_with_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
