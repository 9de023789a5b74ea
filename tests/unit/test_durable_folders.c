/* Creating folders, and removing the temporary files of a killed writer. */
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/durable_folder.h"

/* ---- durable_mkdir --------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void test_nested_folders(void **state)
{
    const DurableFolder *p = *state;
    char path[PATH_BYTES];
    path_in(p, "a/b//c/", path);
    assert_int_equal(durable_mkdir(path, NULL), GT_OK);
    assert_true(is_folder(path));
    assert_int_equal(durable_mkdir(path, NULL), GT_OK);
    path_in(p, "a/./../d", path);
    assert_int_equal(durable_mkdir(path, NULL), GT_OK);
    assert_true(is_folder(path));
    assert_int_equal(count_names(p->folder), 2);
    assert_int_equal(durable_mkdir("/", NULL), GT_OK);
    assert_int_equal(durable_mkdir(".", NULL), GT_OK);
}

static void test_a_link_to_a_folder_is_a_folder(void **state)
{
    const DurableFolder *p = *state;
    char folder[PATH_BYTES], below[PATH_BYTES];
    path_in(p, "folder", folder);
    path_in(p, "file/below", below);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(symlink(folder, p->path), 0);
    assert_int_equal(durable_mkdir(below, NULL), GT_OK);
    path_in(p, "folder/below", folder);
    assert_true(is_folder(folder));
}

static void test_folders_that_cannot_be(void **state)
{
    const DurableFolder *p = *state;
    char path[PATH_BYTES];
    Error e = { 0 };
    write_text(p->path, "in the way");
    assert_int_equal(durable_mkdir(p->path, &e), GT_EOUTPUT);
    assert_message(&e, p->path, "mkdir failed: Not a directory");
    path_in(p, "file/below", path);
    assert_int_equal(durable_mkdir(path, &e), GT_EOUTPUT);
    assert_message(&e, p->path, "mkdir failed: Not a directory");
    assert_int_equal(durable_mkdir("", &e), GT_EOUTPUT);
    assert_int_equal(durable_mkdir("/proc/self/new", &e), GT_EOUTPUT);
    assert_message(&e, "/proc/self/new", "mkdir failed");
    assert_holds(p->path, "in the way", 10);
}

/* ---- durable_sweep --------------------------------------------------------------------------- */

static void test_sweep_takes_our_own_names_only(void **state)
{
    const DurableFolder *p = *state;
    static const char *const others[] = {
        "file",
        ".tmp-",
        ".tmp-0123456789abcdef",
        ".tmp-0123456789abcdef-",
        ".tmp-0123456789abcde-file",
        ".tmp-0123456789abcdef0-file",
        ".tmp-0123456789ABCDEF-file",
        "tmp-0123456789abcdef-file",
        "x.tmp-0123456789abcdef-file",
    };
    enum { OTHERS = sizeof others / sizeof others[0] };
    char path[PATH_BYTES];
    for (int i = 0; i < OTHERS; i++) {
        path_in(p, others[i], path);
        write_text(path, "x");
    }
    path_in(p, ".tmp-0123456789abcdef-folder", path);
    assert_int_equal(mkdir(path, 0700), 0);
    path_in(p, ".tmp-0123456789abcdef-file", path);
    write_text(path, "left");
    char link_path[PATH_BYTES];
    path_in(p, ".tmp-fedcba9876543210-link", link_path);
    assert_int_equal(symlink(p->path, link_path), 0);
    assert_int_equal(count_names(p->folder), OTHERS + 3);
    durable_sweep(p->folder);
    assert_int_equal(count_names(p->folder), OTHERS + 1);
    assert_int_not_equal(access(path, F_OK), 0);
    for (int i = 0; i < OTHERS; i++) { /* the target of the link among them */
        path_in(p, others[i], path);
        assert_holds(path, "x", 1);
    }
}

/* The sweep recognizes the file that a killed writer leaves. */
static void test_sweep_knows_the_names_of_the_writer(void **state)
{
    const DurableFolder *p = *state;
    static const char zeros[5000];
    char command[256];
    const pid_t child = fork();
    if (child == 0) { /* SIGXFSZ kills it inside write() */
        const struct rlimit limit = { 1000, 1000 }, no_core = { 0, 0 };
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)setrlimit(RLIMIT_FSIZE, &limit);
        (void)signal(SIGXFSZ, SIG_DFL);
        (void)durable_write(p->path, zeros, sizeof zeros, NULL);
        _exit(0);
    }
    assert_true(child > 0);
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(count_names(p->folder), 1);
    (void)snprintf(command, sizeof command, "ls -A '%s' | grep -q '^\\.tmp-.*-file$'", p->folder);
    assert_int_equal(system(command), 0);
    durable_sweep(p->folder);
    assert_int_equal(count_names(p->folder), 0);
}

static void test_sweep_of_nothing(void **state)
{
    const DurableFolder *p = *state;
    durable_sweep(p->path);
    assert_int_equal(count_names(p->folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_nested_folders),
        IN_FOLDER(test_a_link_to_a_folder_is_a_folder),
        IN_FOLDER(test_folders_that_cannot_be),
        IN_FOLDER(test_sweep_takes_our_own_names_only),
        IN_FOLDER(test_sweep_knows_the_names_of_the_writer),
        IN_FOLDER(test_sweep_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
