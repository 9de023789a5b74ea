/* Scores of points, as in training. "real" is of points of the same data with another seed. */
#include "evaluate_parts.h"

#include <stdlib.h>

#include "gantrain/evaluate/training_scores.h"

typedef struct PointEvaluator {
    EvaluationTable *table;
    Dataset data, other; /* of the run; of another seed */
    PointScores scores;
    Score score[POINT_SCORES];
    int n_scores;
    Arena arena;
    Mat points; /* [n,dim] */
} PointEvaluator;

static void plan(Arena *a, void *context)
{
    PointEvaluator *p = context;
    point_scores_plan(&p->scores, a);
    p->points = mat_take(a, p->table->n, shape_size(p->data.shape));
}

/* All sets are compared with the data of the first checkpoint. */
static Status open_both(PointEvaluator *p, const Checkpoint *k, Error *e)
{
    const Spec *data = &k->config.data;
    const uint64_t seed = (uint64_t)k->config.seed;
    if (!dataset_path(data)) {
        TRY(dataset_open(&p->data, data, seed, e));
        return dataset_open(&p->other, data, seed + 1, e);
    }
    TRY(dataset_open_split(&p->data, data, "train", seed, e));
    TRY(dataset_open_split(&p->other, data, "test", seed, e));
    TRY(dataset_use_units(&p->data, &k->units, e));
    return dataset_use_units(&p->other, &k->units, e);
}

static Status open_data(PointEvaluator *p, Error *e)
{
    const Samples *s = p->table->samples;
    const Config *config = &s[0].file.config;
    if (open_both(p, &s[0].file, e) != GT_OK)
        return error_add_prefix(e, s[0].source->path);
    for (int i = 0; i < p->table->request->sets; i++)
        if (shape_size(s[i].shape) != shape_size(p->data.shape))
            return fail(e, GT_ECHECKPOINT, "%s: points of %d values, the data have %d",
                        s[i].source->path, shape_size(s[i].shape), shape_size(p->data.shape));
    TRY(point_scores_open(&p->scores, &config->evaluate, &p->data, p->score, &p->n_scores, e));
    if (p->n_scores == 0)
        return fail(e, GT_EUSAGE,
                    "%s: no score fits points of \"%s\": they have neither modes nor a histogram",
                    s[0].source->path, config->data.is->name);
    TRY(arena_build(&p->arena, plan, p, e));
    point_scores_prepare(&p->scores);
    return GT_OK;
}

static void measure(PointEvaluator *p, View points, int column)
{
    EvaluationTable *t = p->table;
    point_scores_measure(&p->scores, points, p->score);
    t->rows = p->n_scores;
    for (int i = 0; i < p->n_scores; i++) {
        TableRow *r = &t->row[i];
        r->name = p->score[i].name;
        r->better = p->score[i].better;
        r->at[column] = (MetricValue){ p->score[i].value, (double)NAN };
        r->known[column] = true;
    }
}

static Status run(PointEvaluator *p, Error *e)
{
    EvaluationTable *t = p->table;
    TRY(open_data(p, e));
    t->things = "points";
    t->data = t->samples[0].file.config.data.is->name;
    t->real_n = t->n < p->other.count ? t->n : p->other.count;
    for (int i = 0; i < t->request->sets; i++) {
        TRY(samples_take(&t->samples[i], NULL, p->points, e));
        measure(p, view(p->points), i);
    }
    measure(p, (View){ t->real_n, p->points.cols, p->other.points }, REAL_COLUMN);
    return GT_OK;
}

Status evaluate_points(EvaluationTable *t, Error *e)
{
    PointEvaluator *p = calloc(1, sizeof *p);
    if (!p)
        return fail(e, GT_ERESOURCE, "no memory");
    p->table = t;
    const Status s = run(p, e);
    arena_close(&p->arena);
    dataset_close(&p->data);
    dataset_close(&p->other);
    free(p);
    return s;
}
