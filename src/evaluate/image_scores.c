/* Every metric that is cheap enough and possible with features alone, and those that
 * evaluate.metrics names. The same samples give the same scores, for any number of threads, in a
 * resumed run, too. */
#include "gantrain/evaluate/training_scores.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/base/numbers.h"
#include "gantrain/eval/confusion.h"
#include "gantrain/evaluate/evaluate.h"
#include "gantrain/math/vec.h"
#include "metric_selection.h"

/* ---- which metrics --------------------------------------------------------------------------- */

/* Metrics of pixels alone, and with a classifier all. */
static bool is_measurable(const ImageScores *s, const Metric *m)
{
    const unsigned pixels = INPUT_PIXELS | INPUT_TRAIN_PIXELS;
    return s->config->evaluate.classifier || (m->inputs & ~pixels) == 0;
}

/* Whether value number i of m is a score. */
static bool is_scored(const ImageScores *s, const Metric *m, int i)
{
    const EvaluateOptions *o = &s->config->evaluate;
    return is_measurable(s, m) && ((o->classifier && m->while_training) ||
                                   (*o->metrics && is_value_selected(o->metrics, m, i)));
}

static MetricInput input_of(const ImageScores *s, const Metric *m)
{
    MetricInput in = s->in;
    if (m->inputs & INPUT_PIXELS)
        in.real.n = in.real.pixels.rows;
    return in;
}

/* The next row of `metrics` with a score, which is possible once there are samples. */
static const Metric *next_metric(const ImageScores *s, const Entry *const **at)
{
    while (**at) {
        const Metric *m = (const Metric *)*(*at)++;
        const MetricInput in = input_of(s, m);
        for (int i = 0; i < METRIC_VALUES && m->value[i]; i++)
            if (is_scored(s, m, i) && (in.fake.n == 0 || metric_possible(m, &in)))
                return m;
    }
    return NULL;
}

static void list_scores(const ImageScores *s, Score *score, int room, int *n)
{
    const Entry *const *at = metrics.entry;
    *n = 0;
    for (const Metric *m = next_metric(s, &at); m; m = next_metric(s, &at))
        for (int i = 0; i < metric_values(m, s->data->shape); i++)
            if (is_scored(s, m, i) && *n < room)
                score[(*n)++] = (Score){ m->value[i], m->better[i], (double)NAN };
}

/* Whether a score needs it; a bit of MetricInputs. */
static bool needs(const ImageScores *s, unsigned input)
{
    const Entry *const *at = metrics.entry;
    for (const Metric *m = next_metric(s, &at); m; m = next_metric(s, &at))
        if (m->inputs & input)
            return true;
    return false;
}

static const Value *option_of(const ImageScores *s)
{
    return value_member(value_member(s->config->file.root, "evaluate"), "metrics");
}

static Status check_list(const ImageScores *s, Error *e)
{
    const Value *option = option_of(s);
    const char *list = s->config->evaluate.metrics;
    char why[METRIC_NAMES_WHY];
    if (!*list)
        return GT_OK;
    if (!metric_names_known(&metrics, &point_metrics, list, why))
        return option_report(e, option, "evaluate.metrics", "%s", why);
    for (const Entry *const *is = metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        if (!is_metric_selected(list, m) || is_measurable(s, m))
            continue;
        option_report(e, option, "evaluate.metrics", "%s needs %s: set evaluate.classifier=true",
                      m->is.name, m->needs);
    }
    return e->code;
}

/* ---- data and classifier --------------------------------------------------------------------- */

static Status check_data(const Config *c, const Dataset *d, Error *e)
{
    const Value *option = value_member(value_member(c->file.root, "evaluate"), "classifier");
    if (!c->evaluate.classifier)
        return GT_OK;
    if (!d->range || !dataset_split(&c->data))
        return option_report(e, option, "evaluate.classifier",
                             "a classifier needs labelled images, and %s gives %s: expected false",
                             d->kind->is.name, dataset_things(d));
    if (!d->labels)
        return option_report(e, option, "evaluate.classifier",
                             "a classifier needs labels, and %s has none: add them, or set this "
                             "to false to train without scores",
                             dataset_path(&c->data));
    return GT_OK;
}

/* The training images, which the generator may not see: opened if it trains on others. */
static Status open_train(ImageScores *s, Error *e)
{
    const Config *c = s->config;
    s->train = s->data;
    if (strcmp(dataset_split(&c->data), "train") == 0 ||
        !(c->evaluate.classifier || needs(s, INPUT_TRAIN_PIXELS)))
        return GT_OK;
    s->train = &s->own_train;
    return dataset_open_split(&s->own_train, &c->data, "train", (uint64_t)c->seed, e);
}

/* Opens the images; finds what would stop the training of the classifier. */
static Status open_images(ImageScores *s, Error *e)
{
    const Config *c = s->config;
    TRY(dataset_open_split(&s->test, &c->data, "test", (uint64_t)c->seed, e));
    TRY(open_train(s, e));
    if (!c->evaluate.classifier || dataset_keeps_classes(&c->data))
        return GT_OK; /* of some classes: the classifier knows the others, too */
    if (classifier_check(s->train, &s->test, e) != GT_OK)
        return error_add_prefix(e, dataset_path(&c->data));
    return GT_OK;
}

Status image_scores_open(ImageScores *s, const Config *c, const Dataset *d, Score *score, int room,
                         int *n, Error *e)
{
    Error why = { 0 };
    *n = 0;
    s->config = c;
    s->data = d;
    TRY(check_data(c, d, e));
    TRY(check_list(s, e));
    list_scores(s, score, room, n);
    if (open_images(s, &why) == GT_OK)
        return GT_OK;
    error_add_prefix(&why, c->evaluate.classifier ? "evaluate.classifier" : "evaluate.metrics");
    return error_append(e, &why);
}

enum { ROWS = 256 }; /* of a batch of test images */

typedef struct Plan {
    ImageScores *s;
    int samples;
    const uint8_t *label;    /* classes asked for; NULL: none      */
    Mat batch;               /* of test images        [ROWS,X] */
    Mat features, p, pixels; /* of test images                 */
} Plan;

static void plan_pixels(Plan *p, Arena *a)
{
    ImageScores *s = p->s;
    const int X = shape_size(s->test.shape);
    const int test_n = int_min(s->test.count, int_max(p->samples, EVALUATE_SAMPLES));
    p->pixels = mat_take(a, test_n, X);
    s->pixels = mat_take(a, p->samples, X);
}

static void plan(Arena *a, void *context)
{
    Plan *p = context;
    ImageScores *s = p->s;
    const int F = s->classifier.features, C = s->classifier.classes;
    p->batch = mat_take(a, ROWS, shape_size(s->test.shape));
    p->features = mat_take(a, s->test.count, F);
    p->p = mat_take(a, s->test.count, C);
    s->features = mat_take(a, p->samples, F);
    s->p = mat_take(a, p->samples, C);
    if (p->label && C > 0)
        s->confusion = arena_take(a, (size_t)C * (size_t)C * sizeof *s->confusion);
    if (needs(s, INPUT_PIXELS))
        plan_pixels(p, a);
    if (needs(s, INPUT_TRAIN_PIXELS))
        s->order = arena_take(a, (size_t)s->train->count * sizeof *s->order);
}

static void extract_test_images(ImageScores *s, const Plan *p)
{
    int index[ROWS];
    const int n = s->classifier.classes ? s->test.count : p->pixels.rows;
    for (int first = 0; first < n; first += ROWS) {
        const int rows = int_min(n - first, ROWS), kept = int_min(p->pixels.rows - first, rows);
        const Mat x = mat_rows(p->batch, 0, rows);
        for (int i = 0; i < rows; i++)
            index[i] = first + i;
        dataset_gather(&s->test, index, x);
        if (s->classifier.classes)
            classifier_apply(&s->classifier, view(x), mat_rows(p->features, first, rows),
                             mat_rows(p->p, first, rows));
        if (kept > 0)
            mat_copy(mat_rows(p->pixels, first, kept), view(mat_rows(x, 0, kept)));
    }
}

/* As in `gantrain evaluate`. */
static RowSource training_images(ImageScores *s)
{
    const uint64_t seed = (uint64_t)s->config->seed;
    if (!s->order)
        return (RowSource){ 0 };
    rng_permutation(rng_draw(seed, RNG_METRIC, METRIC_DRAW_BASELINE, 0), s->train->count, s->order);
    s->shuffled = (OrderedSamples){ s->train, s->order, 0 };
    return rows_of_samples(&s->shuffled, int_min(s->train->count, EVALUATE_MAX_SAMPLES));
}

/* Pixels only for scores that need them: ten thousand images can take more memory than the
 * training. */
static MetricInput make_input(ImageScores *s, const Plan *p)
{
    return (MetricInput){
        .fake = { p->samples, view(s->pixels), view(s->features), view(s->p), p->label },
        .real = { s->test.count, view(p->pixels), view(p->features), view(p->p), s->test.labels },
        .train = training_images(s),
        .shape = s->test.shape,
        .range = s->test.range,
        .seed = (uint64_t)s->config->seed,
    };
}

/* A metric that is named must be possible, now that samples and labels are known. */
static Status check_possible(const ImageScores *s, Error *e)
{
    const char *list = s->config->evaluate.metrics;
    for (const Entry *const *is = metrics.entry; *list && *is; is++) {
        const Metric *m = (const Metric *)*is;
        const MetricInput in = input_of(s, m);
        if (is_metric_selected(list, m) && !metric_possible(m, &in))
            return option_report(e, option_of(s), "evaluate.metrics", "%s needs %s", m->is.name,
                                 m->needs);
    }
    return GT_OK;
}

/* Lack of memory fails here, before the training. */
static Status prepare_metrics(const ImageScores *s, Error *e)
{
    const Entry *const *at = metrics.entry;
    for (const Metric *m = next_metric(s, &at); m; m = next_metric(s, &at))
        if (m->prepare)
            TRY(m->prepare(e));
    return GT_OK;
}

Status image_scores_prepare(ImageScores *s, int samples, const uint8_t *label, ProgressFn *progress,
                            void *context, Score *score, int *n, Error *e)
{
    Plan p = { .s = s, .samples = samples, .label = label };
    if (s->config->evaluate.classifier)
        TRY(data_classifier_open(&s->classifier, s->config, s->train, &s->test, progress, context,
                                 e));
    TRY(arena_build(&s->arena, plan, &p, e));
    extract_test_images(s, &p);
    s->in = make_input(s, &p);
    list_scores(s, score, *n, n);
    TRY(check_possible(s, e));
    return prepare_metrics(s, e);
}

void image_scores_extract(ImageScores *s, int first, View pixels)
{
    if (s->classifier.classes)
        classifier_apply(&s->classifier, pixels, mat_rows(s->features, first, pixels.rows),
                         mat_rows(s->p, first, pixels.rows));
    if (s->pixels.at)
        mat_copy(mat_rows(s->pixels, first, pixels.rows), pixels);
}

Status image_scores_measure(ImageScores *s, Score *score, Error *e)
{
    MetricValue value[METRIC_VALUES];
    const Entry *const *at = metrics.entry;
    for (const Metric *m = next_metric(s, &at); m; m = next_metric(s, &at)) {
        const MetricInput in = input_of(s, m);
        TRY(metric_measure(m, &in, value, e));
        for (int i = 0; i < metric_values(m, in.shape); i++)
            if (is_scored(s, m, i))
                (score++)->value = value[i].value;
    }
    if (s->confusion)
        confusion_count(&s->in.fake, s->confusion);
    return GT_OK;
}

void image_scores_close(ImageScores *s)
{
    classifier_close(&s->classifier);
    dataset_close(&s->test);
    dataset_close(&s->own_train);
    arena_close(&s->arena);
}
