/* config_options: the only list of what a config holds. */
#include "gantrain/run/config.h"

static const Option train_options[] = {
    OPT_INT(TrainOptions, epochs, "20", 0, 1e9,
            "passes over the data; 0: use steps; more by default below 10,000 samples"),
    OPT_INT(TrainOptions, steps, "0", 0, 1e12, "generator updates; 0: use epochs"),
    OPT_INT(TrainOptions, batch_size, "128", 1, 65536, "samples per batch"),
    OPT_INT(TrainOptions, accumulate, "1", 1, 10000, "gradient accumulation: batches per update"),
    OPT_INT(TrainOptions, recoveries, "3", 0, 100,
            "roll-backs after a divergence, each with half the learning rates"),
    OPT_NUMBERS(
        TrainOptions, earlier_lengths, "[]", 1, 1e12,
        "of an extended run, as recorded by it: schedules follow [length, until step, ...]"),
    OPT_END,
};

static const Entry usr1_save = { "save", "save a checkpoint and continue", "-", NULL, 0 };
static const Entry usr1_stop = { "stop", "save a checkpoint and exit with 75 (requeue)", "-", NULL,
                                 0 };
static const Entry *const usr1_rows[] = { &usr1_save, &usr1_stop, NULL };

const Registry usr1_actions = { "answers", "answer", usr1_rows };

static const Option checkpoint_options[] = {
    OPT_INT(CheckpointOptions, every_steps, "0", 0, 1e12, "0: at the end of every epoch"),
    OPT_INT(CheckpointOptions, keep, "3", 1, 1e9,
            "number of the newest scheduled checkpoints to keep"),
    OPT_INT(CheckpointOptions, keep_every, "0", 0, 1e12,
            "never remove checkpoints of every n-th step; 0: off"),
    OPT_CHOICE(CheckpointOptions, on_usr1, "save", &usr1_actions,
               "on SIGUSR1: save and continue, or stop with exit code 75"),
    OPT_END,
};

static const Option sample_options[] = {
    OPT_INT(SampleOptions, every_epochs, "1", 0, 1e9, "a grid every n epochs; 0: only at the end"),
    OPT_INT(SampleOptions, rows, "8", 1, 128, "rows of the grid"),
    OPT_INT(SampleOptions, cols, "16", 1, 128, "columns of the grid"),
    OPT_INT(SampleOptions, zoom, "1", 1, 16, "each pixel becomes n x n pixels"),
    OPT_END,
};

static const Option log_options[] = {
    OPT_INT(LogOptions, every_steps, "100", 1, 1e12, "a row of metrics.jsonl every n steps"),
    OPT_END,
};

static const EvaluateOptions *options_of(const void *field, size_t offset)
{
    return (const void *)((const char *)field - offset);
}

/* As many as MNIST has test images: scores of samples and of test images are then comparable. */
static const char *initial_samples(const void *field)
{
    return options_of(field, offsetof(EvaluateOptions, samples))->classifier ? "10000" : NULL;
}

static const char *initial_best(const void *field)
{
    return options_of(field, offsetof(EvaluateOptions, best))->classifier ? "fcd" : NULL;
}

static const Option evaluate_options[] = {
    OPT_INT(EvaluateOptions, every_epochs, "1", 0, 1e9,
            "evaluate every n epochs; 0: only at the end"),
    OPT_BOOL(EvaluateOptions, classifier, "false",
             "labelled images: score samples by a classifier, trained once"),
    OPT_TEXT(EvaluateOptions, metrics, "",
             "measured too, such as \"swd,ms_ssim\": see gantrain list metrics"),
    { .name = "samples",
      .type = OPTION_INT,
      .offset = offsetof(EvaluateOptions, samples),
      .min = 1,
      .max = 1e6,
      .default_text = "2500",
      .help = "number of samples to score; 10000 with a classifier",
      .default_for = initial_samples },
    OPT_REAL(EvaluateOptions, bin, "0.5", 1e-9, 1e9, "numbers: width of a histogram bin"),
    { .name = "best",
      .type = OPTION_TEXT,
      .offset = offsetof(EvaluateOptions, best),
      .default_text = "",
      .help = "score that selects best.safetensors; \"\": none; fcd with a classifier",
      .default_for = initial_best },
    OPT_INT(EvaluateOptions, patience, "0", 0, 1e9,
            "early stopping: after n evaluations without a better score; 0: never"),
    OPT_END,
};

static const Entry init_both = { "both", "both nets", "-", NULL, 0 };
static const Entry init_g = { "generator", "the generator", "-", NULL, 0 };
static const Entry init_d = { "discriminator", "the discriminator", "-", NULL, 0 };
static const Entry *const init_rows[] = { &init_both, &init_g, &init_d, NULL };

static const Registry init_players = { "players", "player", init_rows };

static const Option init_options[] = {
    OPT_TEXT(InitOptions, file, "", "a checkpoint or other safetensors file; empty: from the seed"),
    OPT_CHOICE(InitOptions, players, "both", &init_players, "which nets begin with its weights"),
    OPT_BOOL(InitOptions, optimizer, "true", "take the optimizer state, too, where it fits"),
    OPT_TEXT(InitOptions, crc32, "", "checksum of the file, as recorded by a run; empty: any"),
    OPT_END,
};

#define SECTION(key, field, table, text)                                                           \
    {                                                                                              \
        key, OPTION_SECTION, offsetof(Config, field), 0, 0, NULL, NULL, table, text, NULL          \
    }
#define SPEC(key, field, init, reg, text)                                                          \
    {                                                                                              \
        key, OPTION_SPEC, offsetof(Config, field), 0, 0, init, reg, NULL, text, NULL               \
    }

const Option config_options[] = {
    OPT_TEXT(Config, name, "", "names the run folder: runs/<name>; empty: the file's name"),
    OPT_INT(Config, seed, "1", 0, RNG_MAX_SEED, "of all random numbers"),
    SPEC("data", data, "idx", &datasets, "training data"),
    SPEC("model", gan.model, "gan", &models, "players and training step"),
    SECTION("generator", gan.generator, generator_options, "G, from latents to images"),
    SECTION("discriminator", gan.discriminator, discriminator_options, "D, from images to a logit"),
    SPEC("objective", gan.objective, "non_saturating", &objectives, "losses of G and D"),
    SPEC("penalty", gan.penalty, "none", &penalties, "added to the loss of D"),
    SECTION("optimizer", gan.optimizer, players_options, "optimizers of G and D"),
    SECTION("init_from", init_from, init_options, "a run that begins with trained weights"),
    SECTION("train", train, train_options, "length and batches"),
    SECTION("checkpoint", checkpoint, checkpoint_options, "when to save, what to keep"),
    SECTION("sample", sample, sample_options, "pictures of samples"),
    SECTION("log", log, log_options, "metrics rows"),
    SECTION("evaluate", evaluate, evaluate_options, "scores of samples"),
    OPT_END,
};

bool config_usr1_stops(const Config *c)
{
    return c->checkpoint.on_usr1 == &usr1_stop;
}

bool config_inits_generator(const Config *c)
{
    return c->init_from.players != &init_d;
}

bool config_inits_discriminator(const Config *c)
{
    return c->init_from.players != &init_g;
}
