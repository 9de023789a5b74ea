/* The columns of metrics.jsonl and what people call them. A column without a row here is shown as well, under
 * its own name. */
#include "report_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const ColumnWords words[] = {
    { "d_loss", "Discriminator", NULL, SCALE_LINEAR, false },
    { "g_loss", "Generator", NULL, SCALE_LINEAR, false },
    { "d_accuracy_real", "Right on real", NULL, SCALE_SHARE, false },
    { "d_accuracy_fake", "Right on generated", NULL, SCALE_SHARE, false },
    { "d_real", "On real", NULL, SCALE_SHARE, false },
    { "d_fake", "On generated", NULL, SCALE_SHARE, false },
    { "d_grad_norm", "Discriminator", NULL, SCALE_LOG, false },
    { "g_grad_norm", "Generator", NULL, SCALE_LOG, false },
    { "d_update_ratio", "Discriminator", NULL, SCALE_LOG, false },
    { "g_update_ratio", "Generator", NULL, SCALE_LOG, false },
    { "penalty", "Penalty", NULL, SCALE_LINEAR, false },
    { "slope", "Slope of D", NULL, SCALE_LINEAR, false },
    { "examples_per_s", "Speed", NULL, SCALE_LINEAR, false },
    { "d_saturation", "Saturated logits", NULL, SCALE_SHARE, false },
    { "modes", "Modes found", "Modes with at least one sample within 3 standard deviations.",
      SCALE_LINEAR, true },
    { "high_quality", "High-quality samples", "Share within 3 standard deviations of a mode.",
      SCALE_SHARE, true },
    { "reverse_kl", "Reverse KL over modes", "How unevenly the modes are used; 0: as in the data.",
      SCALE_LINEAR, true },
    { "chi_square", "χ² of the histogram", "Distance to the histogram of the data; 0: the same.",
      SCALE_LINEAR, true },
    { "kl", "KL of the histogram", "Distance to the histogram of the data; 0: the same.",
      SCALE_LINEAR, true },
};

const ColumnWords *report_words(const char *column)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].column, column) == 0)
            return &words[i];
    return NULL;
}

const char *report_title(const char *column)
{
    const ColumnWords *w = report_words(column);
    return w ? w->title : column;
}

void report_value_text(const char *column, double v, char out[NUMBER_TEXT])
{
    const ColumnWords *w = report_words(column);
    if (w && w->scale == SCALE_SHARE && isfinite(v))
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
            const ColumnWords *known = report_words(name);
            if (of_place_or_clock(name) || is_found(p, name))
                continue;
            p->column[p->n_columns].name = name;
            p->column[p->n_columns].score = known ? known->score : is_sparse(p, name);
            p->n_columns++;
        }
}
