/* The parts of a report, each of which appends its section to the page. */
#ifndef GANTRAIN_SRC_REPORT_REPORT_PARTS_H
#define GANTRAIN_SRC_REPORT_REPORT_PARTS_H

#include "gantrain/io/json.h"
#include "chart.h"
#include "gantrain/run/folder.h"
#include "gantrain/run/history.h"
#include "gantrain/report/report.h"
#include "gantrain/evaluate/score.h"

/* A run as its folder tells it. What is missing is empty. */
typedef struct ReportRun {
    RunFolder folder;  /* not locked                                                   */
    const char *label; /* its name, unique in the report; of config, folder or `path`  */
    Json config, environment;
    History history;
    uint64_t *epoch; /* of the pictures there are, oldest first   [n_epochs] */
    int n_epochs;
    Text missing; /* a line for every part that is missing or damaged */
} ReportRun;

enum { REPORT_COLUMNS = 256 };

typedef struct Report {
    ReportRun run[REPORT_RUNS];
    int n;
    struct {
        const char *name; /* of a history */
        bool score;
    } column[REPORT_COLUMNS];
    int n_columns;
} Report;

/* ---- a run (report_run.c) ---------------------------------------------------------------------------- */

/* report_run_open: read a folder. Whoever opens closes, also after a failure. GT_EDATA: it holds no run. */
Status report_run_open(ReportRun *r, const char *folder, Error *e);
void report_run_close(ReportRun *r);

/* The file or folder name at the end of a path. */
const char *report_run_base(const ReportRun *r);

/* The last value of a column that is one, and its row; NaN and -1 when there is none. */
double report_last(const ReportRun *r, const char *column, int *row);

/* The value at "train.batch_size" of a tree, or NULL. */
const Value *report_value(const Json *tree, const char *path);

/* A whole number of the config or environment; `otherwise` where there is none. */
double report_number(const Json *tree, const char *path, double otherwise);

/* "images", "points", or "samples" when that is not known. */
const char *report_samples(const ReportRun *r);

/* ---- columns (report_columns.c) ---------------------------------------------------------------------- */

/* What is known of a column of metrics.jsonl. */
typedef struct ColumnWords {
    const char *column;
    const char *title; /* how people call it; the name where nothing is known */
    const char *about; /* one line, or NULL                                   */
    Scale scale;       /* SCALE_SHARE: shown as percent                       */
    bool score;        /* of an evaluation, not of the one step               */
    Direction better;  /* of a score                                          */
    bool table_only;   /* no curve to look at                                 */
} ColumnWords;

/* report_columns: find the columns of all runs, in the order of their first appearance, each once, without
 * those of place and clock. A column that is not known as one is a score as well when it is missing in more
 * than half of the rows. */
void report_columns(Report *p);

/* What is known of a column by its name; the words are the program's, but for a title that is the name. */
ColumnWords report_words(const char *column);

/* A value of a column as a table shows it. */
void report_value_text(const char *column, double v, char out[NUMBER_TEXT]);

/* ---- sections, each appended to the page -------------------------------------------------------------- */

/* The pictures as a film. What is left out is said there; what is damaged goes to `missing` of its run.
 * GT_ERESOURCE. (report_pictures.c) */
Status report_add_pictures(Text *out, Report *p, Error *e);

/* The title, the large numbers of one run, what is missing. */
void report_add_header(Text *out, const Report *p);

/* A diagnosis in words. */
void report_add_verdicts(Text *out, const Report *p);

void report_add_charts(Text *out, const Report *p);

/* Final numbers as a table. */
void report_add_numbers(Text *out, const Report *p);

/* Between the configs of several runs. */
void report_add_differences(Text *out, const Report *p);

/* Config and environment. */
void report_add_settings(Text *out, const Report *p);

/* A value of a config in words: "adam · lr 0.001 · beta1 0.5"; what is 0, off or none is not said. A list is
 * one of layers. (report_settings.c) */
void report_add_words(Text *out, const Value *v);

/* The head of a table with a column for every run, `first` above its first one. (report_numbers.c) */
void report_add_heads(Text *out, const Report *p, const char *first);

/* ---- what the page carries besides (made by embed.cmake) ---------------------------------------------- */

extern const unsigned char report_js[];
extern const size_t report_js_bytes;

/* In base64, for the page's security policy. */
extern const char report_js_sha256[];

#endif
