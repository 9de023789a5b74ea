/* gantrain report: a page about one run, or about several side by side. */
#include "args.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/base/log.h"
#include "gantrain/run/folder.h"
#include "gantrain/report/report.h"

static const Flag flags[] = {
    { "--out", "FILE", NULL,
      "where the page goes (default: RUN_DIR/report.html; needed for several runs)" },
    { NULL, NULL, NULL, NULL },
};

static const char epilogue[] =
    "The page needs no other file and no network: curves, samples of all epochs, settings, "
    "environment.\n"
    "A run writes its own while it trains; this command makes it anew from the files of the run.\n"
    "\n"
    "examples:\n"
    "  gantrain report runs/mnist\n"
    "  gantrain report runs/ring runs/ring_r1 --out compare.html\n";

static Status choose_path(const Args *a, char path[FOLDER_FILE], Error *e)
{
    const char *out;
    const int room = FOLDER_FILE;
    TRY(args_path(a, "--out", &out, e));
    if (!out && a->words > 1)
        return fail(e, GT_EUSAGE, "%d runs: say with --out FILE where their page goes", a->words);
    const int n = out ? snprintf(path, FOLDER_FILE, "%s", out)
                      : snprintf(path, FOLDER_FILE, "%s/report.html", a->word[0]);
    return n < room ? GT_OK : fail(e, GT_EUSAGE, "%.80s...: the path is too long", path);
}

/* One line of a text each. */
static void warn(const char *lines)
{
    const Log log = { false };
    while (lines && *lines) {
        const size_t n = strcspn(lines, "\n");
        log_warning(&log, "%.*s", (int)n, lines);
        lines += lines[n] ? n + 1 : n;
    }
}

static Status run(const Args *a, Text *out, Error *e)
{
    char path[FOLDER_FILE];
    Text told = { 0 };
    if (a->words == 0)
        return fail(e, GT_EUSAGE, "RUN_DIR is missing; usage: gantrain %s", a->command->usage);
    for (int i = 0; i < a->words; i++)
        if (!*a->word[i])
            return fail(e, GT_EUSAGE, "RUN_DIR: expected a path, got nothing");
    TRY(choose_path(a, path, e));
    const Status s = report_write(a->word, a->words, path, &told, e);
    if (s == GT_OK) {
        warn(told.at);
        out->failed = out->failed || told.failed;
        text_add(out, "%s\n", path);
    }
    text_free(&told);
    return s;
}

const Command command_report = {
    .name = "report",
    .summary = "Write a page about a run, or about several side by side.",
    .usage = "report RUN_DIR [RUN_DIR...] [--out FILE]",
    .words = "folders of runs",
    .flags = flags,
    .epilogue = epilogue,
    .run = run,
};
