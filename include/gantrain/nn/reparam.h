/* Reparametrisations: the weight a layer computes with is a function of trained parameters. A row
 * of `reparams` per method; any layer with weights can use them.
 *
 * A layer with a configurable weight has WeightOptions in its options, OPT_WEIGHT in its table and
 * layer_add_weight in infer; its passes read l->weight[j].value and add to its gradient with
 * pass_add_product. The net pulls the gradient back to the parameters after a backward pass and
 * refreshes the weight after an update. */
#ifndef GANTRAIN_NN_REPARAM_H
#define GANTRAIN_NN_REPARAM_H

#include "gantrain/nn/layer.h"

/* Initialization of weights: a row of `inits` per scheme. */
typedef struct Init {
    Entry is;
    /* w [fan_out, fan_in] out, from the random numbers of `d` */
    void (*fill)(const void *options, Draw d, Mat w);
} Init;

extern const Registry inits;

/* A row works on weight j of a layer: w = weight[j].value is a function of W = param[j]. */
typedef struct Reparam {
    Entry is;
    const char *suffix; /* of the name of W, as in PyTorch: "weight_orig" for "weight" */
    const char *init;   /* the only init allowed for W; NULL: any                      */

    /* OPTIONAL: add parameters and buffers to the layer */
    void (*declare)(Layer *l, int j);
    /* OPTIONAL: initialize those, after W */
    void (*init_extra)(Layer *l, int j, Draw d);
    /* w from W and the rest. updated: training has just updated W, and estimates may follow it;
     * else only w changes, so that a loaded checkpoint gives the bits of the run that saved it */
    void (*refresh)(Layer *l, int j, bool updated);
    /* adds the gradient dw of w to those of W and the rest; dw = 0 */
    void (*pull_back)(Layer *l, int j);
} Reparam;

extern const Registry reparams;

/* The options of a weight. */
typedef struct WeightOptions {
    Spec reparam, init;
} WeightOptions;

/* Their two rows in the table of a layer: f is the field, default_init the default of "init". */
#define OPT_WEIGHT(S, f, default_init)                                                             \
    { .name = "weight",                                                                            \
      .type = OPTION_SPEC,                                                                         \
      .offset = offsetof(S, f) + offsetof(WeightOptions, reparam),                                 \
      .default_text = "none",                                                                      \
      .registry = &reparams,                                                                       \
      .help = "reparametrisation of the weights" },                                                \
    {                                                                                              \
        .name = "init", .type = OPTION_SPEC,                                                       \
        .offset = offsetof(S, f) + offsetof(WeightOptions, init), .default_text = default_init,    \
        .default_for = weight_initial, .registry = &inits,                                         \
        .help = "initialization of the weights; equalized ones: standard_normal"                   \
    }
const char *weight_initial(const void *init);

/* layer_add_weight: for infer, in place of layer_add_param; the weight [rows, cols] gets the next
 * index. `backward` adds one product to its gradient and nothing else (pass_add_product).
 * GT_ECONFIG: an init that the reparametrisation excludes. */
Status layer_add_weight(Layer *l, const char *name, int rows, int cols, const WeightOptions *o,
                        Error *e);

/* For the net, on all weights of a layer. weights_declare: after infer; weights_plan: when param[]
 * has memory; weight_init: after parameters and buffers are initialized. Others as in the row. */
void weights_declare(Layer *l);
void weights_plan(Layer *l, Arena *a);
void weight_init(Layer *l, int j, Draw d);
void weights_refresh(Layer *l, bool updated);
void weights_pull_back(Layer *l);

#endif
