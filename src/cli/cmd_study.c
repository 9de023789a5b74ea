/* gantrain study: the same recipe over a grid of settings and seeds. */
#include "args.h"

#include "gantrain/math/parallel.h"
#include "gantrain/study/study.h"
#include "gantrain/study/study_work.h"

static const Flag flags[] = {
    { "--config", "FILE", NULL, "a study file, or a recipe that the words below vary" },
    { "--vary", "KEY.PATH=A,B,...", NULL, "an axis of the grid; may be repeated" },
    { "--seeds", "LIST", NULL, "such as 1-3 or 1,2,7 (default 1-3)" },
    { "--metrics", "LIST", NULL,
      "what is compared, such as fcd,d_loss:lower (default: all scores)" },
    { "--rank", "METRIC", NULL, "what orders the cells (default: the first metric)" },
    { "--count", "last|best", NULL, "which row of a run counts (default last)" },
    { "--set", "KEY.PATH=VALUE", NULL,
      "change one key of the recipe in every run; may be repeated" },
    { "--out", "DIR", NULL,
      "folder (default: studies/<name>); what is done in it is not done again" },
    { "--jobs", "N", NULL, "processes at a time (default: as many as the processors carry)" },
    { "--threads-per-job", "N", NULL, "threads of each (default 1); never changes results" },
    { "--overwrite", NULL, NULL, "train runs anew that were trained with other settings" },
    { "--dry-run", NULL, NULL, "check everything, print the cells, train nothing" },
    { "--markdown", NULL, NULL, "the table as Markdown" },
    { "--quiet", NULL, NULL, "warnings and errors only" },
    { "--no-progress", NULL, NULL, "plain lines instead of a live one" },
    { NULL, NULL, NULL, NULL },
};

static const char epilogue[] =
    "examples:\n"
    "  gantrain study --config configs/study_objectives.json --jobs 2\n"
    "  gantrain study --config configs/ring_r1.json --vary penalty.gamma=0.01,0.1,1 --seeds 1-5 "
    "\\\n"
    "                 --set train.steps=2000 --rank modes\n"
    "\n"
    "Every cell with every seed is a run folder DIR/CELL/SEED, trained by a process of its own. "
    "The\n"
    "same command again, after a kill or with more points and seeds, trains what is missing. The\n"
    "results do not depend on --jobs. The table, DIR/study.csv (a row a run) and DIR/report.html\n"
    "show mean and sample standard deviation over the seeds. A run that diverges is a result.\n"
    "\n"
    "The keys of a study file:\n";

static Status read_numbers(const Args *a, StudyRequest *q, Error *e)
{
    const int processors = parallel_processors();
    int64_t jobs, threads;
    TRY(args_integer(a, "--threads-per-job", 1, PARALLEL_MAX_THREADS, 1, &threads, e));
    const int64_t fit = processors / threads;
    TRY(args_integer(a, "--jobs", 1, STUDY_JOBS, fit > 0 ? fit : 1, &jobs, e));
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
    q.overwrite = args_value(a, "--overwrite") != NULL;
    q.dry_run = args_value(a, "--dry-run") != NULL;
    q.markdown = args_value(a, "--markdown") != NULL;
    q.quiet = args_value(a, "--quiet") != NULL;
    q.no_progress = args_value(a, "--no-progress") != NULL;
    return study(&q, out, e);
}

const Command command_study = {
    .name = "study",
    .summary = "Train a recipe over a grid of settings and seeds, and compare.",
    .usage = "study --config FILE [options]",
    .flags = flags,
    .epilogue = epilogue,
    .reference = study_options,
    .run = run,
};
