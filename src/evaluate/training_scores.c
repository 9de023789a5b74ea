/* Scores from the same latents at every evaluation: their curves show the generator alone. */
#include "gantrain/evaluate/training_scores.h"

#include <stdio.h>
#include <string.h>

#include "metric_selection.h"

static const Value *option_of(const Config *c, const char *key)
{
    return value_member(value_member(c->file.root, "evaluate"), key);
}

static Status report_unknown(const TrainingScores *v, const Config *c, Error *e)
{
    const char *best = c->evaluate.best, *names[TRAINING_SCORES + 1] = { NULL };
    Text known = { 0 };
    for (int i = 0; i < v->n; i++) {
        names[i] = v->score[i].name;
        text_add(&known, "%s%s", i ? ", " : "one of ", names[i]);
    }
    const char *near = nearest_name(best, names);
    option_report(
        e, option_of(c, "best"), "evaluate.best", "unknown score \"%.60s\"%s%s%s: expected %s",
        best, near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "",
        known.at ? known.at : "\"\", nothing is measured without evaluate.classifier=true");
    text_free(&known);
    return e->code;
}

/* evaluate.best is the name of a score that this run does not measure. */
static Status report_unmeasured(const Config *c, const Metric *m, Error *e)
{
    const char *best = c->evaluate.best;
    if (m->while_training && m->inputs & (INPUT_FEATURES | INPUT_PROBABILITIES))
        return option_report(e, option_of(c, "best"), "evaluate.best",
                             "\"%s\" is measured by a classifier of labelled images: needs "
                             "evaluate.classifier=true",
                             best);
    return option_report(e, option_of(c, "best"), "evaluate.best",
                         "\"%s\" is not measured: name it in evaluate.metrics, too", best);
}

/* evaluate.best: a score that is measured, and that has a better direction. */
static Status check_best(const TrainingScores *v, const Config *c, Error *e)
{
    const char *best = c->evaluate.best;
    const Score *score = training_scores_find(v, best);
    if (!*best || (score && score->better != NEITHER))
        return GT_OK;
    if (score)
        return option_report(e, option_of(c, "best"), "evaluate.best",
                             "\"%s\" is best when it is as for real images: expected a score that "
                             "is better when higher or lower",
                             best);
    int which;
    const bool points = v->point.data && v->point.data->points;
    const Metric *m = metric_in(points ? &point_metrics : &metrics, best, &which);
    return m ? report_unmeasured(c, m, e) : report_unknown(v, c, e);
}

static Status check_patience(const TrainingScores *v, const Config *c, Error *e)
{
    if (c->evaluate.patience == 0 || *c->evaluate.best)
        return GT_OK;
    return option_report(
        e, option_of(c, "patience"), "evaluate.patience", "no score to wait for: %s",
        v->n ? "set evaluate.best to one" : "with evaluate.classifier=true it is fcd");
}

static Status open_points(TrainingScores *v, const Config *c, const Dataset *d, Error *e)
{
    TRY(point_scores_open(&v->point, &c->evaluate, d, v->score, &v->n, e));
    v->compared = v->n;
    if (!d->points)
        return GT_OK;
    return point_comparison_open(&v->comparison, c, d, v->score, TRAINING_SCORES, &v->n, e);
}

Status training_scores_open(TrainingScores *v, const Config *c, const Dataset *d, Error *e)
{
    const EvaluateOptions *o = &c->evaluate;
    *v = (TrainingScores){ .images = o->classifier || (*o->metrics && !d->points),
                           .drawn_step = UINT64_MAX,
                           .scored_step = UINT64_MAX };
    v->samples = d->points || v->images ? (int)o->samples : 0;
    if (v->images)
        TRY(image_scores_open(&v->image, c, d, v->score, TRAINING_SCORES, &v->n, e));
    else
        TRY(open_points(v, c, d, e));
    check_best(v, c, e); /* errors add up */
    return check_patience(v, c, e);
}

static void plan_points(TrainingScores *v, Arena *a)
{
    point_scores_plan(&v->point, a);
    if (v->n > v->compared)
        point_comparison_plan(&v->comparison, a);
}

void training_scores_plan(TrainingScores *v, const Config *c, const Dataset *d, int inputs,
                          Arena *a)
{
    const int batch = (int)c->train.batch_size;
    const int rows = v->images && batch < v->samples ? batch : v->samples;
    v->z = mat_take(a, v->samples, inputs);
    v->label = arena_take(a, (size_t)v->samples);
    v->made = mat_take(a, rows, shape_size(d->shape));
    if (v->images)
        v->bytes = arena_take(a, mat_size(v->made));
    else
        plan_points(v, a);
}

Status training_scores_prepare(TrainingScores *v, const Gan *g, const Config *c,
                               ProgressFn *progress, void *context, Error *e)
{
    const int col = gan_find_input(g, "class");
    gan_inputs(g, (uint64_t)c->seed, v->z);
    for (int i = 0; col >= 0 && i < v->samples; i++)
        v->label[i] = (uint8_t)mat_rows(v->z, i, 1).at[col];
    if (!v->images) {
        point_scores_prepare(&v->point);
        if (v->n > v->compared)
            point_comparison_prepare(&v->comparison);
        return GT_OK;
    }
    TRY(image_scores_prepare(&v->image, v->samples, col >= 0 ? v->label : NULL, progress, context,
                             v->score, &v->n, e));
    return check_best(v, c, e);
}

void training_scores_close(TrainingScores *v)
{
    image_scores_close(&v->image);
    point_comparison_close(&v->comparison);
}

View training_scores_points(TrainingScores *v, Gan *g)
{
    if (v->drawn_step != g->step)
        gan_sample(g, view(v->z), v->made);
    v->drawn_step = g->step;
    return view(v->made);
}

/* Batch by batch, rounded to 8 bits like the data and like the samples of `gantrain evaluate`. */
static void extract_samples(TrainingScores *v, Gan *g)
{
    const PixelRange *range = v->image.data->range;
    for (int first = 0; first < v->samples; first += v->made.rows) {
        const int left = v->samples - first;
        const Mat made = mat_rows(v->made, 0, left < v->made.rows ? left : v->made.rows);
        gan_sample(g, view(mat_rows(v->z, first, made.rows)), made);
        pixels_to_bytes(range, view(made), v->bytes);
        pixels_from_bytes(range, v->bytes, made);
        image_scores_extract(&v->image, first, view(made));
    }
}

Status training_scores_of_points(TrainingScores *v, View points, Score *out, Error *e)
{
    point_scores_measure(&v->point, points, out);
    if (v->n == v->compared)
        return GT_OK;
    return point_comparison_measure(&v->comparison, points, out + v->compared, e);
}

Status training_scores_measure(TrainingScores *v, Gan *g, Error *e)
{
    if (v->images) {
        extract_samples(v, g);
        TRY(image_scores_measure(&v->image, v->score, e));
    } else {
        TRY(training_scores_of_points(v, training_scores_points(v, g), v->score, e));
    }
    v->scored_step = g->step;
    return GT_OK;
}

const Score *training_scores_find(const TrainingScores *v, const char *name)
{
    for (int i = 0; i < v->n; i++)
        if (strcmp(v->score[i].name, name) == 0)
            return &v->score[i];
    return NULL;
}

static double value_of(const TrainingScores *v, const char *name)
{
    const Score *s = training_scores_find(v, name);
    return s ? s->value : (double)NAN;
}

/* The first two. */
static void summarize(const TrainingScores *v, char out[SCORES_SUMMARY])
{
    const Score *s = v->score;
    const int n = snprintf(out, SCORES_SUMMARY, "%s %.3g", s[0].name, s[0].value);
    if (v->n > 1 && n > 0 && n < SCORES_SUMMARY)
        snprintf(out + n, (size_t)(SCORES_SUMMARY - n), " %s %.3g", s[1].name, s[1].value);
}

void training_scores_summary(const TrainingScores *v, char out[SCORES_SUMMARY])
{
    const Dataset *d = v->point.data;
    *out = '\0';
    if (v->images && v->image.classifier.classes > 0)
        snprintf(out, SCORES_SUMMARY, "score %.2f fcd %.3g", value_of(v, "score"),
                 value_of(v, "fcd"));
    else if (d && d->modes.n > 0)
        snprintf(out, SCORES_SUMMARY, "%.0f/%d modes %.0f%%", value_of(v, "modes"), d->modes.n,
                 100 * value_of(v, "high_quality"));
    else if (v->n > 0)
        summarize(v, out);
}
