/* Registries: finding rows by their exact name, and guessing names that were misspelt. */
#include "gantrain/base/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h> /* last: it has a macro fail() */

static const Entry adam = { .name = "adam", .summary = "first" };
static const Entry rmsprop = { .name = "rmsprop", .summary = "second" };
static const Entry sgd = { .name = "sgd", .summary = "third" };
static const Entry *const rows[] = { &adam, &rmsprop, &sgd, NULL };
static const Registry optimizers = { "optimizers", "optimizer", rows };

static void test_find_is_exact(void **state)
{
    (void)state;
    assert_ptr_equal(registry_find(&optimizers, "adam"), &adam);
    assert_ptr_equal(registry_find(&optimizers, "sgd"), &sgd);
    assert_null(registry_find(&optimizers, "Adam"));
    assert_null(registry_find(&optimizers, "ada"));
    assert_null(registry_find(&optimizers, "adamw"));
    assert_null(registry_find(&optimizers, ""));
    static const Entry *const none[] = { NULL };
    const Registry empty = { "things", "thing", none };
    assert_null(registry_find(&empty, "adam"));
    assert_null(registry_nearest(&empty, "adam"));
}

static void assert_nearest(const char *word, const char *expected)
{
    static const char *const names[] = { "lr", "epochs", "batch_size", "latent_dim", "seed", NULL };
    const char *found = nearest_name(word, names);
    if (!expected)
        assert_null(found);
    else
        assert_string_equal(found ? found : "(none)", expected);
}

static void test_nearest_name(void **state)
{
    (void)state;
    assert_nearest("epochs", "epochs");
    assert_nearest("epcohs", "epochs"); /* a swap is one slip, not two */
    assert_nearest("epoch", "epochs");
    assert_nearest("Epochs", "epochs");
    assert_nearest("EPOCHS", "epochs");
    assert_nearest("batchsize", "batch_size");
    assert_nearest("batch-size", "batch_size");
    assert_nearest("latnet_dmi", "latent_dim");
    assert_nearest("LR", "lr");
    assert_nearest("l", NULL);  /* no suggestion for a single letter */
    assert_nearest("rl", "lr"); /* one swap */
    assert_nearest("sed", "seed");
    assert_nearest("need", "seed");
    assert_nearest("bead", NULL); /* two edits of four letters */
    assert_nearest("momentum", NULL);
    assert_nearest("", NULL);
}

static void test_the_nearest_wins_over_the_first(void **state)
{
    (void)state;
    static const char *const names[] = { "beta11", "beta1", "beta2", NULL };
    assert_string_equal(nearest_name("beta3", names), "beta1"); /* equals: the first in the list */
    assert_string_equal(nearest_name("beta2x", names), "beta2");
}

static void test_very_long_words_get_no_guess(void **state)
{
    (void)state;
    char word[100000];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    const char *const same[] = { word, NULL };
    assert_null(nearest_name(word, same));
    assert_nearest(word, NULL);
    word[64] = '\0';
    assert_string_equal(nearest_name(word, same), word);
    const char *const longer[] = {
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL
    };
    assert_null(nearest_name(word, longer));
}

static void test_registry_nearest(void **state)
{
    (void)state;
    assert_string_equal(registry_nearest(&optimizers, "adma"), "adam");
    assert_string_equal(registry_nearest(&optimizers, "RMSProp"), "rmsprop");
    assert_null(registry_nearest(&optimizers, "lion"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find_is_exact),
        cmocka_unit_test(test_nearest_name),
        cmocka_unit_test(test_the_nearest_wins_over_the_first),
        cmocka_unit_test(test_very_long_words_get_no_guess),
        cmocka_unit_test(test_registry_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
