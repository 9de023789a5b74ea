/* Configs that can be trained and that nobody wants: told when the run opens. Each is one function that fills a
 * sentence; what cannot be trained at all is an error and found elsewhere. */
#include <stdio.h>
#include <string.h>

#include "gantrain/gan/penalty.h"
#include "gantrain/train/run.h"

enum { SENTENCE = 300 };

static const char *last_layer(const Net *net)
{
    return net->layer[net->n - 1].kind->is.name;
}

/* An objective takes logits and squashes them itself. */
static bool bounded_logit(const Run *r, char out[SENTENCE])
{
    const char *last = last_layer(&r->gan.D);
    if (strcmp(last, "sigmoid") != 0 && strcmp(last, "tanh") != 0)
        return false;
    snprintf(
        out, SENTENCE,
        "discriminator.layers: D ends in %s, but its objective takes a logit: expected a dense "
        "layer without activation at the end",
        last);
    return true;
}

/* A generator that cannot reach the values of pixels, or can leave them on one side alone. */
static bool other_range(const Run *r, char out[SENTENCE])
{
    const char *last = last_layer(&r->gan.G);
    const PixelRange *range = r->data.range;
    if (!range)
        return false;
    const char *fits = range->low < 0 ? "tanh" : "sigmoid",
               *other = range->low < 0 ? "sigmoid" : "tanh";
    if (strcmp(last, other) != 0)
        return false;
    snprintf(out, SENTENCE,
             "generator.layers: G ends in %s, but pixels lie in %g..%g: expected %s at the end, or "
             "another data.range",
             last, range->low, range->high, fits);
    return true;
}

/* Gulrajani et al. 2017, section 4: the penalty is of the gradient at each input independently. */
static bool mixed_penalty(const Run *r, char out[SENTENCE])
{
    const Spec *penalty = &r->config.gan.penalty;
    for (int i = 0; penalty_every(penalty) && i < r->gan.D.n; i++) {
        const Layer *l = &r->gan.D.layer[i];
        if (strcmp(l->kind->is.name, "batch_norm") != 0)
            continue;
        snprintf(out, SENTENCE,
                 "penalty: %s is meant for each sample alone, but batch_norm (layer %d of the "
                 "discriminator) mixes the batch: layer_norm does not",
                 penalty->is->name, l->number);
        return true;
    }
    return false;
}

void run_warn_config(const Run *r)
{
    static bool (*const doubts[])(const Run *, char[SENTENCE]) = {
        bounded_logit,
        other_range,
        mixed_penalty,
    };
    char sentence[SENTENCE];
    for (size_t i = 0; i < sizeof doubts / sizeof *doubts; i++)
        if (doubts[i](r, sentence))
            log_warning(r->log, "%s", sentence);
}
