/* Every metric that is cheap enough and possible with features alone. The same samples give the
 * same scores, for any number of threads, in a resumed run, too. */
#include "gantrain/evaluate/training_scores.h"

#include <string.h>

/* The next row of `metrics` that is cheap enough, and possible where `in` is given. */
static const Metric *next_metric(const Entry *const **at, const MetricInput *in)
{
    while (**at) {
        const Metric *m = (const Metric *)*(*at)++;
        if (m->while_training && (!in || metric_possible(m, in)))
            return m;
    }
    return NULL;
}

static void list_scores(const MetricInput *in, Score *score, int room, int *n)
{
    const Entry *const *at = metrics.entry;
    *n = 0;
    for (const Metric *m = next_metric(&at, in); m; m = next_metric(&at, in))
        for (int i = 0; i < METRIC_VALUES && m->value[i] && *n < room; i++)
            score[(*n)++] = (Score){ m->value[i], m->better[i], (double)NAN };
}

static Status check_data(const Config *c, const Dataset *d, Error *e)
{
    const Value *option = value_member(value_member(c->file.root, "evaluate"), "classifier");
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

/* Opens the test images; finds what would stop the training of the classifier. */
static Status open_test(ImageScores *s, const Config *c, Error *e)
{
    const uint64_t seed = (uint64_t)c->seed;
    Dataset train = { 0 };
    TRY(dataset_open_split(&s->test, &c->data, "test", seed, e));
    const bool has_train = strcmp(dataset_split(&c->data), "train") == 0;
    if (!has_train)
        TRY(dataset_open_split(&train, &c->data, "train", seed, e));
    const Status status = dataset_keeps_classes(&c->data)
                              ? GT_OK /* the classifier knows the others, too */
                              : classifier_check(has_train ? s->data : &train, &s->test, e);
    dataset_close(&train);
    return status == GT_OK ? GT_OK : error_add_prefix(e, dataset_path(&c->data));
}

Status image_scores_open(ImageScores *s, const Config *c, const Dataset *d, Score *score, int room,
                         int *n, Error *e)
{
    *n = 0;
    s->config = c;
    s->data = d;
    TRY(check_data(c, d, e));
    list_scores(NULL, score, room, n);
    Error why = { 0 };
    if (open_test(s, c, &why) == GT_OK)
        return GT_OK;
    error_add_prefix(&why, "evaluate.classifier");
    return error_append(e, &why);
}

/* Always trained on the training images: all runs on a folder share one classifier. */
static Status open_classifier(ImageScores *s, ProgressFn *progress, void *context, Error *e)
{
    const Spec *spec = &s->config->data;
    Dataset train = { 0 };
    if (strcmp(dataset_split(spec), "train") == 0)
        return data_classifier_open(&s->classifier, s->config, s->data, &s->test, progress, context,
                                    e);
    Status status = dataset_open_split(&train, spec, "train", (uint64_t)s->config->seed, e);
    if (status == GT_OK)
        status =
            data_classifier_open(&s->classifier, s->config, &train, &s->test, progress, context, e);
    dataset_close(&train);
    return status;
}

enum { ROWS = 256 }; /* of a batch of test images */

typedef struct Plan {
    ImageScores *s;
    int samples;
    const uint8_t *label;    /* classes asked for; NULL: none */
    Mat pixels, features, p; /* of test images */
} Plan;

static void plan(Arena *a, void *context)
{
    Plan *p = context;
    ImageScores *s = p->s;
    const int F = s->classifier.features, C = s->classifier.classes;
    p->pixels = mat_take(a, ROWS, shape_size(s->test.shape));
    p->features = mat_take(a, s->test.count, F);
    p->p = mat_take(a, s->test.count, C);
    s->features = mat_take(a, p->samples, F);
    s->p = mat_take(a, p->samples, C);
}

static void extract_test_images(ImageScores *s, const Plan *p)
{
    int index[ROWS];
    for (int first = 0; first < s->test.count; first += ROWS) {
        const int rows = s->test.count - first < ROWS ? s->test.count - first : ROWS;
        const Mat x = mat_rows(p->pixels, 0, rows);
        for (int i = 0; i < rows; i++)
            index[i] = first + i;
        dataset_gather(&s->test, index, x);
        classifier_apply(&s->classifier, view(x), mat_rows(p->features, first, rows),
                         mat_rows(p->p, first, rows));
    }
}

/* Without pixels: ten thousand images would take more memory than the training. */
static MetricInput make_input(const ImageScores *s, const Plan *p)
{
    const View none = { 0, 0, NULL };
    return (MetricInput){
        .fake = { p->samples, none, view(s->features), view(s->p), p->label },
        .real = { s->test.count, none, view(p->features), view(p->p), s->test.labels },
        .shape = s->test.shape,
        .range = s->test.range,
        .seed = (uint64_t)s->config->seed,
    };
}

/* Lack of memory fails here, before the training. */
static Status prepare_metrics(const MetricInput *in, Error *e)
{
    const Entry *const *at = metrics.entry;
    for (const Metric *m = next_metric(&at, in); m; m = next_metric(&at, in))
        if (m->prepare)
            TRY(m->prepare(e));
    return GT_OK;
}

Status image_scores_prepare(ImageScores *s, int samples, const uint8_t *label, ProgressFn *progress,
                            void *context, Score *score, int *n, Error *e)
{
    Plan p = { .s = s, .samples = samples, .label = label };
    TRY(open_classifier(s, progress, context, e));
    TRY(arena_build(&s->arena, plan, &p, e));
    extract_test_images(s, &p);
    s->in = make_input(s, &p);
    list_scores(&s->in, score, *n, n);
    return prepare_metrics(&s->in, e);
}

void image_scores_extract(ImageScores *s, int first, View pixels)
{
    classifier_apply(&s->classifier, pixels, mat_rows(s->features, first, pixels.rows),
                     mat_rows(s->p, first, pixels.rows));
}

Status image_scores_measure(ImageScores *s, Score *score, Error *e)
{
    MetricValue value[METRIC_VALUES];
    const Entry *const *at = metrics.entry;
    for (const Metric *m = next_metric(&at, &s->in); m; m = next_metric(&at, &s->in)) {
        TRY(metric_measure(m, &s->in, value, e));
        for (int i = 0; i < METRIC_VALUES && m->value[i]; i++)
            (score++)->value = value[i].value;
    }
    return GT_OK;
}

void image_scores_close(ImageScores *s)
{
    classifier_close(&s->classifier);
    dataset_close(&s->test);
    arena_close(&s->arena);
}
