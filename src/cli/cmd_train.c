/* gantrain [train] --config FILE: the command line of a training run. */
#include "args.h"

#include "gantrain/train/train.h"

static const Flag flags[] = {
    { "--config", "FILE", NULL, "what to train (JSON); gantrain list describes the parts" },
    { "--set", "KEY.PATH=VALUE", NULL, "change one key of the config; may be repeated" },
    { "--epochs", "N", "train.epochs", "passes over the data (replaces train.steps)" },
    { "--steps", "N", "train.steps", "generator updates (replaces train.epochs)" },
    { "--batch-size", "N", "train.batch_size", "samples a step" },
    { "--seed", "N", "seed", "where all random numbers come from" },
    { "--data", "DIR", "data.dir", "folder with the IDX files, plain or .gz" },
    { "--out", "DIR", NULL, "run folder (default: runs/<name of the config>)" },
    { "--threads", "N", NULL, "1..64 (default: the processors there are); never changes results" },
    { "--resume", NULL, NULL, "go on from the newest good checkpoint of the run folder, if any" },
    { "--resume-from", "FILE", NULL, "go on from this checkpoint" },
    { "--overwrite", NULL, NULL, "remove what an earlier run left in the run folder" },
    { "--no-lock", NULL, NULL, "train though the file system of the run folder has no locks" },
    { "--rank-timeout", "SECONDS", NULL,
      "end a job whose ranks have waited so long for one that hangs (default: 0, never)" },
    { "--dry-run", NULL, NULL, "print the resolved config and the plan, train nothing" },
    { "--quiet", NULL, NULL, "warnings and errors only" },
    { "--no-progress", NULL, NULL, "plain lines instead of a live one" },
    { NULL, NULL, NULL, NULL },
};

static const char epilogue[] =
    "examples:\n"
    "  gantrain --config configs/mnist.json --epochs 5\n"
    "  gantrain --config configs/mnist.json --resume --epochs 20\n"
    "  gantrain --config configs/mnist.json --set optimizer.generator.lr=1e-4 --out runs/slow\n"
    "\n"
    "signals: INT, TERM, HUP and XCPU (ulimit -t) finish the step, save a checkpoint and stop; a "
    "second\n"
    "INT, TERM or HUP stops at once. USR1 saves a checkpoint and goes on; with "
    "checkpoint.on_usr1=stop it\n"
    "stops with exit 75, to be requeued. USR2 tells where the run stands and writes "
    "samples/now.png.\n"
    "\n"
    "The keys of a config, with range, meaning and [default]; gantrain list shows the parts "
    "that\n"
    "can take the place of a default, with their own keys:\n";

static Status check_contradictions(const Args *a, Error *e)
{
    static const char *const pairs[][2] = {
        { "--epochs", "--steps" },
        { "--resume", "--overwrite" },
        { "--resume", "--resume-from" },
        { "--resume-from", "--overwrite" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (args_value(a, pairs[i][0]) && args_value(a, pairs[i][1]))
            return fail(e, GT_EUSAGE, "%s and %s exclude each other", pairs[i][0], pairs[i][1]);
    return GT_OK;
}

/* Short forms with a number are checked here, so that the message names them. */
static Status check_numbers(const Args *a, Error *e)
{
    int64_t n;
    TRY(args_integer(a, "--epochs", 1, 1000000000, 0, &n, e));
    TRY(args_integer(a, "--steps", 1, 1000000000000, 0, &n, e));
    TRY(args_integer(a, "--batch-size", 1, 65536, 0, &n, e));
    return args_seed(a, 0, &n, e);
}

static Status run(const Args *a, Text *out, Error *e)
{
    TrainRequest r = { .overrides = a->set, .n_overrides = a->sets };
    const char *data; /* an override, checked here as the others are */
    TRY(args_required(a, "--config", &r.config, e));
    TRY(check_contradictions(a, e));
    TRY(args_path(a, "--data", &data, e));
    TRY(args_path(a, "--out", &r.out, e));
    TRY(args_path(a, "--resume-from", &r.resume_from, e));
    TRY(check_numbers(a, e));
    TRY(args_threads(a, e));
    TRY(args_integer(a, "--rank-timeout", 0, 1000000, 0, &r.rank_timeout, e));
    r.resume = args_value(a, "--resume") != NULL;
    r.overwrite = args_value(a, "--overwrite") != NULL;
    r.no_lock = args_value(a, "--no-lock") != NULL;
    r.dry_run = args_value(a, "--dry-run") != NULL;
    r.quiet = args_value(a, "--quiet") != NULL;
    r.no_progress = args_value(a, "--no-progress") != NULL;
    return train(&r, out, e);
}

const Command command_train = {
    .name = "train",
    .summary = "Train a generator against a discriminator.",
    .usage = "[train] --config FILE [options]",
    .flags = flags,
    .epilogue = epilogue,
    .reference = config_options,
    .only_paths = true,
    .by_ranks = true,
    .run = run,
};
