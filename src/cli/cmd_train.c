/* gantrain [train]: the command line of a training run. */
#include "args.h"

#include "gantrain/train/train.h"

static const Flag flags[] = {
    { "--config", "FILE", "what to train, as JSON; without --config if it ends in .json" },
    { "--set", "KEY.PATH=VALUE", "set one key of the config; may be repeated" },
    { "--epochs", "N", "passes over the data (instead of train.steps)" },
    { "--steps", "N", "generator updates (instead of train.epochs)" },
    { "--batch-size", "N", "samples per step (train.batch_size)" },
    { "--seed", "N", "seed of all random numbers" },
    { "--data", "PATH", "the data: a folder or file; data.kind follows from what lies there" },
    { "--out", "DIR", "run folder (default: runs/<name of the config>)" },
    { "--threads", "N", "1..64 (default: number of processors); never changes results" },
    { "--resume", NULL, "continue from the newest intact checkpoint, if the run folder has one" },
    { "--resume-from", "FILE", "continue from this checkpoint" },
    { "--init-from", "FILE",
      "a new run that begins with the weights of this checkpoint or safetensors file (init_from)" },
    { "--overwrite", NULL, "delete what an earlier run left in the run folder" },
    { "--no-lock", NULL, "train even if the file system of the run folder has no locks" },
    { "--rank-timeout", "SECONDS",
      "exit with 10 after waiting this long for a rank (default 0: never)" },
    { "--dry-run", NULL,
      "check everything, print the resolved config and the plan, train nothing" },
    { "--quiet", NULL, "print warnings and errors only" },
    { "--no-progress", NULL, "print plain lines instead of a live progress line" },
    { NULL, NULL, NULL },
};

static const char epilogue[] =
    "signals: INT, TERM, HUP and XCPU (ulimit -t) finish the step, save a checkpoint\n"
    "and stop; a second INT, TERM or HUP, at least a second later, stops at once.\n"
    "USR1 saves a checkpoint and continues, or with checkpoint.on_usr1=stop exits\n"
    "with 75, to be requeued. USR2 prints the progress and writes samples/now.png.\n"
    "\n"
    "examples:\n"
    "  gantrain configs/mnist.json --epochs 5\n"
    "  gantrain configs/mnist.json --resume --epochs 20\n"
    "  gantrain configs/mnist.json --set optimizer.generator.lr=1e-5 \\\n"
    "           --init-from runs/mnist/checkpoints/best.safetensors --out runs/fine\n"
    "\n"
    "config keys, with range, meaning and [default]; `gantrain list` shows the\n"
    "choices for \"one of the ...\", with keys of their own:\n";

/* Overrides are checked with the config; these here, so that the message names the option. */
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
    const char *data, *init_from; /* overrides in a->set, validated here */
    TRY(args_required(a, "--config", &r.config, e));
    TRY(args_exclude(a, "--epochs", "--steps", e));
    TRY(args_exclude(a, "--resume", "--overwrite", e));
    TRY(args_exclude(a, "--resume", "--resume-from", e));
    TRY(args_exclude(a, "--resume-from", "--overwrite", e));
    TRY(args_path(a, "--data", &data, e));
    TRY(args_path(a, "--out", &r.out, e));
    TRY(args_path(a, "--resume-from", &r.resume_from, e));
    TRY(args_exclude(a, "--resume-from", "--init-from", e));
    TRY(args_path(a, "--init-from", &init_from, e));
    TRY(check_numbers(a, e));
    TRY(args_threads(a, e));
    TRY(args_integer(a, "--rank-timeout", 0, 1000000, 0, &r.rank_timeout, e));
    r.resume = args_has(a, "--resume");
    r.overwrite = args_has(a, "--overwrite");
    r.no_lock = args_has(a, "--no-lock");
    r.dry_run = args_has(a, "--dry-run");
    r.quiet = args_has(a, "--quiet");
    r.no_progress = args_has(a, "--no-progress");
    return train(&r, out, e);
}

const Command command_train = {
    .name = "train",
    .summary = "Train a generator against a discriminator.",
    .usage = "[train] FILE.json [options]",
    .flags = flags,
    .epilogue = epilogue,
    .reference = config_options,
    .only_paths = true,
    .by_ranks = true,
    .run = run,
};
