/* gantrain bench: how fast a config trains here, against what the machine could do. */
#include "args.h"

#include "gantrain/bench/bench.h"

static const Flag flags[] = {
    { "--config", "FILE", NULL, "what to train" },
    { "--set", "KEY.PATH=VALUE", NULL, "change one key of the config; may be repeated" },
    { "--batch-size", "N", "train.batch_size", "samples a step" },
    { "--data", "DIR", "data.dir", "folder with the IDX files, plain or .gz" },
    { "--threads", "N", NULL, "1..64 (default: the processors there are)" },
    { "--seconds", "N", NULL, "how long the steps are timed (default 6)" },
    { "--json", NULL, NULL, "one JSON object" },
    { NULL, NULL, NULL, NULL },
};

static Status run(const Args *a, Text *out, Error *e)
{
    const char *path, *data; /* data: an override */
    int64_t seconds, batch;
    TRY(args_required(a, "--config", &path, e));
    TRY(args_path(a, "--data", &data, e));
    TRY(args_threads(a, e));
    TRY(args_integer(a, "--seconds", 1, 3600, 6, &seconds, e));
    TRY(args_integer(a, "--batch-size", 1, 65536, 0, &batch, e));
    return bench(path, a->set, a->sets, (double)seconds, args_value(a, "--json") != NULL, out, e);
}

const Command command_bench = {
    .name = "bench",
    .summary = "Time the training step against the machine's peak.",
    .usage = "bench --config FILE [--threads N] [--json]",
    .flags = flags,
    .epilogue =
        "utilization = operations that the mathematics of a step needs, per second of the whole\n"
        "step, over the best rate of a large matrix product measured in the same process.\n"
        "\n"
        "The keys of a config:\n",
    .reference = config_options,
    .by_ranks = true,
    .run = run,
};
