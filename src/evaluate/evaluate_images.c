/* Images: real ones, what the classifier sees in all of them, and every metric.
 *
 * The training images are put into a random order; the first of them, as many as there are samples, stand in
 * the samples' place once, judged against the rest: real images that are new to it. What a metric says of
 * them is what a perfect generator would get. */
#include "evaluate_parts.h"

#include <stdlib.h>
#include <string.h>

#include "gantrain/base/int_min.h"
#include "gantrain/eval/classifier.h"
#include "gantrain/eval/metric_draws.h"
#include "gantrain/io/npy.h"

/* What is known of a set. */
typedef struct Sight {
    Mat pixels;        /* [n,X]                                */
    Mat features;      /* [n,F]; without a classifier [0,0]    */
    Mat probabilities; /* [n,C]                                */
    uint8_t *labels;   /* [n] or NULL                          */
} Sight;

typedef struct Judging {
    const EvaluateRequest *request;
    const Samples *samples;
    Verdict *verdict;
    Config config; /* of a folder that was named           */
    Dataset train, test;
    Classifier classifier;
    bool labelled;
    Arena arena;
    int *order;                 /* [N] of the training images; at least [M] */
    Mat all;                    /* [N,X] training images in that order  */
    Sight real, stand_in;       /* test images; the first of `all`      */
    Sight sight[EVALUATE_SETS]; /* the sets                             */
} Judging;

/* ---- real images -------------------------------------------------------------------------------------- */

static Status open_parts(Judging *j, const Spec *spec, Error *e)
{
    TRY(dataset_open_split(&j->train, spec, "train", 0, e));
    return dataset_open_split(&j->test, spec, "test", 0, e);
}

/* A folder that was named, in the range that a checkpoint asks for. */
static Status open_named(Judging *j, const char *dir, const PixelRange *range, Error *e)
{
    Text text = { 0 };
    text_add(&text, "{\"data\": {\"kind\": \"idx\", \"dir\": ");
    json_write_string(&text, dir);
    text_add(&text, ", \"range\": \"%s\"}}", range->is.name);
    Status s = text.failed ? fail(e, GT_ERESOURCE, "no memory")
                           : config_parse(&j->config, text.at, text.used, "--data", e);
    text_free(&text);
    return s == GT_OK ? open_parts(j, &j->config.data, e) : s;
}

/* What to call the data of a checkpoint. */
static const char *name_of(const Spec *spec)
{
    const char *dir = dataset_folder(spec);
    return dir ? dir : spec->is->name;
}

static Status open_data(Judging *j, Error *e)
{
    const Samples *s = &j->samples[0];
    const Spec *spec = s->from->drawn ? &s->file.config.data : NULL;
    const PixelRange *range =
        spec ? dataset_range(spec) : (const PixelRange *)registry_find(&pixel_ranges, "signed");
    j->verdict->data = j->request->data ? j->request->data : spec ? name_of(spec) : NULL;
    if (j->request->data)
        return open_named(j, j->request->data, range, e);
    if (!spec)
        return fail(
            e, GT_EUSAGE,
            "--data is missing: the folder with the real images, such as --data data/mnist");
    return open_parts(j, spec, e) == GT_OK ? GT_OK : checkpoint_hint_data(&s->file, e);
}

/* ---- do they fit? ------------------------------------------------------------------------------------- */

static bool same_shape(Shape a, Shape b)
{
    return a.c == b.c && a.h == b.h && a.w == b.w;
}

static Status check_shape(const Judging *j, const Samples *s, Error *e)
{
    const Shape a = s->shape, b = j->test.shape;
    if (same_shape(a, b))
        return GT_OK;
    return fail(e, s->from->drawn ? GT_ECHECKPOINT : GT_EDATA,
                "%s: images of %dx%dx%d, those of %s are %dx%dx%d: expected the same",
                s->from->path, a.c, a.h, a.w, j->verdict->data, b.c, b.h, b.w);
}

static Status check_labels(const Judging *j, const Samples *s, Error *e)
{
    for (int i = 0; s->labels && j->labelled && i < j->verdict->n; i++)
        if (s->labels[i] >= j->classifier.classes)
            return fail(e, GT_EDATA, "%s: label %d is %d, the classes of %s are 0 to %d",
                        s->from->labels, i, s->labels[i], j->verdict->data,
                        j->classifier.classes - 1);
    return GT_OK;
}

static Status check_sets(const Judging *j, Error *e)
{
    if (!same_shape(j->train.shape, j->test.shape))
        return fail(e, GT_EDATA, "%s: training and test images differ in size", j->verdict->data);
    for (int i = 0; i < j->request->sets; i++)
        TRY(check_shape(j, &j->samples[i], e));
    return GT_OK;
}

/* ---- the classifier ----------------------------------------------------------------------------------- */

static bool wanted(const EvaluateRequest *q, const Metric *m)
{
    for (int i = 0; i < METRIC_VALUES && m->value[i]; i++)
        if (judge_wants(q, m, i))
            return true;
    return false;
}

/* What can fail for lack of room fails before the classifier is trained. */
static Status prepare(const Judging *j, Error *e)
{
    for (const Entry *const *is = metrics.entry; *is; is++) {
        const Metric *m = (const Metric *)*is;
        if (m->prepare && wanted(j->request, m))
            TRY(m->prepare(e));
    }
    return GT_OK;
}

static Status open_classifier(Judging *j, Error *e)
{
    Verdict *v = j->verdict;
    j->labelled = j->train.labels && j->test.labels;
    if (!j->labelled)
        return GT_OK;
    TRY(prepare(j, e));
    TRY(classifier_open(&j->classifier, &j->train, &j->test, j->request->classifier_progress,
                        j->request->progress, e));
    memcpy(v->classifier, j->classifier.id, sizeof v->classifier);
    v->accuracy = j->classifier.accuracy;
    v->trained = j->classifier.trained;
    for (int i = 0; i < j->request->sets; i++)
        TRY(check_labels(j, &j->samples[i], e));
    return GT_OK;
}

/* ---- looking ------------------------------------------------------------------------------------------ */

static void plan_sight(Judging *j, Sight *s, int n, Arena *a)
{
    if (!j->labelled)
        return;
    s->features = mat_take(a, n, j->classifier.features);
    s->probabilities = mat_take(a, n, j->classifier.classes);
}

static void plan(Arena *a, void *plan_me)
{
    Judging *j = plan_me;
    const Verdict *v = j->verdict;
    const int X = shape_size(j->test.shape);
    const int most = j->train.count > v->test_n ? j->train.count : v->test_n;
    j->order = arena_take(a, (size_t)most * sizeof *j->order);
    j->all = mat_take(a, least(j->train.count, EVALUATE_MAX_SAMPLES), X);
    j->real.pixels = mat_take(a, v->test_n, X);
    j->stand_in.pixels = mat_rows(j->all, 0, v->real_n);
    j->stand_in.labels = arena_take(a, (size_t)v->real_n);
    plan_sight(j, &j->real, v->test_n, a);
    plan_sight(j, &j->stand_in, v->real_n, a);
    for (int i = 0; i < j->request->sets; i++) {
        j->sight[i].pixels = mat_take(a, v->n, X);
        plan_sight(j, &j->sight[i], v->n, a);
    }
}

static void look(Judging *j, Sight *s)
{
    if (j->labelled)
        classifier_apply(&j->classifier, view(s->pixels), s->features, s->probabilities);
}

static void look_at_real(Judging *j)
{
    for (int i = 0; i < j->real.pixels.rows; i++)
        j->order[i] = i;
    dataset_gather(&j->test, j->order, j->real.pixels);
    j->real.labels = j->test.labels;
    rng_permutation(rng_draw(j->verdict->seed, RNG_METRIC, METRIC_DRAW_BASELINE, 0), j->train.count,
                    j->order);
    dataset_gather(&j->train, j->order, j->all);
    for (int i = 0; j->train.labels && i < j->verdict->real_n; i++)
        j->stand_in.labels[i] = j->train.labels[j->order[i]];
    j->stand_in.labels = j->train.labels ? j->stand_in.labels : NULL;
    look(j, &j->real);
    look(j, &j->stand_in);
}

static Status look_at_samples(Judging *j, Error *e)
{
    for (int i = 0; i < j->request->sets; i++) {
        const Samples *s = &j->samples[i];
        if (s->from->drawn)
            judge_report_work(j->request, "drawing samples of", s->from->path);
        TRY(samples_take(s, j->test.range, j->sight[i].pixels, e));
        j->sight[i].labels = s->labels;
        look(j, &j->sight[i]);
    }
    return GT_OK;
}

/* ---- measuring ---------------------------------------------------------------------------------------- */

static ImageSet judged(const Sight *s)
{
    return (ImageSet){ .n = s->pixels.rows,
                       .pixels = view(s->pixels),
                       .features = view(s->features),
                       .probabilities = view(s->probabilities),
                       .labels = s->labels };
}

static MetricInput input_of(const Judging *j, int column)
{
    const bool stand_in = column == REAL_COLUMN;
    const int first = stand_in ? j->verdict->real_n : 0; /* of the images that count as known */
    const View train = view_rows(view(j->all), first, j->all.rows - first);
    return (MetricInput){ .fake = judged(stand_in ? &j->stand_in : &j->sight[column]),
                          .real = judged(&j->real),
                          .train = { .n = train.rows, .pixels = train },
                          .shape = j->test.shape,
                          .range = j->test.range,
                          .seed = j->verdict->seed };
}

static void add_row(Verdict *v, const Metric *m, int which, const bool *known,
                    MetricValue value[JUDGE_COLUMNS][METRIC_VALUES])
{
    JudgeRow *r = &v->row[v->rows++];
    r->name = m->value[which];
    r->best = direction_name(m->better[which]);
    for (int c = 0; c < JUDGE_COLUMNS; c++) {
        r->known[c] = known[c];
        r->at[c] = value[c][which];
    }
}

/* How many samples the metric would do with; 0: more of them would not help. */
static int samples_for(const Judging *j, const Metric *m)
{
    enum { MOST = 256 };
    MetricInput in = input_of(j, 0);
    for (in.fake.n++; in.fake.n <= MOST; in.fake.n++)
        if (m->possible(&in))
            return in.fake.n;
    return 0;
}

static void leave_out(Judging *j, const Metric *m)
{
    Verdict *v = j->verdict;
    if (v->n_left_out < JUDGE_ROWS)
        v->left_out[v->n_left_out++] = (LeftOut){ m, samples_for(j, m) };
}

static Status measure(Judging *j, const Metric *m, Error *e)
{
    Verdict *v = j->verdict;
    MetricValue value[JUDGE_COLUMNS][METRIC_VALUES] = { 0 };
    bool known[JUDGE_COLUMNS] = { false }, any = false;
    judge_report_work(j->request, "measuring", m->is.name);
    for (int c = 0; c < j->request->sets; c++) {
        const MetricInput in = input_of(j, c);
        known[c] = m->possible(&in);
        any |= known[c];
        if (known[c])
            TRY(metric_measure(m, &in, value[c], e));
    }
    if (!any && j->request->metrics)
        return fail(e, GT_EUSAGE, "--metrics: %s needs %s", m->is.name, m->needs);
    if (!any) {
        leave_out(j, m);
        return GT_OK;
    }
    const MetricInput in = input_of(j, REAL_COLUMN);
    known[REAL_COLUMN] = m->possible(&in);
    if (known[REAL_COLUMN])
        TRY(metric_measure(m, &in, value[REAL_COLUMN], e));
    for (int i = 0; i < METRIC_VALUES && m->value[i]; i++)
        if (judge_wants(j->request, m, i) && v->rows < JUDGE_ROWS)
            add_row(v, m, i, known, value);
    return GT_OK;
}

static Status measure_all(Judging *j, Error *e)
{
    for (const Entry *const *is = metrics.entry; *is; is++)
        if (wanted(j->request, (const Metric *)*is))
            TRY(measure(j, (const Metric *)*is, e));
    return GT_OK;
}

/* ---- all of it ---------------------------------------------------------------------------------------- */

static Status write_outputs(const Judging *j, Error *e)
{
    const EvaluateRequest *q = j->request;
    if (q->features_out)
        TRY(npy_write_view(q->features_out, view(j->sight[0].features), 1, e));
    if (q->probabilities_out)
        TRY(npy_write_view(q->probabilities_out, view(j->sight[0].probabilities), 1, e));
    return GT_OK;
}

static Status settle(Judging *j, Error *e)
{
    Verdict *v = j->verdict;
    v->things = "images";
    TRY(open_data(j, e));
    TRY(check_sets(j, e));
    const int most = v->n > EVALUATE_SAMPLES ? v->n : EVALUATE_SAMPLES;
    v->test_n = least(j->test.count, most);
    v->real_n = least(v->n, least(j->train.count, EVALUATE_MAX_SAMPLES) / 2);
    TRY(open_classifier(j, e));
    if (!j->labelled && (j->request->features_out || j->request->probabilities_out))
        return fail(e, GT_EDATA, "%s: without labels there is no classifier and nothing it sees",
                    v->data);
    return arena_build(&j->arena, plan, j, e);
}

static Status judge_in(Judging *j, Error *e)
{
    TRY(settle(j, e));
    judge_report_work(j->request, "looking at", "real images");
    look_at_real(j);
    TRY(look_at_samples(j, e));
    TRY(measure_all(j, e));
    return write_outputs(j, e);
}

Status judge_images(const EvaluateRequest *q, const Samples *samples, Verdict *v, Error *e)
{
    Judging *j = calloc(1, sizeof *j);
    if (!j)
        return fail(e, GT_ERESOURCE, "no memory");
    j->request = q;
    j->samples = samples;
    j->verdict = v;
    const Status s = judge_in(j, e);
    arena_close(&j->arena);
    classifier_close(&j->classifier);
    dataset_close(&j->train);
    dataset_close(&j->test);
    config_free(&j->config);
    free(j);
    return s;
}
