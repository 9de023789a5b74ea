/* The weights of layers: declared, planned, and handed to the reparametrisation that makes them. */
#include "gantrain/nn/reparam.h"

#include <stdio.h>

#include "gantrain/math/vec.h"

/* ---- before there is memory ---------------------------------------------------------------------------- */

const char *weight_initial(const void *init)
{
    const WeightOptions *o = (const void *)((const char *)init - offsetof(WeightOptions, init));
    const Reparam *r = (const Reparam *)o->reparam.is; /* NULL after an unknown name */
    return r ? r->init : NULL;
}

Status layer_add_weight(Layer *l, const char *name, int rows, int cols, const WeightOptions *o,
                        Error *e)
{
    const Reparam *r = (const Reparam *)o->reparam.is;
    char learnt[LAYER_ARRAY_NAME];

    if (r->init && o->init.is != registry_find(&inits, r->init))
        return fail(e, GT_ECONFIG,
                    "weight \"%s\" begins from init \"%s\", not from \"%s\": leave init out",
                    r->is.name, r->init, o->init.is->name);
    snprintf(learnt, sizeof learnt, "%s%s", name, r->suffix);
    const int j = layer_add_param(l, learnt, 2, rows, cols, &o->init, 0);
    l->weight[j] = (Weight){ .by_products = true, .options = o->reparam.options, .name = name };
    if (r->refresh) {
        l->weight[j].reparam = r;
        l->reparametrised = true;
    }
    return GT_OK;
}

/* What a reparametrisation adds comes last: the numbers that the layer gave stay as they are. */
void weights_declare(Layer *l)
{
    l->n_weights = l->n_params;
    for (int j = 0; j < l->n_weights; j++)
        if (l->weight[j].reparam && l->weight[j].reparam->declare)
            l->weight[j].reparam->declare(l, j);
}

/* ---- with memory --------------------------------------------------------------------------------------- */

static void plan(Weight *w, const LayerArray *learnt, Arena *a)
{
    const int rows = learnt->value.rows, cols = learnt->value.cols;
    w->value = mat_take(a, rows, cols);
    w->grad = mat_take(a, rows, cols);
    w->of_row = arena_take(a, (size_t)rows * sizeof *w->of_row);
    w->of_col = arena_take(a, (size_t)cols * sizeof *w->of_col);
}

void weights_plan(Layer *l, Arena *a)
{
    for (int j = 0; j < l->n_weights; j++) {
        l->weight[j].value = l->param[j].value;
        l->weight[j].grad = l->param[j].grad;
        if (l->weight[j].reparam)
            plan(&l->weight[j], &l->param[j], a);
    }
}

void weight_begin(Layer *l, int j, Draw d)
{
    const Reparam *r = l->weight[j].reparam;
    if (r && r->begin)
        r->begin(l, j, d);
}

void weights_refresh(Layer *l, bool step)
{
    for (int j = 0; l->reparametrised && j < l->n_weights; j++)
        if (l->weight[j].reparam)
            l->weight[j].reparam->refresh(l, j, step);
}

void weights_pull_back(Layer *l)
{
    for (int j = 0; l->reparametrised && j < l->n_weights; j++)
        if (l->weight[j].reparam)
            l->weight[j].reparam->pull_back(l, j);
}
