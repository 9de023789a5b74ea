/* A run of a few numbers in a scratch folder: points on a ring, two small nets. */
#ifndef GANTRAIN_TESTS_TOY_RUN_H
#define GANTRAIN_TESTS_TOY_RUN_H

#include "gantrain/base/hash.h"
#include "gantrain/io/durable.h"
#include "train/train_parts.h"

#include "support/rewritten.h"
#include "support/scratch.h"

static const char toy_config[] =
    "{\"name\": \"toy\", \"seed\": 3,"
    " \"data\": {\"kind\": \"ring\", \"modes\": 3, \"std\": 0.05, \"count\": 64},"
    " \"generator\": {\"latent\": 2, \"layers\": ["
    "  {\"kind\": \"dense\", \"units\": 4, \"activation\": \"relu\"}, {\"kind\": \"dense\"}]},"
    " \"discriminator\": {\"layers\": ["
    "  {\"kind\": \"dense\", \"units\": 4, \"activation\": \"leaky_relu\"},"
    "  {\"kind\": \"dense\", \"units\": 1}]},"
    " \"train\": {\"steps\": 20, \"batch_size\": 16},"
    " \"checkpoint\": {\"every_steps\": 2, \"keep\": 2},"
    " \"evaluate\": {\"every_epochs\": 1, \"samples\": 50, \"best\": \"reverse_kl\"}}";

static const Log toy_log = { true };
static Run toy;

static inline void toy_configure(Config *c, const char *config)
{
    static Error e;
    memset(&e, 0, sizeof e);
    if (config_parse(c, config, strlen(config), "test", &e) != GT_OK)
        fail_msg("%s", e.text[0]);
}

/* Opens the run and its folder; before run_start. */
static inline void toy_open(const Scratch *s, const char *config)
{
    static Error e;
    memset(&e, 0, sizeof e);
    memset(&toy, 0, sizeof toy);
    toy.log = &toy_log;
    toy_configure(&toy.config, config);
    if (run_open(&toy, &e) != GT_OK || folder_open(&toy.folder, s->folder, false, &e) != GT_OK ||
        training_scores_prepare(&toy.evaluation, &toy.gan, &toy.config, NULL, NULL, &e) != GT_OK)
        fail_msg("%s", e.text[0]);
    progress_start(&toy.progress, 0, true, false);
}

/* As after kill -9: nothing is saved. */
static inline void toy_close(void)
{
    run_close(&toy);
}

static inline void toy_train(uint64_t until)
{
    while (toy.gan.step < until)
        gan_step(&toy.gan, &toy.stats);
}

static inline void toy_hash_tensor(void *so_far, const char *name, int rank, Mat m)
{
    uint64_t *h = so_far;
    (void)rank;
    *h = hash_update(*h, name, strlen(name));
    *h = hash_update(*h, m.at, mat_size(m) * sizeof *m.at);
}

/* Of all parameters, the optimizer state and the counters. */
static inline uint64_t toy_hash(void)
{
    const uint64_t counters[] = { toy.gan.step, toy.gan.updates,
                                  (uint64_t)toy.gan.player[GENERATOR].optim.t,
                                  (uint64_t)toy.gan.player[DISCRIMINATOR].optim.t };
    uint64_t h = hash_update(HASH_INIT, counters, sizeof counters);
    gan_tensors(&toy.gan, toy_hash_tensor, &h);
    return h;
}

static inline Status toy_save(const char *path, Error *e)
{
    return checkpoint_save(path, &toy.gan, &toy.config, &toy.data, &toy.best, e);
}

static inline void open_it(Checkpoint *k, const char *path)
{
    static Error e;
    memset(&e, 0, sizeof e);
    if (checkpoint_open(k, path, &e) != GT_OK)
        fail_msg("%s", e.text[0]);
}

/* ---- setup and teardown ---------------------------------------------------------------------- */

static inline int toy_setup(void **state)
{
    if (scratch_open(state) != 0)
        return -1;
    toy_open(*state, toy_config);
    return 0;
}

static inline int toy_teardown(void **state)
{
    const Scratch *s = *state;
    toy_close();
    scratch_clear(s->folder);
    return scratch_close(state);
}

#define TOY_TEST(test) cmocka_unit_test_setup_teardown(test, toy_setup, toy_teardown)

#endif
