/* Training the classifier: batches of shuffled epochs, cross-entropy, backpropagation (Rumelhart, Hinton,
 * Williams 1986), one step of the optimiser a batch. */
#include "classifier_parts.h"

#include "gantrain/data/batcher.h"
#include "cross_entropy.h"
#include "gantrain/nn/optim.h"

/* What training needs besides the net. */
typedef struct Learning {
    Classifier *c;
    const Dataset *train, *test;
    Batcher batcher;
    Optim optim;
    Mat x;           /* images of a batch          [B,X] */
    Mat p;           /* probabilities              [B,C] */
    uint8_t *labels; /* of a batch                 [B]   */
    int *index;      /* of test images             [B]   */
    int seen, right; /* since somebody was told          */
} Learning;

static void plan(Arena *a, void *plan_me)
{
    Learning *l = plan_me;
    const Net *net = &l->c->net;
    const int B = l->c->trace.batch;

    optim_plan(&l->optim, &l->c->recipe.optimizer, net->theta.cols, net->rows, a);
    batcher_plan(&l->batcher, l->train, B, RECIPE_SEED, a);
    l->x = mat_take(a, B, shape_size(net->in));
    l->p = mat_take(a, B, l->c->classes);
    l->labels = arena_take(a, (size_t)B * sizeof *l->labels);
    l->index = arena_take(a, (size_t)B * sizeof *l->index);
}

static void one_step(Learning *l, int step)
{
    Net *net = &l->c->net;
    Trace *t = &l->c->trace;
    int right;

    batcher_draw(&l->batcher, (uint64_t)step, l->x);
    for (int i = 0; i < t->batch; i++)
        l->labels[i] = l->train->labels[l->batcher.index[i]];
    trace_at(t, RECIPE_SEED, (uint64_t)step);
    const View logits = net_forward(net, t, view(l->x), WANT_TRAINING); /* [B,C] */
    cross_entropy(logits, l->labels, t->dy, &right);
    l->optim.done = (uint64_t)step;
    net_backward_and_update(net, t, view(t->dy), &l->optim);
    net_update_running_stats(net, t);
    l->seen += t->batch;
    l->right += right;
}

/* The share of test images that it names rightly. */
static double accuracy(Learning *l)
{
    const int n = l->test->count, B = l->x.rows;
    const Mat none = { 0, 0, NULL };
    int right = 0;
    for (int first = 0; first < n; first += B) {
        const int rows = n - first < B ? n - first : B;
        const Mat x = mat_rows(l->x, 0, rows), p = mat_rows(l->p, 0, rows);
        for (int i = 0; i < rows; i++)
            l->index[i] = first + i;
        dataset_gather(l->test, l->index, x);
        classifier_apply(l->c, view(x), none, p);
        for (int i = 0; i < rows; i++)
            right += largest(view(mat_rows(p, i, 1))) == l->test->labels[first + i];
    }
    return (double)right / n;
}

/* About a hundred times in all. */
static Status tell(Learning *l, int step, int steps, ProgressFn *progress, void *context, Error *e)
{
    const int every = steps / 100 > 0 ? steps / 100 : 1;
    if (!progress || step % every != 0 || step == steps)
        return GT_OK;
    const Status s =
        progress(context, (double)step / steps, l->seen ? (double)l->right / l->seen : 0);
    l->seen = l->right = 0;
    return s == GT_OK ? GT_OK : fail(e, s, "stopped while the classifier was trained");
}

static Status learn(Learning *l, ProgressFn *progress, void *context, Error *e)
{
    const int steps = recipe_steps(l->train->count);
    net_init(&l->c->net, RECIPE_SEED, 0);
    l->optim.length = (uint64_t)steps;
    for (int step = 0; step < steps; step++) {
        TRY(tell(l, step, steps, progress, context, e));
        one_step(l, step);
    }
    l->c->accuracy = accuracy(l);
    if (progress)
        progress(context, 1, l->c->accuracy);
    return GT_OK;
}

Status classifier_train(Classifier *c, const Dataset *train, const Dataset *test,
                        ProgressFn *progress, void *context, Error *e)
{
    Arena arena = { 0 };
    Learning l = { .c = c, .train = train, .test = test };
    Status s = arena_build(&arena, plan, &l, e);
    if (s == GT_OK)
        s = learn(&l, progress, context, e);
    c->trained = s == GT_OK;
    arena_close(&arena);
    return s;
}
