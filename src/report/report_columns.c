/* Titles of the columns of metrics.jsonl: those of steps and points from the table below, those of
 * metrics from their registry. Unknown columns are shown under their own names. */
#include "report_parts.h"

#include <math.h>
#include <string.h>

static const ColumnInfo infos[] = {
    { .column = "d_loss", .title = "Discriminator" },
    { .column = "g_loss", .title = "Generator" },
    { .column = "d_accuracy_real", .title = "Real", .scale = SCALE_SHARE },
    { .column = "d_accuracy_fake", .title = "Generated", .scale = SCALE_SHARE },
    { .column = "d_real", .title = "Real", .scale = SCALE_SHARE },
    { .column = "d_fake", .title = "Generated", .scale = SCALE_SHARE },
    { .column = "d_grad_norm", .title = "Discriminator", .scale = SCALE_LOG },
    { .column = "g_grad_norm", .title = "Generator", .scale = SCALE_LOG },
    { .column = "d_update_ratio", .title = "Discriminator", .scale = SCALE_LOG },
    { .column = "g_update_ratio", .title = "Generator", .scale = SCALE_LOG },
    { .column = "penalty", .title = "Penalty" },
    { .column = "slope", .title = "Input gradient of D" },
    { .column = "examples_per_s", .title = "Speed" },
    { .column = "sample_spread", .title = "Spread of the samples" },
    { .column = "data_spread", .title = "Spread of the data", .table_only = true },
    { .column = "d_saturation", .title = "Saturated logits", .scale = SCALE_SHARE },
    { .column = "recoveries",
      .title = "Recoveries",
      .about = "how often training diverged and went back to a checkpoint" },
    { .column = "fcd", .title = "fcd", .scale = SCALE_LOG }, /* falls over decades */
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
      .about = "how unevenly samples cover the modes, in nats" },
    { .column = "chi_square",
      .title = "χ² of the histogram",
      .about = "distance to the histogram of the data" },
    { .column = "kl",
      .title = "KL of the histogram",
      .about = "distance to the histogram of the data, in nats" },
    { .column = "swd", .title = "Sliced Wasserstein distance of patches" },
    { .column = "ms_ssim", .title = "Similarity of pairs (MS-SSIM)" },
    { .column = "ms_ssim_gap", .title = "Similarity beyond real images" },
    { .column = "sliced_wasserstein", .title = "Sliced Wasserstein distance" },
    { .column = "energy_distance", .title = "Energy distance" },
    { .column = "ks_mean", .title = "Kolmogorov-Smirnov, mean" },
    { .column = "ks_max", .title = "Kolmogorov-Smirnov, worst column" },
    { .column = "correlation_error", .title = "Error of correlations" },
    { .column = "c2st", .title = "Classifier two-sample test", .scale = SCALE_SHARE },
};

static ColumnInfo find_info(const char *column)
{
    for (size_t i = 0; i < sizeof infos / sizeof *infos; i++)
        if (strcmp(infos[i].column, column) == 0)
            return infos[i];
    return (ColumnInfo){ .column = column, .title = column };
}

ColumnInfo report_column_info(const char *column)
{
    int which;
    ColumnInfo info = find_info(column);
    const Metric *m = score_metric(column, &which);
    if (m && !info.about)
        info.about = m->about[which];
    info.score = score_direction(column, &info.better);
    return info;
}

static bool is_step_or_time(const char *name)
{
    static const char *const names[] = { "step", "epoch", "seconds", "examples_per_s" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Whether less than half of the rows of every run have it. */
static bool is_sparse(const Report *p, const char *name)
{
    for (int r = 0; r < p->n; r++) {
        const History *h = &p->run[r].history;
        const double *v = history_column(h, name);
        int n = 0;
        for (int i = 0; v && i < h->rows; i++)
            n += isfinite(v[i]) ? 1 : 0;
        if (v && 2 * n >= h->rows)
            return false;
    }
    return true;
}

static bool is_listed(const Report *p, const char *name)
{
    for (int i = 0; i < p->n_columns; i++)
        if (strcmp(p->column[i].name, name) == 0)
            return true;
    return false;
}

void report_find_columns(Report *p)
{
    for (int r = 0; r < p->n; r++)
        for (int i = 0; i < p->run[r].history.columns && p->n_columns < REPORT_COLUMNS; i++) {
            const char *name = p->run[r].history.name[i];
            if (is_step_or_time(name) || is_listed(p, name))
                continue;
            p->column[p->n_columns].name = name;
            p->column[p->n_columns].score = report_column_info(name).score || is_sparse(p, name);
            p->n_columns++;
        }
}
