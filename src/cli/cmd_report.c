/* gantrain report: an HTML page about one run, or comparing several. */
#include "args.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/base/log.h"
#include "gantrain/run/folder.h"
#include "gantrain/report/report.h"

static const Flag flags[] = {
    { "--out", "FILE", "the page (default: RUN_DIR/report.html; required for several runs)" },
    { NULL, NULL, NULL },
};

static Status choose_path(const Args *a, char path[FOLDER_FILE], Error *e)
{
    const char *out;
    const int room = FOLDER_FILE;
    TRY(args_path(a, "--out", &out, e));
    if (!out && a->operands > 1)
        return fail(e, GT_EUSAGE, "%d runs: name the page that compares them with --out FILE",
                    a->operands);
    const int n = out ? snprintf(path, FOLDER_FILE, "%s", out)
                      : snprintf(path, FOLDER_FILE, "%s/report.html", a->operand[0]);
    return n < room ? GT_OK : fail(e, GT_EUSAGE, "%.80s...: the path is too long", path);
}

static void warn_each_line(const char *lines)
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
    Text warnings = { 0 };
    if (a->operands == 0)
        return fail(e, GT_EUSAGE, "RUN_DIR is missing; usage: gantrain %s", a->command->usage);
    for (int i = 0; i < a->operands; i++)
        if (!*a->operand[i])
            return fail(e, GT_EUSAGE, "RUN_DIR: expected a path, got nothing");
    TRY(choose_path(a, path, e));
    const Status s = report_write(a->operand, a->operands, false, path, &warnings, e);
    if (s == GT_OK) {
        warn_each_line(warnings.at);
        out->failed = out->failed || warnings.failed;
        text_add(out, "%s\n", path);
    }
    text_free(&warnings);
    return s;
}

const Command command_report = {
    .name = "report",
    .summary = "Write an HTML page about one run, or comparing several.",
    .usage = "report RUN_DIR [RUN_DIR...] [--out FILE]",
    .takes_operands = true,
    .flags = flags,
    .epilogue = "The page shows curves, samples of all epochs, settings and environment; it\n"
                "needs no other file and no network. Training writes it into the run folder;\n"
                "this command writes it again from the files of the run.\n"
                "\n"
                "examples:\n"
                "  gantrain report runs/mnist\n"
                "  gantrain report runs/ring runs/ring_r1 --out compare.html\n",
    .run = run,
};
