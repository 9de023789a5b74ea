/* gantrain bench: how fast a config trains on this machine, against the machine's peak. */
#include "args.h"

#include "gantrain/bench/bench.h"

static const Flag flags[] = {
    { "--config", "FILE", "config whose training step is timed" },
    { "--set", "KEY.PATH=VALUE", "set one key of the config; may be repeated" },
    { "--batch-size", "N", "samples per step (train.batch_size)" },
    { "--data", "PATH", "the data: a folder or file; data.kind follows from what lies there" },
    { "--threads", "N", "1..64 (default: number of processors)" },
    { "--seconds", "N", "how long to time training steps (default 6)" },
    { "--json", NULL, "print one JSON object" },
    { NULL, NULL, NULL },
};

static Status run(const Args *a, Text *out, Error *e)
{
    const char *path, *data; /* data and batch are overrides in a->set, validated here */
    int64_t seconds, batch;
    TRY(args_required(a, "--config", &path, e));
    TRY(args_path(a, "--data", &data, e));
    TRY(args_threads(a, e));
    TRY(args_integer(a, "--seconds", 1, 3600, 6, &seconds, e));
    TRY(args_integer(a, "--batch-size", 1, 65536, 0, &batch, e));
    return bench(path, a->set, a->sets, (double)seconds, args_has(a, "--json"), out, e);
}

const Command command_bench = {
    .name = "bench",
    .summary = "Measure training speed against the peak of this machine.",
    .usage = "bench FILE.json [--threads N] [--json]",
    .flags = flags,
    .epilogue = "utilization = floating-point operations that the mathematics of a step needs,\n"
                "divided by the time of the whole step and by the best rate of a large matrix\n"
                "product, measured in the same process.\n"
                "\n"
                "config keys:\n",
    .reference = config_options,
    .by_ranks = true,
    .run = run,
};
