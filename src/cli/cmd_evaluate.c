/* gantrain evaluate: metrics of the samples of a checkpoint or of a file. */
#include "args.h"

#include "gantrain/evaluate/evaluate.h"
#include "gantrain/train/progress.h"

static const Flag flags[] = {
    { "--checkpoint", "FILE", "evaluate samples drawn from this checkpoint, or" },
    { "--samples", "FILE.idx", "the images of an IDX file, plain or .gz" },
    { "--labels", "FILE.idx", "the classes that those images were generated for" },
    { "--against", "FILE", "a second set to compare: a .safetensors checkpoint, or images" },
    { "--against-labels", "FILE.idx", "the classes that those images were generated for" },
    { "--data", "PATH", "the real images or points (default: data of the checkpoint)" },
    { "--count", "N",
      "number of samples (default 10000; all of --samples; points: as in training)" },
    { "--metrics", "A,B,...", "measure these only; `gantrain list metrics` names them" },
    { "--seed", "N", "seed of latents and subsets (default: the seed of the run)" },
    { "--features-out", "FILE.npy", "also write the classifier's features of the samples" },
    { "--probabilities-out", "FILE.npy", "also write the classifier's probabilities" },
    { "--threads", "N", "1..64 (default: number of processors); never changes results" },
    { "--json", NULL, "print one JSON object" },
    { NULL, NULL, NULL },
};

static Status check_labels(const SampleSource *s, const char *flag, Error *e)
{
    if (s->labels && (!s->path || s->is_checkpoint))
        return fail(e, GT_EUSAGE, "%s needs an IDX file of images to go with", flag);
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
    first->is_checkpoint = checkpoint != NULL;
    other->is_checkpoint = other->path && text_has_suffix(other->path, ".safetensors");
    q->sets = other->path ? 2 : 1;
    TRY(check_labels(first, "--labels", e));
    return check_labels(other, "--against-labels", e);
}

static Status run(const Args *a, Text *out, Error *e)
{
    TaskProgress progress = task_progress_start(false, true);
    EvaluateRequest q = { .classifier_progress = progress_classifier,
                          .data_progress = progress_data,
                          .work = progress_task,
                          .progress = &progress };
    TRY(take_sets(a, &q, e));
    TRY(args_path(a, "--data", &q.data, e));
    TRY(args_path(a, "--features-out", &q.features_out, e));
    TRY(args_path(a, "--probabilities-out", &q.probabilities_out, e));
    TRY(args_integer(a, "--count", 1, EVALUATE_MAX_SAMPLES, 0, &q.count, e));
    TRY(args_seed(a, -1, &q.seed, e));
    TRY(args_threads(a, e));
    q.metrics = args_value(a, "--metrics");
    q.json = args_has(a, "--json");
    return evaluate_run(&q, out, e);
}

const Command command_evaluate = {
    .name = "evaluate",
    .summary = "Measure sample quality by every metric, beside real images.",
    .usage = "evaluate --checkpoint FILE [options]\n"
             "       gantrain evaluate --samples FILE.idx --data DIR [options]",
    .flags = flags,
    .epilogue = "Images are scored by a classifier that is trained on the data once and cached\n"
                "in $GANTRAIN_CACHE, else $XDG_CACHE_HOME/gantrain, else ~/.cache/gantrain.\n"
                "Points are compared with points that the training did not see, by all metrics.\n"
                "\n"
                "examples:\n"
                "  gantrain evaluate --checkpoint runs/mnist/checkpoints/best.safetensors\n"
                "  gantrain evaluate --checkpoint A.safetensors --against B.safetensors\n"
                "  gantrain evaluate --samples digits.idx --data data/mnist --json\n",
    .run = run,
};
