/* gantrain study: one config trained over a grid of settings and seeds. */
#include "args.h"

#include "gantrain/math/parallel.h"
#include "gantrain/study/study.h"

static const Flag flags[] = {
    { "--config", "FILE", "a study file, or the config that the options below vary" },
    { "--vary", "KEY.PATH=A,B,...", "an axis of the grid; may be repeated" },
    { "--seeds", "LIST", "such as 1-3 or 1,2,7 (default 1-3)" },
    { "--metrics", "LIST", "metrics to compare, such as fcd,d_loss:lower (default: all scores)" },
    { "--rank", "METRIC", "the metric that orders the cells (default: the first)" },
    { "--count", "last|best", "row of metrics to compare: last (default), or best by --rank" },
    { "--set", "KEY.PATH=VALUE", "set one key of the config in every run; may be repeated" },
    { "--out", "DIR", "study folder (default: studies/<name>); finished runs in it are kept" },
    { "--jobs", "N", "processes at a time (default: number of processors / threads per job)" },
    { "--threads-per-job", "N", "threads of each process (default 1); never changes results" },
    { "--overwrite", NULL, "train runs again that were trained with other settings" },
    { "--dry-run", NULL, "check everything, print the cells, train nothing" },
    { "--markdown", NULL, "print the table as Markdown" },
    { "--quiet", NULL, "print warnings and errors only" },
    { "--no-progress", NULL, "print plain lines instead of a live progress line" },
    { NULL, NULL, NULL },
};

static const char epilogue[] =
    "A cell is one combination of the values on all axes. Every cell with every seed\n"
    "is a run folder DIR/CELL/SEED, trained by a process of its own. The same\n"
    "command again, after a kill or with more values and seeds, trains what is\n"
    "missing. Results do not depend on --jobs. The printed table and DIR/report.html\n"
    "show mean and sample standard deviation over the seeds; DIR/study.csv has one\n"
    "row per run. A run that diverges is a result, not a failure.\n"
    "\n"
    "examples:\n"
    "  gantrain study --config configs/study_objectives.json --jobs 2\n"
    "  gantrain study --config configs/ring_r1.json --vary penalty.gamma=0.01,0.1,1 \\\n"
    "                 --seeds 1-5 --set train.steps=2000 --rank modes\n"
    "\n"
    "keys of a study file:\n";

static Status read_numbers(const Args *a, StudyRequest *q, Error *e)
{
    const int processors = parallel_processors();
    int64_t jobs, threads;
    TRY(args_integer(a, "--threads-per-job", 1, PARALLEL_MAX_THREADS, 1, &threads, e));
    const int64_t usual = processors / threads;
    TRY(args_integer(a, "--jobs", 1, STUDY_MAX_JOBS, usual > 0 ? usual : 1, &jobs, e));
    q->jobs = (int)jobs;
    q->threads = (int)threads;
    return GT_OK;
}

static Status run(const Args *a, Text *out, Error *e)
{
    StudyRequest q = { .set = a->set, .n_set = a->sets, .vary = a->vary, .n_vary = a->varies };
    TRY(args_required(a, "--config", &q.config, e));
    TRY(read_numbers(a, &q, e));
    TRY(args_path(a, "--out", &q.out, e));
    q.seeds = args_value(a, "--seeds");
    q.metrics = args_value(a, "--metrics");
    q.rank = args_value(a, "--rank");
    q.count = args_value(a, "--count");
    q.overwrite = args_has(a, "--overwrite");
    q.dry_run = args_has(a, "--dry-run");
    q.markdown = args_has(a, "--markdown");
    q.quiet = args_has(a, "--quiet");
    q.no_progress = args_has(a, "--no-progress");
    return study(&q, out, e);
}

const Command command_study = {
    .name = "study",
    .summary = "Train a config over a grid of settings and seeds, and compare.",
    .usage = "study FILE.json [options]",
    .flags = flags,
    .epilogue = epilogue,
    .reference = study_options,
    .run = run,
};
