/* Images: opens the real ones, extracts classifier features of all, measures every metric.
 *
 * The training images are shuffled. For the column "real" the first of them, as many as there are
 * samples, take the place of the samples and are compared with the rest, to which they are new:
 * what a metric gives for them a perfect generator would reach. */
#include "evaluate_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/numbers.h"
#include "gantrain/evaluate/training_scores.h"
#include "gantrain/io/npy.h"
#include "metric_selection.h"

typedef struct ImageFeatures {
    Mat pixels;        /* [n,X]                             */
    Mat features;      /* [n,F]; without a classifier [0,0] */
    Mat probabilities; /* [n,C]                             */
    uint8_t *labels;   /* [n] or NULL                       */
} ImageFeatures;

typedef struct Evaluator {
    EvaluationTable *table;
    Config config;         /* of the data of --data               */
    const Config *of_data; /* that one, or that of the checkpoint */
    Dataset train, test;
    Classifier classifier;
    bool classified; /* with a classifier, which needs labels */
    Arena arena;
    int *order;                   /* a permutation of the training images           */
    OrderedSamples all, rest;     /* them in that order; without those of `baseline` */
    ImageFeatures real, baseline; /* test images; the first training images          */
    ImageFeatures set[EVALUATE_SETS];
} Evaluator;

static void report_task(const Evaluator *v, const char *task, const char *object)
{
    const EvaluateRequest *q = v->table->request;
    if (q->work)
        q->work(q->progress, task, object);
}

/* ---- real images ----------------------------------------------------------------------------- */

static Status open_splits(Evaluator *v, const Config *c, Error *e)
{
    const uint64_t seed = (uint64_t)c->seed;
    const EvaluateRequest *q = v->table->request;
    v->of_data = c;
    dataset_set_progress(&c->data, q->data_progress, q->progress);
    TRY(dataset_open_split(&v->train, &c->data, "train", seed, e));
    return dataset_open_split(&v->test, &c->data, "test", seed, e);
}

/* --data, in the pixel range of the checkpoint, and in the shape of the samples where it has none
 * of its own. */
static Status open_other_data(Evaluator *v, const char *path, const PixelRange *range, Error *e)
{
    TRY(config_of_data(&v->config, path, range, e));
    dataset_set_shape(&v->config.data, v->table->samples[0].shape);
    if (dataset_range(&v->config.data))
        return open_splits(v, &v->config, e);
    return fail(e, GT_EDATA, "%s: points: expected images, as the samples are", path);
}

static Status open_data(Evaluator *v, Error *e)
{
    EvaluationTable *t = v->table;
    const Samples *s = &t->samples[0];
    const Spec *spec = s->source->is_checkpoint ? &s->file.config.data : NULL;
    const PixelRange *range =
        spec ? dataset_range(spec) : (const PixelRange *)registry_find(&pixel_ranges, "signed");
    t->data = t->request->data;
    if (t->data)
        return open_other_data(v, t->data, range, e);
    if (!spec)
        return fail(
            e, GT_EUSAGE,
            "--data is missing: the folder with the real images, such as --data data/mnist");
    t->data = dataset_path(spec) ? dataset_path(spec) : spec->is->name;
    return open_splits(v, &s->file.config, e) == GT_OK ? GT_OK : checkpoint_hint_data(&s->file, e);
}

static bool is_same_shape(Shape a, Shape b)
{
    return a.c == b.c && a.h == b.h && a.w == b.w;
}

static Status check_shapes(const Evaluator *v, Error *e)
{
    const EvaluationTable *t = v->table;
    const Shape b = v->test.shape;
    if (!is_same_shape(v->train.shape, b))
        return fail(e, GT_EDATA, "%s: training and test images differ in size", t->data);
    for (const Samples *s = t->samples; s < t->samples + t->request->sets; s++)
        if (!is_same_shape(s->shape, b))
            return fail(e, s->source->is_checkpoint ? GT_ECHECKPOINT : GT_EDATA,
                        "%s: images of %dx%dx%d, those of %s are %dx%dx%d: expected the same",
                        s->source->path, s->shape.c, s->shape.h, s->shape.w, t->data, b.c, b.h,
                        b.w);
    return GT_OK;
}

/* ---- the classifier -------------------------------------------------------------------------- */

/* Lack of memory fails here, before the classifier is trained. */
static Status prepare_metrics(const Evaluator *v, Error *e)
{
    for (const Entry *const *is = metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        if (m->prepare && is_metric_selected(v->table->request->metrics, m))
            TRY(m->prepare(e));
    }
    return GT_OK;
}

static Status check_labels(const Evaluator *v, const Samples *s, Error *e)
{
    for (int i = 0; s->labels && i < v->table->n; i++)
        if (s->labels[i] >= v->classifier.classes)
            return fail(e, GT_EDATA, "%s: label %d is %d, the classes of %s are 0 to %d",
                        s->source->labels, i, s->labels[i], v->table->data,
                        v->classifier.classes - 1);
    return GT_OK;
}

/* Whether something asked for goes beyond pixels. */
static bool is_classifier_needed(const EvaluateRequest *q)
{
    for (const Entry *const *is = metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        if (is_metric_selected(q->metrics, m) &&
            (m->inputs & ~(unsigned)(INPUT_PIXELS | INPUT_TRAIN_PIXELS)))
            return true;
    }
    return q->features_out || q->probabilities_out;
}

/* Data that cannot train a classifier have the metrics of pixels, and the reason in the table. */
static Status check_classifier(Evaluator *v, Error *e)
{
    EvaluationTable *t = v->table;
    const EvaluateRequest *q = t->request;
    const bool labelled = v->train.labels && v->test.labels;
    Error why = { 0 };
    if (!is_classifier_needed(q))
        return GT_OK;
    v->classified = labelled && (dataset_keeps_classes(&v->of_data->data) ||
                                 classifier_check(&v->train, &v->test, &why) == GT_OK);
    if (v->classified)
        return GT_OK;
    const char *reason = labelled ? why.text[0] : "without labels there is no classifier";
    if (q->features_out || q->probabilities_out)
        return fail(e, GT_EDATA, "%s: %s and no features", t->data, reason);
    snprintf(t->no_classifier, sizeof t->no_classifier, "%s", reason);
    return GT_OK;
}

static Status open_classifier(Evaluator *v, Error *e)
{
    EvaluationTable *t = v->table;
    const EvaluateRequest *q = t->request;
    TRY(check_classifier(v, e));
    if (!v->classified)
        return GT_OK;
    TRY(prepare_metrics(v, e));
    TRY(data_classifier_open(&v->classifier, v->of_data, &v->train, &v->test,
                             q->classifier_progress, q->progress, e));
    memcpy(t->classifier, v->classifier.id, sizeof t->classifier);
    t->accuracy = v->classifier.accuracy;
    t->trained = v->classifier.trained;
    for (int i = 0; i < q->sets; i++)
        TRY(check_labels(v, &t->samples[i], e));
    return GT_OK;
}

/* ---- features -------------------------------------------------------------------------------- */

static void plan_features(const Evaluator *v, ImageFeatures *f, int n, Arena *a)
{
    if (!v->classified)
        return;
    f->features = mat_take(a, n, v->classifier.features);
    f->probabilities = mat_take(a, n, v->classifier.classes);
}

static void plan(Arena *a, void *context)
{
    Evaluator *v = context;
    const EvaluationTable *t = v->table;
    const int X = shape_size(v->test.shape);
    const int max = v->train.count > t->test_n ? v->train.count : t->test_n;
    v->order = arena_take(a, (size_t)max * sizeof *v->order);
    v->real.pixels = mat_take(a, t->test_n, X);
    v->baseline.pixels = mat_take(a, t->real_n, X);
    v->baseline.labels = arena_take(a, (size_t)t->real_n);
    plan_features(v, &v->real, t->test_n, a);
    plan_features(v, &v->baseline, t->real_n, a);
    for (int i = 0; i < t->request->sets; i++) {
        v->set[i].pixels = mat_take(a, t->n, X);
        plan_features(v, &v->set[i], t->n, a);
    }
}

static void extract(Evaluator *v, ImageFeatures *f)
{
    if (v->classified)
        classifier_apply(&v->classifier, view(f->pixels), f->features, f->probabilities);
}

static void extract_real(Evaluator *v)
{
    for (int i = 0; i < v->real.pixels.rows; i++)
        v->order[i] = i;
    dataset_gather(&v->test, v->order, v->real.pixels);
    v->real.labels = v->test.labels;
    rng_permutation(rng_draw(v->table->seed, RNG_METRIC, METRIC_DRAW_BASELINE, 0), v->train.count,
                    v->order);
    dataset_gather(&v->train, v->order, v->baseline.pixels);
    v->all = (OrderedSamples){ &v->train, v->order, 0 };
    v->rest = (OrderedSamples){ &v->train, v->order, v->table->real_n };
    for (int i = 0; v->train.labels && i < v->table->real_n; i++)
        v->baseline.labels[i] = v->train.labels[v->order[i]];
    v->baseline.labels = v->train.labels ? v->baseline.labels : NULL;
    extract(v, &v->real);
    extract(v, &v->baseline);
}

static Status extract_samples(Evaluator *v, Error *e)
{
    for (int i = 0; i < v->table->request->sets; i++) {
        Samples *s = &v->table->samples[i];
        if (s->source->is_checkpoint)
            report_task(v, "drawing samples of", s->source->path);
        TRY(samples_take(s, v->test.range, v->set[i].pixels, e));
        v->set[i].labels = s->labels;
        extract(v, &v->set[i]);
    }
    return GT_OK;
}

/* ---- metrics --------------------------------------------------------------------------------- */

static ImageSet image_set(const ImageFeatures *f)
{
    return (ImageSet){ .n = f->pixels.rows,
                       .pixels = view(f->pixels),
                       .features = view(f->features),
                       .probabilities = view(f->probabilities),
                       .labels = f->labels };
}

static MetricInput input_of(const Evaluator *v, int column)
{
    const bool baseline = column == REAL_COLUMN;
    const OrderedSamples *train = baseline ? &v->rest : &v->all;
    const int n = int_min(v->train.count, EVALUATE_MAX_SAMPLES) - train->first;
    return (MetricInput){ .fake = image_set(baseline ? &v->baseline : &v->set[column]),
                          .real = image_set(&v->real),
                          .train = rows_of_samples(train, n),
                          .shape = v->test.shape,
                          .range = v->test.range,
                          .seed = v->table->seed };
}

/* The number of samples with which the metric would be possible; 0: that is not the reason. */
static int needed_samples(const Evaluator *v, const Metric *m)
{
    enum { MAX = 256 };
    MetricInput in = input_of(v, 0);
    for (in.fake.n++; in.fake.n <= MAX; in.fake.n++)
        if (metric_possible(m, &in))
            return in.fake.n;
    return 0;
}

static Status skip(Evaluator *v, const Metric *m, Error *e)
{
    EvaluationTable *t = v->table;
    if (t->request->metrics)
        return fail(e, GT_EUSAGE, "--metrics: %s needs %s", m->is.name, m->needs);
    if (t->n_skipped < TABLE_ROWS)
        t->skipped[t->n_skipped++] = (SkippedMetric){ m, needed_samples(v, m) };
    return GT_OK;
}

static void add_row(EvaluationTable *t, const Metric *m, int which, const bool *known,
                    MetricValue value[TABLE_COLUMNS][METRIC_VALUES])
{
    TableRow *r = &t->row[t->rows++];
    r->name = m->value[which];
    r->better = m->better[which];
    for (int c = 0; c < TABLE_COLUMNS; c++) {
        r->known[c] = known[c];
        r->at[c] = value[c][which];
    }
}

static Status measure_column(const Evaluator *v, const Metric *m, int column, bool *known,
                             MetricValue *value, Error *e)
{
    const MetricInput in = input_of(v, column);
    *known = metric_possible(m, &in);
    return *known ? metric_measure(m, &in, value, e) : GT_OK;
}

static Status measure(Evaluator *v, const Metric *m, Error *e)
{
    EvaluationTable *t = v->table;
    MetricValue value[TABLE_COLUMNS][METRIC_VALUES] = { 0 };
    bool known[TABLE_COLUMNS] = { false }, any = false;
    report_task(v, "measuring", m->is.name);
    for (int c = 0; c < t->request->sets; c++) {
        TRY(measure_column(v, m, c, &known[c], value[c], e));
        any |= known[c];
    }
    if (!any)
        return skip(v, m, e);
    TRY(measure_column(v, m, REAL_COLUMN, &known[REAL_COLUMN], value[REAL_COLUMN], e));
    for (int i = 0; i < metric_values(m, v->test.shape); i++)
        if (is_value_selected(t->request->metrics, m, i) && t->rows < TABLE_ROWS)
            add_row(t, m, i, known, value);
    return GT_OK;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static Status write_outputs(const Evaluator *v, Error *e)
{
    const EvaluateRequest *q = v->table->request;
    if (q->features_out)
        TRY(npy_write(q->features_out, view(v->set[0].features), 1, e));
    if (q->probabilities_out)
        TRY(npy_write(q->probabilities_out, view(v->set[0].probabilities), 1, e));
    return GT_OK;
}

static Status run(Evaluator *v, Error *e)
{
    EvaluationTable *t = v->table;
    t->things = "images";
    TRY(open_data(v, e));
    TRY(check_shapes(v, e));
    t->test_n = int_min(v->test.count, t->n > EVALUATE_SAMPLES ? t->n : EVALUATE_SAMPLES);
    t->real_n = int_min(t->n, int_min(v->train.count, EVALUATE_MAX_SAMPLES) / 2);
    TRY(open_classifier(v, e));
    TRY(arena_build(&v->arena, plan, v, e));
    report_task(v, "extracting features of", "real images");
    extract_real(v);
    TRY(extract_samples(v, e));
    for (const Entry *const *is = metrics.entry; *is; is++)
        if (is_metric_selected(t->request->metrics, (const Metric *)*is))
            TRY(measure(v, (const Metric *)*is, e));
    return write_outputs(v, e);
}

Status evaluate_images(EvaluationTable *t, Error *e)
{
    Evaluator *v = calloc(1, sizeof *v);
    if (!v)
        return fail(e, GT_ERESOURCE, "no memory");
    v->table = t;
    const Status s = run(v, e);
    report_task(v, NULL, NULL);
    arena_close(&v->arena);
    classifier_close(&v->classifier);
    dataset_close(&v->train);
    dataset_close(&v->test);
    config_free(&v->config);
    free(v);
    return s;
}
