/* Removal of the temporary file when a signal ends the process. */
#include "gantrain/io/temp_file.h"

#include <fcntl.h>
#include <stdbool.h>

#include "support/scratch.h"

static bool is_there(const Scratch *s)
{
    return access(s->path, F_OK) == 0;
}

static void only_between_begin_and_end(void **state)
{
    const Scratch *s = *state;
    const int folder = open(s->folder, O_RDONLY | O_DIRECTORY);
    assert_true(folder >= 0);
    scratch_put(s, "part", 4);
    temp_file_remove(); /* before any temp_file_begin */
    temp_file_begin(folder, "file");
    temp_file_end();
    temp_file_remove();
    assert_true(is_there(s));
    temp_file_begin(folder, "file");
    temp_file_remove();
    assert_false(is_there(s));
    temp_file_remove(); /* as by a second signal */
    temp_file_end();
    close(folder);
}

static void one_that_is_not_there_yet(void **state)
{
    const Scratch *s = *state;
    const int folder = open(s->folder, O_RDONLY | O_DIRECTORY);
    temp_file_begin(folder, "file");
    temp_file_remove();
    temp_file_end();
    scratch_put(s, "part", 4);
    temp_file_remove();
    assert_true(is_there(s));
    close(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(only_between_begin_and_end),
        SCRATCH_TEST(one_that_is_not_there_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
