/* Quantiles over a third of the rows, so that no single row decides.
 *
 * D's advantage has the same unit for all objectives. With L_D(r, f) the loss for logits r of real
 * and f of fake samples,
 *
 *   chance    = min over t of L_D(t, t)
 *   perfect   = min over r, f of L_D(r, f)
 *   advantage = (chance - L_D) / (chance - perfect)
 *
 * Both minima are searched on a grid of logits: 2·log 2 and 0 for the GAN of 2014, with label
 * smoothing and targets included. A loss without a minimum (Wasserstein, some divergences) has no
 * advantage. */
#include "symptoms.h"

#include <math.h>

#include "gantrain/base/numbers.h"
#include "gantrain/evaluate/training_scores.h"

enum { MAX_VALUES = 512 }; /* of a part, evenly chosen where it has more */

static double loss_at(const Spec *objective, double r, double f)
{
    real real_c = (real)r, fake_c = (real)f, slope[2];
    const Outputs c = { .real = { 1, 1, &real_c }, .fake = { 1, 1, &fake_c } };
    return objective_d(objective, c, (Mat){ 1, 1, slope }, (Mat){ 1, 1, slope + 1 });
}

/* The minimum over logits (a·t, b·t), |t| <= reach. */
static double min_loss(const Spec *objective, double a, double b, double reach)
{
    const double step = 1.0 / 8;
    double best = INFINITY;
    for (double t = -reach; t <= reach; t += step)
        best = fmin(best, loss_at(objective, a * t, b * t));
    return best;
}

/* One logit at a time: a loss is a sum of a term of r and one of f, or depends on r - f alone. */
static double min_loss_of_both(const Spec *objective, double reach)
{
    if (objective_is_relativistic(objective))
        return min_loss(objective, 1, 0, reach);
    return min_loss(objective, 1, 0, reach) + min_loss(objective, 0, 1, reach) -
           loss_at(objective, 0, 0);
}

void symptoms_init(Symptoms *s, const History *h, const Config *c)
{
    const Spec *objective = &c->gan.objective;
    const double reach = 12, bounded = 0.1;
    const int third = h->rows / 3;
    const int tail = third > TAIL_ROWS ? third : TAIL_ROWS;
    *s = (Symptoms){ .h = h, .c = c };
    s->first_end = third > 1 ? third : h->rows < 1 ? 0 : 1;
    s->last_begin = h->rows > tail ? h->rows - tail : 0;
    s->chance_loss = min_loss(objective, 1, 1, reach);
    s->perfect_loss = min_loss_of_both(objective, reach);
    if (!(s->perfect_loss - min_loss_of_both(objective, 2 * reach) < bounded))
        s->perfect_loss = NAN;
}

static void part_range(const Symptoms *s, Part part, int *from, int *to)
{
    *from = part == PART_LAST ? s->last_begin : 0;
    *to = part == PART_FIRST ? s->first_end : s->h->rows;
}

int symptom_count(const Symptoms *s, const char *column, Part part)
{
    const double *v = history_column(s->h, column);
    int from, to, n = 0;
    part_range(s, part, &from, &to);
    for (int i = from; v && i < to; i++)
        n += isfinite(v[i]) != 0;
    return n;
}

double symptom_quantile(const Symptoms *s, const char *column, Part part, double q)
{
    const double *v = history_column(s->h, column);
    const int n = symptom_count(s, column, part), stride = (n + MAX_VALUES - 1) / MAX_VALUES;
    double chosen[MAX_VALUES];
    int from, to, seen = 0, taken = 0;
    part_range(s, part, &from, &to);
    for (int i = from; n > 0 && i < to; i++)
        if (isfinite(v[i]) && seen++ % stride == 0)
            chosen[taken++] = v[i];
    if (taken == 0)
        return NAN;
    sort_ascending(chosen, (size_t)taken);
    return chosen[(int)(q * (taken - 1) + 0.5)];
}

double symptom_median(const Symptoms *s, const char *column, Part part)
{
    return symptom_quantile(s, column, part, 0.5);
}

double symptom_advantage(const Symptoms *s, Part part, double q)
{
    return (s->chance_loss - symptom_quantile(s, "d_loss", part, 1 - q)) /
           (s->chance_loss - s->perfect_loss);
}

static double value_at(const Symptoms *s, const char *column, int row)
{
    const double *v = history_column(s->h, column);
    return v && row >= 0 && row < s->h->rows && isfinite(v[row]) ? v[row] : (double)NAN;
}

double symptom_at_end(const Symptoms *s, const char *column)
{
    return value_at(s, column, s->h->rows - 1);
}

double symptom_tail_step(const Symptoms *s)
{
    return value_at(s, "step", s->last_begin);
}

double symptom_last_step(const Symptoms *s)
{
    return symptom_at_end(s, "step");
}

/* Beyond these limits a score is far from that of real samples. MNIST after 3, 5, 10 epochs:
 * class_kl 0.64, 0.06, 0.01; recall 0.12, 0.6, 0.7; coverage 0.16, 0.5, 0.6. */
static const struct {
    const char *column;
    double limit;
} limits[] = {
    { "class_kl", 0.7 }, { "reverse_kl", 0.7 },   { "recall", 0.1 },
    { "coverage", 0.1 }, { "high_quality", 0.1 },
};
enum { LIMITS = sizeof limits / sizeof *limits };

/* The last row with any of these scores, or -1. */
static int last_scored_row(const Symptoms *s)
{
    for (int row = s->h->rows - 1; row >= 0; row--)
        for (int i = 0; i < LIMITS; i++)
            if (isfinite(value_at(s, limits[i].column, row)))
                return row;
    return -1;
}

bool symptom_poor_scores(const Symptoms *s, Text *out)
{
    const int row = last_scored_row(s);
    bool poor = false;
    for (int i = 0; i < LIMITS && row >= 0; i++) {
        const double v = value_at(s, limits[i].column, row);
        Direction better = LOWER;
        score_direction(limits[i].column, &better);
        if (better == HIGHER ? v < limits[i].limit : v > limits[i].limit) {
            text_add(out, "%s%s %.2f", poor ? ", " : "", limits[i].column, v);
            poor = true;
        }
    }
    return poor;
}

double symptom_ema_lag(const Symptoms *s)
{
    const double ema = s->c->gan.generator.ema;
    return ema > 0 ? 1 / (1 - ema) / symptom_last_step(s) : 0;
}
