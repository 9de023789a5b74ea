/* The settings that a model may refuse, and those that exclude each other. */
#include "gantrain/gan/settings.h"

#include "gantrain/gan/model.h"
#include "gantrain/nn/layer.h"

static bool has_layers(const SpecList *list, unsigned flag)
{
    for (int i = 0; i < list->n; i++)
        if (list->at[i].is && ((const LayerKind *)list->at[i].is)->flags & flag)
            return true;
    return false;
}

/* ---- whether they are on --------------------------------------------------------------------- */

static bool other_objective(const GanOptions *o)
{
    return o->objective.is != registry_find(&objectives, "non_saturating");
}

static bool relativistic(const GanOptions *o)
{
    return objective_is_relativistic(&o->objective);
}

static bool feature_matching(const GanOptions *o)
{
    return objective_matches_features(&o->objective);
}

static bool gradient_penalty(const GanOptions *o)
{
    return penalty_points(&o->penalty) != 0;
}

static bool weight_clipping(const GanOptions *o)
{
    return penalty_clip_limit(&o->penalty) > 0;
}

static bool packing(const GanOptions *o)
{
    return o->discriminator.packing > 1;
}

static bool label_flipping(const GanOptions *o)
{
    return o->discriminator.label_flipping > 0;
}

static bool drift(const GanOptions *o)
{
    return o->discriminator.drift > 0;
}

static bool several_d_steps(const GanOptions *o)
{
    return o->discriminator.steps > 1;
}

static bool several_g_steps(const GanOptions *o)
{
    return o->generator.steps > 1;
}

static bool comparing_layers(const GanOptions *o)
{
    return has_layers(&o->discriminator.layers, LAYER_COMPARES);
}

static bool reference_layers(const GanOptions *o)
{
    return has_layers(&o->generator.layers, LAYER_REFERENCE);
}

static bool classes_in_g(const GanOptions *o)
{
    return has_layers(&o->generator.layers, LAYER_READS_CLASS);
}

static bool classes_in_d(const GanOptions *o)
{
    return has_layers(&o->discriminator.layers, LAYER_READS_CLASS);
}

/* ---- the tables ------------------------------------------------------------------------------ */

const Setting gan_settings[SETTINGS] = {
    [OTHER_OBJECTIVE] = { "objective", other_objective, "hinge",
                          "an objective other than non_saturating" },
    [RELATIVISTIC] = { "objective", relativistic, "relativistic", "relativistic objectives" },
    [FEATURE_MATCHING] = { "objective", feature_matching, "feature_matching", "feature matching" },
    [GRADIENT_PENALTY] = { "penalty", gradient_penalty, "r1", "gradient penalties" },
    [WEIGHT_CLIPPING] = { "penalty", weight_clipping, "weight_clip", "weight clipping" },
    [PACKING] = { "discriminator.packing", packing, "2", "packing" },
    [LABEL_FLIPPING] = { "discriminator.label_flipping", label_flipping, "0.2", "label flipping" },
    [DRIFT] = { "discriminator.drift", drift, "0.01", "the drift term" },
    [SEVERAL_D_STEPS] = { "discriminator.steps", several_d_steps, "2", "several steps of D" },
    [SEVERAL_G_STEPS] = { "generator.steps", several_g_steps, "2", "several steps of G" },
    [COMPARING_LAYERS] = { "discriminator.layers", comparing_layers, "\"minibatch_stddev\"",
                           "layers that compare the samples of a batch" },
    [REFERENCE_LAYERS] = { "generator.layers", reference_layers, "\"virtual_batch_norm\"",
                           "layers that need a reference batch" },
    [CLASSES_IN_G] = { "generator.layers", classes_in_g, "{\"kind\": \"label\", \"units\": 3}",
                       "layers that read classes in G" },
    [CLASSES_IN_D] = { "discriminator.layers", classes_in_d, "\"label\"",
                       "layers that read classes in D" },
};

static const char one_class[] = "a row of several samples has no single class for the layers that "
                                "read it: expected 1";

const Conflict gan_conflicts[CONFLICTS] = {
    { PACKING, 1U << CLASSES_IN_G | 1U << CLASSES_IN_D, one_class },
};

/* ---- reading them ---------------------------------------------------------------------------- */

bool settings_known(const GanOptions *o)
{
    return o->model.is && o->objective.options && o->penalty.options;
}

const char *settings_refusal(const GanOptions *o, SettingId id)
{
    return gan_settings[id].is_on(o) ? ((const Model *)o->model.is)->refuses[id] : NULL;
}

static bool any_on(const GanOptions *o, unsigned set)
{
    for (int i = 0; i < SETTINGS; i++)
        if (set >> i & 1 && gan_settings[i].is_on(o))
            return true;
    return false;
}

const char *settings_conflict(const GanOptions *o, SettingId id)
{
    for (int i = 0; i < CONFLICTS; i++)
        if (gan_conflicts[i].setting == id && gan_settings[id].is_on(o) &&
            any_on(o, gan_conflicts[i].others))
            return gan_conflicts[i].why;
    return NULL;
}
