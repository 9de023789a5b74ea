/* gantrain data: shows what a source of data holds, or fetches a known one. */
#include "args.h"

#include <stdio.h>
#include <string.h>

#include "fetch.h"
#include "gantrain/base/file.h"
#include "gantrain/survey/survey.h"
#include "gantrain/train/progress.h"

static const Flag flags[] = {
    { "--config", "FILE.json", "show the data that this config reads" },
    { "--set", "KEY.PATH=VALUE", "set one key, such as data.kind=csv; may be repeated" },
    { "--out", "FILE.png", "also draw images, a class in each row, or plot points" },
    { "--grid", "RxC", "rows and columns of that picture (default: by classes and sizes)" },
    { "--seed", "N", "seed of the images shown and of generated data (default 1)" },
    { "--threads", "N", "1..64 (default: number of processors); never changes results" },
    { "--json", NULL, "print one JSON object" },
    { NULL, NULL, NULL },
};

static bool is_name_to_fetch(const char *word)
{
    for (int i = 0; fetch_names[i]; i++)
        if (strcmp(fetch_names[i], word) == 0)
            return true;
    return false;
}

static Status fetch(const Args *a, Text *out, Error *e)
{
    char dir[32];
    const char *name = a->operand[0], *to = a->operands > 1 ? a->operand[1] : dir;
    snprintf(dir, sizeof dir, "data/%s", name);
    for (int i = 0; flags[i].name; i++)
        if (args_has(a, flags[i].name) || a->sets > 0)
            return fail(e, GT_EUSAGE,
                        "data %s fetches it, without options; to look at a folder of "
                        "that name: gantrain data ./%s",
                        name, name);
    if (!*to)
        return fail(e, GT_EUSAGE, "data %s: expected a folder, got nothing", name);
    TRY(fetch_data(name, to, e));
    text_add(out, "%s\n", to);
    return GT_OK;
}

static Status check_path(const char *path, Error *e)
{
    const char *near = nearest_name(path, fetch_names);
    if (!*path)
        return fail(e, GT_EUSAGE, "PATH: expected a path, got nothing");
    if (near && !file_exists(path))
        return fail(e, GT_EUSAGE, "\"%s\": no such file or folder (did you mean %s?)", path, near);
    return GT_OK;
}

static Status run(const Args *a, Text *out, Error *e)
{
    TaskProgress progress = task_progress_start(false, true);
    SurveyRequest q = {
        .overrides = a->set, .n_overrides = a->sets, .progress = progress_data, .context = &progress
    };
    if (a->operands > 0 && a->operands <= 2 && is_name_to_fetch(a->operand[0]))
        return fetch(a, out, e);
    if (a->operands > 1)
        return fail(e, GT_EUSAGE, "data: expected one path, got %d", a->operands);
    TRY(args_path(a, "--config", &q.config, e));
    if (a->operands == 0 && !q.config)
        return fail(e, GT_EUSAGE, "PATH is missing; usage: gantrain %s", a->command->usage);
    if (a->operands > 0)
        TRY(check_path(a->operand[0], e));
    q.path = a->operands > 0 ? a->operand[0] : NULL;
    int64_t seed;
    TRY(args_seed(a, 1, &seed, e)); /* an override in a->set, validated here */
    TRY(args_path(a, "--out", &q.out, e));
    if (q.out && !text_has_suffix(q.out, ".png"))
        return fail(e, GT_EUSAGE, "--out %s: expected FILE.png", q.out);
    TRY(args_pair(a, "--grid", &q.rows, &q.cols, e));
    TRY(args_threads(a, e));
    q.json = args_has(a, "--json");
    return survey_run(&q, out, e);
}

const Command command_data = {
    .name = "data",
    .summary = "Show what a source of data holds, or fetch a known data set.",
    .usage = "data (PATH | FILE.json) [options]\n"
             "       gantrain data mnist|fashion|emoji [DIR]",
    .takes_operands = true,
    .flags = flags,
    .epilogue = "A PATH is a folder or file; the kind of data is recognised from what lies there.\n"
                "Shown are samples, values, classes, copies, and the config that reads them.\n"
                "\n"
                "mnist, fashion and emoji are fetched into DIR (default data/NAME), checked, and\n"
                "the path is printed. No file that lies there is ever replaced. A folder of such\n"
                "a name is shown with ./ before it: gantrain data ./mnist\n"
                "\n"
                "examples:\n"
                "  gantrain data pictures --out grid.png\n"
                "  gantrain data table.csv --set data.standardize=true\n"
                "  gantrain data configs/ring.json --out ring.png\n"
                "  gantrain data emoji\n",
    .run = run,
};
