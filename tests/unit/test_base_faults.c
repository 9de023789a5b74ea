/* base/ when memory or a system call fails: files are read completely or not at all, arenas exist
 * or not, and messages need no memory. */
#include <wchar.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/file.h"
#include "gantrain/base/log.h"

#include "support/io_faults.h"
#include "support/scratch.h"

#undef fail

/* ---- reading files --------------------------------------------------------------------------- */

enum { SIZE = 3000 };
static unsigned char content[SIZE];

typedef struct Reading {
    const char *path;
    size_t size; /* 0: unknown, of a file of the kernel */
    Bytes b;
} Reading;

static Status read_it(void *me, Error *e)
{
    Reading *r = me;
    return file_read(&r->b, r->path, 1 << 20, GT_EDATA, e);
}

/* The whole file, or nothing and an error with the path. */
static void whole_or_nothing(void *me, Status s, const Error *e)
{
    Reading *r = me;
    if (s == GT_OK) {
        assert_true(r->size ? r->b.size == r->size : r->b.size > 0);
        assert_true(!r->size || memcmp(r->b.at, content, r->size) == 0);
        assert_int_equal(r->b.at[r->b.size], 0);
    } else {
        assert_true(s == GT_EDATA || s == GT_ERESOURCE);
        assert_null(r->b.at);
        assert_int_equal(r->b.size, 0);
        assert_int_equal(strncmp(e->text[0], r->path, strlen(r->path)), 0);
    }
    bytes_free(&r->b);
}

static void whole(void *me, Status s, const Error *e)
{
    assert_int_equal(s, GT_OK);
    whole_or_nothing(me, s, e);
}

static void assert_read_with_faults(Reading *r)
{
    static const int errors[] = { EIO, EACCES, EMFILE, ENOMEM };
    const Operation operation = { NULL, read_it, whole_or_nothing },
                    must = { NULL, read_it, whole };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        assert_true(fault_each(&operation, (Fault){ .error = errors[i] }, r) >= 5);
        assert_true(fault_each(&operation, (Fault){ .error = errors[i], .onwards = true }, r) >= 5);
    }
    assert_true(fault_each(&operation, (Fault){ .call = MEMORY, .error = ENOMEM }, r) >= 1);
    assert_true(fault_each(&must, (Fault){ .call = "open", .error = EINTR }, r) == 1);
    assert_true(fault_each(&must, (Fault){ .call = "read", .error = EINTR }, r) >= 2);
    assert_true(fault_each(&must, (Fault){ .call = "read", .onwards = true }, r) >= 2);
    assert_true(fault_each(&must, (Fault){ .call = "close", .error = EIO }, r) == 1);
}

static void test_files_are_read_whole(void **state)
{
    const Scratch *s = *state;
    for (int i = 0; i < SIZE; i++)
        content[i] = (unsigned char)((unsigned)i * 2654435761u >> 11);
    scratch_put(s, content, SIZE);
    assert_read_with_faults(&(Reading){ .path = s->path, .size = SIZE });
}

/* It reports size 0, so memory must grow while it is read. */
static void test_files_that_hide_their_size(void **state)
{
    (void)state;
    assert_read_with_faults(&(Reading){ .path = "/proc/self/status" });
}

static void test_messages_name_the_reason(void **state)
{
    const Scratch *s = *state;
    Bytes b;
    Error e = { 0 };
    scratch_put(s, content, SIZE);
    assert_int_equal(file_read(&b, s->path, SIZE - 1, GT_EDATA, &e), GT_EDATA);
    assert_non_null(strstr(e.text[0], "larger than 2999 bytes"));
    assert_int_equal(truncate(s->path, (1 << 20) + 2), 0);
    assert_int_equal(file_read(&b, s->path, (1 << 20) + 1, GT_EDATA, &e), GT_EDATA);
    assert_non_null(strstr(e.text[0], "larger than 1048577 bytes"));
    fault_arm((Fault){ .call = "fstat", .error = EIO, .nth = 1 });
    assert_int_equal(file_read(&b, s->path, 1 << 30, GT_EDATA, &e), GT_EDATA);
    assert_true(fault_disarm());
    assert_non_null(strstr(e.text[0], "cannot be examined: Input/output error"));
    fault_arm((Fault){ .call = MEMORY, .nth = 1 });
    assert_int_equal(file_read(&b, s->path, 1 << 30, GT_EDATA, &e), GT_ERESOURCE);
    assert_true(fault_disarm());
    assert_non_null(strstr(e.text[0], "not enough memory to read 1048579 bytes"));
}

/* ---- arenas ---------------------------------------------------------------------------------- */

static void plan(Arena *a, void *plan_me)
{
    const size_t *bytes = plan_me;
    (void)arena_take(a, *bytes);
}

static void test_arenas_without_memory(void **state)
{
    static const size_t sizes[] = { 1, 5 << 20 };
    (void)state;
    for (int i = 0; i < 2; i++) {
        size_t bytes = sizes[i];
        Error e = { 0 };
        Arena a;
        fault_arm((Fault){ .call = MEMORY, .nth = 1 });
        assert_int_equal(arena_build(&a, plan, &bytes, &e), GT_ERESOURCE);
        assert_true(fault_disarm());
        assert_non_null(strstr(e.text[0], "cannot allocate"));
        assert_null(a.base);
        assert_int_equal(arena_build(&a, plan, &bytes, &e), GT_OK);
        arena_close(&a);
    }
}

/* At the end of the address space the aligned offset wraps around. */
static void test_places_do_not_wrap_round(void **state)
{
    (void)state;
    Arena measure = { .used = SIZE_MAX - 1, .size = SIZE_MAX };
    assert_null(arena_take(&measure, 8));
    assert_true(measure.full);
    assert_true(measure.used == SIZE_MAX - 1);
    unsigned char here[128];
    Arena small = { .base = here, .used = sizeof here - 1, .size = sizeof here - 1 };
    assert_null(arena_take(&small, 0)); /* its address, rounded up, is past the end */
    assert_true(small.full);
}

/* ---- messages -------------------------------------------------------------------------------- */

/* The output of `log` on stderr while every allocation fails. */
static void listen(const Log *log, const char *words, char heard[4096])
{
    int ends[2];
    const int own = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    fault_arm((Fault){ .call = MEMORY, .nth = 1, .onwards = true });
    log_info(log, "info %s", words);
    log_warning(log, "%s", words);
    const bool allocated = fault_disarm();
    assert_int_equal(dup2(own, STDERR_FILENO), STDERR_FILENO);
    close(own);
    close(ends[1]);
    const ssize_t n = read(ends[0], heard, 4095);
    close(ends[0]);
    assert_true(n >= 0 && !allocated);
    heard[n] = '\0';
}

static void test_talk_needs_no_memory(void **state)
{
    char heard[4096], words[3000];
    (void)state;
    listen(&(Log){ .quiet = false }, "a\x1b[2Jb", heard);
    assert_string_equal(heard, "info a\\x1b[2Jb\ngantrain: warning: a\\x1b[2Jb\n");
    listen(&(Log){ .quiet = true }, "here", heard);
    assert_string_equal(heard, "gantrain: warning: here\n");
    memset(words, '\n', sizeof words - 1); /* four bytes for each */
    words[sizeof words - 1] = '\0';
    listen(&(Log){ .quiet = true }, words, heard);
    assert_true(strlen(heard) <= strlen("gantrain: warning: ") + 1024);
    assert_non_null(strstr(heard, "...")); /* in the middle */
}

/* A closed stderr is ignored. */
static void test_talk_to_nobody(void **state)
{
    (void)state;
    fault_arm((Fault){ .call = "write", .error = EPIPE, .nth = 1 });
    log_warning(&(Log){ .quiet = true }, "unheard");
    assert_true(fault_disarm());
}

static void test_a_message_that_cannot_be_formatted(void **state)
{
    static const wchar_t none[] = { 0x110000, 0 }; /* beyond Unicode */
    Error e = { 0 };
    (void)state;
    assert_int_equal(fail(&e, GT_EDATA, "name: %ls", none), GT_EDATA);
    assert_string_equal(e.text[0], "(a message that could not be formatted: name: %ls)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_files_are_read_whole),
        SCRATCH_TEST(test_files_that_hide_their_size),
        SCRATCH_TEST(test_messages_name_the_reason),
        cmocka_unit_test(test_arenas_without_memory),
        cmocka_unit_test(test_places_do_not_wrap_round),
        cmocka_unit_test(test_talk_needs_no_memory),
        cmocka_unit_test(test_talk_to_nobody),
        cmocka_unit_test(test_a_message_that_cannot_be_formatted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
