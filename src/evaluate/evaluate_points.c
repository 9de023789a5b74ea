/* Points: modes and histograms, as in training. What stands in the samples' place once are points of the
 * same data made from another seed. */
#include "evaluate_parts.h"

#include <stdlib.h>

#include "gantrain/evaluate/point_scores.h"

typedef struct Counting {
    const Samples *samples;
    Verdict *verdict;
    Dataset data, others; /* of the run; from another seed */
    PointScores scores;
    Score score[POINT_SCORES];
    int n_scores;
    Arena arena;
    Mat points; /* [n,dim] */
} Counting;

static void plan(Arena *a, void *plan_me)
{
    Counting *c = plan_me;
    point_scores_plan(&c->scores, a);
    c->points = mat_take(a, c->verdict->n, shape_size(c->data.shape));
}

/* The data of the first checkpoint: all sets are counted by them. */
static Status open_points(Counting *c, Error *e)
{
    const Samples *s = c->samples;
    const Config *config = &s[0].file.config;
    const uint64_t seed = (uint64_t)config->seed;
    if (dataset_open(&c->data, &config->data, seed, e) != GT_OK)
        return fail_at(e, s[0].from->path);
    TRY(dataset_open(&c->others, &config->data, seed + 1, e));
    for (int i = 0; i < c->verdict->request->sets; i++)
        if (shape_size(s[i].shape) != shape_size(c->data.shape))
            return fail(e, GT_ECHECKPOINT, "%s: points of %d values, the data have %d",
                        s[i].from->path, shape_size(s[i].shape), shape_size(c->data.shape));
    TRY(point_scores_open(&c->scores, &config->evaluate, &c->data, c->score, &c->n_scores, e));
    if (c->n_scores == 0)
        return fail(e, GT_EUSAGE,
                    "%s: points of \"%s\" have neither modes nor a histogram: there "
                    "is nothing to count",
                    s[0].from->path, config->data.is->name);
    TRY(arena_build(&c->arena, plan, c, e));
    point_scores_prepare(&c->scores);
    return GT_OK;
}

static void count(Counting *c, View points, int column)
{
    Verdict *v = c->verdict;
    point_scores_measure(&c->scores, points, c->score);
    v->rows = c->n_scores;
    for (int i = 0; i < c->n_scores; i++) {
        JudgeRow *r = &v->row[i];
        r->name = c->score[i].name;
        r->best = direction_name(c->score[i].better);
        r->at[column] = (MetricValue){ c->score[i].value, (double)NAN };
        r->known[column] = true;
    }
}

static Status count_all(Counting *c, Error *e)
{
    Verdict *v = c->verdict;
    TRY(open_points(c, e));
    v->things = "points";
    v->data = c->samples[0].file.config.data.is->name;
    v->real_n = v->n < c->others.count ? v->n : c->others.count;
    for (int i = 0; i < v->request->sets; i++) {
        TRY(samples_take(&c->samples[i], NULL, c->points, e));
        count(c, view(c->points), i);
    }
    count(c, (View){ v->real_n, c->points.cols, c->others.points }, REAL_COLUMN);
    return GT_OK;
}

Status judge_points(const EvaluateRequest *q, const Samples *samples, Verdict *v, Error *e)
{
    Counting *c = calloc(1, sizeof *c);
    (void)q;
    if (!c)
        return fail(e, GT_ERESOURCE, "no memory");
    c->samples = samples;
    c->verdict = v;
    const Status s = count_all(c, e);
    arena_close(&c->arena);
    dataset_close(&c->data);
    dataset_close(&c->others);
    free(c);
    return s;
}
