/* The sections of a report and what they share. */
#ifndef GANTRAIN_SRC_REPORT_REPORT_PARTS_H
#define GANTRAIN_SRC_REPORT_REPORT_PARTS_H

#include "chart.h"
#include "gantrain/evaluate/training_scores.h"
#include "gantrain/io/json.h"
#include "gantrain/report/report.h"
#include "gantrain/run/folder.h"
#include "gantrain/run/history.h"

/* The files of a run folder; missing ones are empty. */
typedef struct ReportRun {
    RunFolder folder;  /* not locked                                                  */
    const char *label; /* name, unique in the report; of config, folder or `path`     */
    Json config, environment;
    History history;
    Json confusion;  /* the last row of confusion.jsonl; empty: there is none       */
    uint64_t *epoch; /* of the sample pictures, ascending   [n_epochs] */
    int n_epochs;
    Text missing; /* a line per missing or damaged file */
} ReportRun;

/* The row with the best value of a column. */
typedef struct BestRow {
    double value; /* NaN: none */
    int row;
    double epoch; /* NaN: not known */
} BestRow;

enum { REPORT_COLUMNS = 256 };

typedef struct Report {
    ReportRun run[REPORT_RUNS];
    int n;
    struct {
        const char *name; /* of a history */
        bool score;
    } column[REPORT_COLUMNS];
    int n_columns;
    bool running; /* a process trains the only run */
} Report;

/* ---- runs (report_run.c) --------------------------------------------------------------------- */

/* Reads a folder. The caller closes it, also after a failure. GT_EDATA: not a run; GT_ERESOURCE.
 *   running   in   files of the training may be missing without a note */
Status report_run_open(ReportRun *r, const char *folder, bool running, Error *e);
void report_run_close(ReportRun *r);

/* The last finite value of a column, and its row (row may be NULL); NaN and -1: none. */
double report_last(const ReportRun *r, const char *column, int *row);

/* The first row with the best value of a column; none where neither direction is better. */
BestRow report_best(const ReportRun *r, const char *column, Direction better);

/* What real images or points get for a score, if the runs agree on it; else NaN. */
double report_real(const Report *p, const char *score);

/* The value at a path such as "train.batch_size", or NULL. */
const Value *report_lookup(const Json *tree, const char *path);

/* The number at a path, or `otherwise`. */
double report_number(const Json *tree, const char *path, double otherwise);

/* "images", "points", or "samples" when the environment does not say. */
const char *report_sample_noun(const ReportRun *r);

/* ---- columns (report_columns.c) -------------------------------------------------------------- */

/* A column of metrics.jsonl. */
typedef struct ColumnInfo {
    const char *column;
    const char *title; /* the column's name where it is unknown */
    const char *about; /* one line, or NULL                     */
    Scale scale;       /* SCALE_SHARE: shown as percentage      */
    bool score;        /* of an evaluation, not of a step       */
    Direction better;  /* of a score                            */
    bool table_only;   /* has no chart                          */
} ColumnInfo;

/* Lists the columns of all runs, each once, in the order of their first appearance, without steps,
 * epochs and times. An unknown column that less than half of the rows have counts as a score. */
void report_find_columns(Report *p);

ColumnInfo report_column_info(const char *column);

/* ---- sections, each appended to the page ----------------------------------------------------- */

/* The sample pictures as an animation. Damaged ones are skipped and noted in `missing`.
 * GT_ERESOURCE. */
Status report_add_pictures(Text *out, Report *p, Error *e);

/* Title, key figures of one run, missing files. */
void report_add_header(Text *out, const Report *p);

/* While the run trains: in the head of the page, and below its title. */
void report_add_refresh(Text *out, const Report *p);
void report_add_running(Text *out, const Report *p);

/* Fills r->confusion; a damaged file is noted. GT_ERESOURCE. (confusion_file.c) */
Status report_read_confusion(ReportRun *r, Error *e);

/* The confusion matrices of conditional models. */
void report_add_confusion(Text *out, const Report *p);

void report_add_diagnosis(Text *out, const Report *p);
void report_add_charts(Text *out, const Report *p);

/* The values of all columns: of one run, or the last ones of several. */
void report_add_numbers(Text *out, const Report *p);

/* The settings in which several configs differ. */
void report_add_differences(Text *out, const Report *p);

/* Config and environment. */
void report_add_settings(Text *out, const Report *p);

/* ---- shared markup --------------------------------------------------------------------------- */

/* Moves a part of the page to its end, between two tags; an empty one leaves no trace.
 * (report_run.c) */
void report_add_part(Text *out, const char *before, Text *part, const char *after);

/* <h3> of run r, with the key of its colour. (report_run.c) */
void report_add_run_heading(Text *out, const Report *p, int r);

/* A scrollable <table class="CLASS">. (report_numbers.c) */
void report_open_table(Text *out, const char *label, const char *class);
void report_close_table(Text *out);

/* The head of a table with a column per run. (report_numbers.c) */
void report_add_run_columns(Text *out, const Report *p, const char *first);

/* A config value: "adam · lr 0.001 · beta1 0.5", without members that are 0, off or none; a list as
 * one of layers. (report_settings.c) */
void report_add_value(Text *out, const Value *v);

/* ---- embedded by embed.cmake ----------------------------------------------------------------- */

extern const unsigned char report_js[];
extern const size_t report_js_bytes;
extern const char report_js_sha256[]; /* in base64, for the security policy */

#endif
