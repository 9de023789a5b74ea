/* gantrain evaluate: how good the samples of a checkpoint or of a file are. */
#include "args.h"

#include "gantrain/evaluate/evaluate.h"
#include "gantrain/train/teller.h"

static const Flag flags[] = {
    { "--checkpoint", "FILE", NULL, "draw the samples from this checkpoint, or" },
    { "--samples", "FILE.idx", NULL, "take them from an IDX file of images, plain or .gz" },
    { "--labels", "FILE.idx", NULL, "the classes that those were asked for" },
    { "--against", "FILE", NULL,
      "a second set, beside the first: FILE.safetensors is a checkpoint, else images" },
    { "--against-labels", "FILE.idx", NULL, "the classes that those were asked for" },
    { "--data", "DIR", NULL,
      "folder with the real images (default: what the checkpoint was trained on)" },
    { "--count", "N", NULL,
      "how many samples (default 10000; of a file all; of points as many as in training)" },
    { "--metrics", "A,B,...", NULL, "only these; gantrain list metrics shows them" },
    { "--seed", "N", NULL, "of latents and subsets (default: the seed of the run)" },
    { "--features-out", "FILE.npy", NULL, "write down the classifier's features of the samples" },
    { "--probabilities-out", "FILE.npy", NULL, "write down its probabilities" },
    { "--threads", "N", NULL, "1..64 (default: the processors there are); never changes results" },
    { "--json", NULL, NULL, "one JSON object" },
    { NULL, NULL, NULL, NULL },
};

static Status check_labels(const SampleSource *s, const char *flag, Error *e)
{
    if (s->labels && (!s->path || s->drawn))
        return fail(e, GT_EUSAGE, "%s belongs to an IDX file of images, and none is given", flag);
    return GT_OK;
}

static Status take_sets(const Args *a, EvaluateRequest *q, Error *e)
{
    SampleSource *first = &q->set[0], *other = &q->set[1];
    const char *checkpoint, *images;
    TRY(args_path(a, "--checkpoint", &checkpoint, e));
    TRY(args_path(a, "--samples", &images, e));
    TRY(args_path(a, "--against", &other->path, e));
    TRY(args_path(a, "--labels", &first->labels, e));
    TRY(args_path(a, "--against-labels", &other->labels, e));
    if (!checkpoint == !images)
        return fail(e, GT_EUSAGE, "expected --checkpoint FILE or --samples FILE.idx, got %s",
                    checkpoint ? "both" : "neither");
    first->path = checkpoint ? checkpoint : images;
    first->drawn = checkpoint != NULL;
    other->drawn = other->path && text_ends(other->path, ".safetensors");
    q->sets = other->path ? 2 : 1;
    TRY(check_labels(first, "--labels", e));
    return check_labels(other, "--against-labels", e);
}

static Status run(const Args *a, Text *out, Error *e)
{
    Teller teller = teller_begin(false, true);
    EvaluateRequest q = { .classifier_progress = teller_say,
                          .work = teller_work,
                          .progress = &teller };
    TRY(take_sets(a, &q, e));
    TRY(args_path(a, "--data", &q.data, e));
    TRY(args_path(a, "--features-out", &q.features_out, e));
    TRY(args_path(a, "--probabilities-out", &q.probabilities_out, e));
    TRY(args_integer(a, "--count", 1, EVALUATE_MAX_SAMPLES, 0, &q.count, e));
    TRY(args_seed(a, -1, &q.seed, e));
    TRY(args_threads(a, e));
    q.metrics = args_value(a, "--metrics");
    q.json = args_value(a, "--json") != NULL;
    return evaluate_run(&q, out, e);
}

const Command command_evaluate = {
    .name = "evaluate",
    .summary = "Say how good samples are, by every metric there is, beside real images.",
    .usage = "evaluate (--checkpoint FILE [--data DIR] | --samples FILE.idx --data DIR) [options]",
    .flags = flags,
    .epilogue =
        "examples:\n"
        "  gantrain evaluate --checkpoint runs/mnist/checkpoints/best.safetensors\n"
        "  gantrain evaluate --checkpoint A.safetensors --against B.safetensors --count 5000\n"
        "  gantrain evaluate --samples digits.idx --labels asked.idx --data data/mnist --json\n"
        "\n"
        "Images are scored by a classifier of the data's own, which is trained once and kept in\n"
        "$GANTRAIN_CACHE, else $XDG_CACHE_HOME/gantrain, else ~/.cache/gantrain. Points are "
        "counted.\n",
    .run = run,
};
