/* The weights of layers: declares them, takes their memory, and calls their reparametrisations. */
#include "gantrain/nn/reparam.h"

#include <stdio.h>

const char *weight_initial(const void *init)
{
    const WeightOptions *o = (const void *)((const char *)init - offsetof(WeightOptions, init));
    const Reparam *r = (const Reparam *)o->reparam.is; /* NULL: an unknown name */
    return r ? r->init : NULL;
}

Status layer_add_weight(Layer *l, const char *name, int rows, int cols, const WeightOptions *o,
                        Error *e)
{
    const Reparam *r = (const Reparam *)o->reparam.is;
    char trained[LAYER_ARRAY_NAME];

    if (r->init && o->init.is != registry_find(&inits, r->init))
        return fail(e, GT_ECONFIG, "weight \"%s\" needs init \"%s\", not \"%s\": leave init out",
                    r->is.name, r->init, o->init.is->name);
    snprintf(trained, sizeof trained, "%s%s", name, r->suffix);
    const int j = layer_add_param(l, trained, 2, rows, cols, &o->init, 0);
    l->weight[j] = (Weight){ .by_products = true, .options = o->reparam.options, .name = name };
    if (r->refresh) {
        l->weight[j].reparam = r;
        l->reparametrised = true;
    }
    return GT_OK;
}

/* Arrays of reparametrisations come last, so that the layer's indices stay. */
void weights_declare(Layer *l)
{
    l->n_weights = l->n_params;
    for (int j = 0; j < l->n_weights; j++)
        if (l->weight[j].reparam && l->weight[j].reparam->declare)
            l->weight[j].reparam->declare(l, j);
}

static void plan(Weight *w, const LayerArray *param, Arena *a)
{
    const int rows = param->value.rows, cols = param->value.cols;
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

void weight_init(Layer *l, int j, Draw d)
{
    const Reparam *r = l->weight[j].reparam;
    if (r && r->init_extra)
        r->init_extra(l, j, d);
}

void weights_refresh(Layer *l, bool updated)
{
    for (int j = 0; l->reparametrised && j < l->n_weights; j++)
        if (l->weight[j].reparam)
            l->weight[j].reparam->refresh(l, j, updated);
}

void weights_pull_back(Layer *l)
{
    for (int j = 0; l->reparametrised && j < l->n_weights; j++)
        if (l->weight[j].reparam)
            l->weight[j].reparam->pull_back(l, j);
}
