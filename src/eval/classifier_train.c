/* Training the classifier: batches of shuffled epochs, cross-entropy, backpropagation (Rumelhart,
 * Hinton, Williams 1986), one optimizer step per batch. */
#include "classifier_impl.h"

#include "numerics.h"
#include "gantrain/base/numbers.h"
#include "gantrain/data/batcher.h"
#include "gantrain/nn/optim.h"

typedef struct Training {
    Classifier *c;
    const Dataset *train, *test;
    Batcher batcher;
    Optim optim;
    Mat x;           /* images of a batch                [B,X] */
    Mat p;           /* probabilities                    [B,C] */
    uint8_t *labels; /* of a batch                       [B]   */
    int *index;      /* of test images                   [B]   */
    int seen, right; /* images since the last progress report  */
} Training;

static void plan(Arena *a, void *plan_me)
{
    Training *t = plan_me;
    const Net *net = &t->c->net;
    const int B = t->c->trace.batch;

    optim_plan(&t->optim, &t->c->recipe.optimizer, net->theta.cols, net->rows, a);
    batcher_plan(&t->batcher, t->train, B, RECIPE_SEED, a);
    t->x = mat_take(a, B, shape_size(net->in));
    t->p = mat_take(a, B, t->c->classes);
    t->labels = arena_take(a, (size_t)B * sizeof *t->labels);
    t->index = arena_take(a, (size_t)B * sizeof *t->index);
}

static void train_step(Training *t, int step)
{
    Net *net = &t->c->net;
    Trace *trace = &t->c->trace;
    int right;

    batcher_draw(&t->batcher, (uint64_t)step, t->x);
    for (int i = 0; i < trace->batch; i++)
        t->labels[i] = t->train->labels[t->batcher.index[i]];
    trace_at(trace, RECIPE_SEED, (uint64_t)step);
    const View logits = net_forward(net, trace, view(t->x), WANT_TRAINING); /* [B,C] */
    cross_entropy(logits, t->labels, trace->dy, &right);
    t->optim.done = (uint64_t)step;
    net_backward_and_update(net, trace, view(trace->dy), &t->optim);
    net_update_running_stats(net, trace);
    t->seen += trace->batch;
    t->right += right;
}

static double test_accuracy(Training *t)
{
    const int n = t->test->count, B = t->x.rows;
    const Mat none = { 0, 0, NULL };
    int right = 0;
    for (int first = 0; first < n; first += B) {
        const int rows = int_min(n - first, B);
        const Mat x = mat_rows(t->x, 0, rows), p = mat_rows(t->p, 0, rows);
        for (int i = 0; i < rows; i++)
            t->index[i] = first + i;
        dataset_gather(t->test, t->index, x);
        classifier_apply(t->c, view(x), none, p);
        for (int i = 0; i < rows; i++)
            right += argmax(view_rows(view(p), i, 1)) == t->test->labels[first + i];
    }
    return (double)right / n;
}

static Status report(Training *t, int step, int steps, ProgressFn *progress, void *context,
                     Error *e)
{
    const int every = steps / 100 > 0 ? steps / 100 : 1;
    if (!progress || step % every != 0)
        return GT_OK;
    const double accuracy = t->seen ? (double)t->right / t->seen : 0;
    const Status s = progress(context, (double)step / steps, accuracy);
    t->seen = t->right = 0;
    return s == GT_OK ? GT_OK : fail(e, s, "stopped while the classifier was trained");
}

static Status run(Training *t, ProgressFn *progress, void *context, Error *e)
{
    const int steps = recipe_steps(t->train->count);
    net_init(&t->c->net, RECIPE_SEED, 0);
    t->optim.length = (uint64_t)steps;
    for (int step = 0; step < steps; step++) {
        TRY(report(t, step, steps, progress, context, e));
        train_step(t, step);
    }
    t->c->accuracy = test_accuracy(t);
    if (progress)
        progress(context, 1, t->c->accuracy);
    return GT_OK;
}

Status classifier_train(Classifier *c, const Dataset *train, const Dataset *test,
                        ProgressFn *progress, void *context, Error *e)
{
    Arena arena = { 0 };
    Training t = { .c = c, .train = train, .test = test };
    Status s = arena_build(&arena, plan, &t, e);
    if (s == GT_OK)
        s = run(&t, progress, context, e);
    c->trained = s == GT_OK;
    arena_close(&arena);
    return s;
}
