/* Progress of the training of a classifier: a live line on a terminal, two lines elsewhere, none if
 * quiet. */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <fcntl.h>
#include <stdlib.h>

#include "gantrain/train/progress.h"

#include "support/scratch.h"

static char heard[4096];

/* stderr goes to `to` meanwhile; heard = what arrives at `from`. */
static void listen(int to, int from, bool quiet, bool live)
{
    const int own = dup(STDERR_FILENO);
    assert_int_equal(dup2(to, STDERR_FILENO), STDERR_FILENO);
    TaskProgress t = task_progress_start(quiet, live);
    for (int i = 0; i <= 8; i += 2) /* at once: a terminal sees the first and the last */
        assert_int_equal(progress_classifier(&t, i / 8.0, 0.5 + i / 32.0), GT_OK);
    progress_task(&t, "measuring", "fcd");
    progress_task(&t, NULL, NULL);
    assert_int_equal(dup2(own, STDERR_FILENO), STDERR_FILENO);
    close(own);
    assert_true(write(to, "#", 1) == 1); /* until there: a terminal hands it on in pieces */
    size_t n = 0;
    while (n == 0 || heard[n - 1] != '#') {
        const ssize_t more = read(from, heard + n, sizeof heard - 1 - n);
        assert_true(more > 0);
        n += (size_t)more;
    }
    heard[n - 1] = '\0';
}

static void listen_to_a_pipe(bool quiet)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    listen(ends[1], ends[0], quiet, true);
    close(ends[0]);
    close(ends[1]);
}

static void test_a_pipe(void **state)
{
    (void)state;
    listen_to_a_pipe(false);
    assert_string_equal(heard,
                        "training a classifier of the data, once: it is cached for later runs\n"
                        "classifier trained: test accuracy 75.00 %\n");
    listen_to_a_pipe(true);
    assert_string_equal(heard, "");
}

static void test_a_terminal(void **state)
{
    (void)state;
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        skip(); /* no pseudo-terminals here */
    const int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0);
    listen(terminal, master, false, true);
    assert_non_null(strstr(heard, "\rclassifier [>                   ]   0%  accuracy 50.0%"));
    assert_non_null(strstr(heard, "\rclassifier [====================] 100%  accuracy 75.0%"));
    assert_null(strstr(heard, " 25%"));
    assert_non_null(strstr(heard, "\rmeasuring fcd ...\033[K\r\033[K"));
    listen(terminal, master, true, true);
    assert_string_equal(heard, "");
    listen(terminal, master, false, false); /* --no-progress */
    assert_null(strstr(heard, "["));
    assert_non_null(strstr(heard, "test accuracy 75.00 %"));
    close(terminal);
    close(master);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pipe),
        cmocka_unit_test(test_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
