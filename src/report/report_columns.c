/* The columns of metrics.jsonl and what people call them: those of a step and of points in the table below,
 * those of metrics in their registry. A column that neither knows is shown as well, under its own name. */
#include "report_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const ColumnWords words[] = {
    { .column = "d_loss", .title = "Discriminator" },
    { .column = "g_loss", .title = "Generator" },
    { .column = "d_accuracy_real", .title = "Right on real", .scale = SCALE_SHARE },
    { .column = "d_accuracy_fake", .title = "Right on generated", .scale = SCALE_SHARE },
    { .column = "d_real", .title = "On real", .scale = SCALE_SHARE },
    { .column = "d_fake", .title = "On generated", .scale = SCALE_SHARE },
    { .column = "d_grad_norm", .title = "Discriminator", .scale = SCALE_LOG },
    { .column = "g_grad_norm", .title = "Generator", .scale = SCALE_LOG },
    { .column = "d_update_ratio", .title = "Discriminator", .scale = SCALE_LOG },
    { .column = "g_update_ratio", .title = "Generator", .scale = SCALE_LOG },
    { .column = "penalty", .title = "Penalty" },
    { .column = "slope", .title = "Slope of D" },
    { .column = "examples_per_s", .title = "Speed" },
    { .column = "sample_spread", .title = "Spread of the samples" },
    { .column = "data_spread", .title = "Spread of the data", .table_only = true },
    { .column = "d_saturation", .title = "Saturated logits", .scale = SCALE_SHARE },
    { .column = "recoveries",
      .title = "Recoveries",
      .about = "times that training went back to a checkpoint after it diverged" },
    { .column = "modes",
      .title = "Modes found",
      .about = "modes with at least one sample within 3 standard deviations",
      .scale = SCALE_COUNT },
    { .column = "high_quality",
      .title = "High-quality samples",
      .about = "share of samples within 3 standard deviations of a mode",
      .scale = SCALE_SHARE },
    { .column = "reverse_kl",
      .title = "Reverse KL over modes",
      .about = "how unevenly samples use the modes, in nats" },
    { .column = "chi_square",
      .title = "χ² of the histogram",
      .about = "distance to the histogram of the data" },
    { .column = "kl",
      .title = "KL of the histogram",
      .about = "distance to the histogram of the data, in nats" },
};

static ColumnWords words_of(const char *column)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].column, column) == 0)
            return words[i];
    int which;
    const Metric *m = metric_of_value(column, &which);
    return (ColumnWords){ .column = column, .title = column, .about = m ? m->about[which] : NULL };
}

ColumnWords report_words(const char *column)
{
    ColumnWords w = words_of(column);
    w.score = score_direction(column, &w.better);
    return w;
}

void report_value_text(const char *column, double v, char out[NUMBER_TEXT])
{
    if (report_words(column).scale == SCALE_SHARE && isfinite(v))
        snprintf(out, NUMBER_TEXT, "%.1f %%", 100 * v);
    else
        number_text(v, out);
}

/* ---- which there are -------------------------------------------------------------------------------- */

static bool of_place_or_clock(const char *name)
{
    static const char *const names[] = { "step", "epoch", "seconds", "examples_per_s" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Missing in more than half of the rows of every run that has it. */
static bool is_sparse(const Report *p, const char *name)
{
    for (int r = 0; r < p->n; r++) {
        const History *h = &p->run[r].history;
        const double *v = history_column(h, name);
        int there = 0;
        for (int i = 0; v && i < h->rows; i++)
            there += isfinite(v[i]) ? 1 : 0;
        if (2 * there >= h->rows && v)
            return false;
    }
    return true;
}

static bool is_found(const Report *p, const char *name)
{
    for (int i = 0; i < p->n_columns; i++)
        if (strcmp(p->column[i].name, name) == 0)
            return true;
    return false;
}

void report_columns(Report *p)
{
    for (int r = 0; r < p->n; r++)
        for (int i = 0; i < p->run[r].history.columns && p->n_columns < REPORT_COLUMNS; i++) {
            const char *name = p->run[r].history.name[i];
            if (of_place_or_clock(name) || is_found(p, name))
                continue;
            p->column[p->n_columns].name = name;
            p->column[p->n_columns].score = report_words(name).score || is_sparse(p, name);
            p->n_columns++;
        }
}
