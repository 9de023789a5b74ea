/* The inputs of a model besides the latent: classes. */
#include "sampler.h"

#include <stdlib.h>
#include <string.h>

#include "gantrain/data/idx.h"
#include "gantrain/io/durable.h"

/* NULL: the model has no input of this name besides the latent. */
static const Input *find_choice(const Sampler *s, const char *name)
{
    for (int k = 0; k < s->gan.inputs; k++)
        if (s->gan.input[k].of > 0 && strcmp(s->gan.input[k].name, name) == 0)
            return &s->gan.input[k];
    return NULL;
}

static Status fail_unknown(const Sampler *s, const char *option, const char *name, Error *e)
{
    Text known = { 0 };
    for (int k = 0; k < s->gan.inputs; k++)
        if (s->gan.input[k].of > 0)
            text_add(&known, "%s\"%s\" (0 to %d)", known.used ? ", " : "", s->gan.input[k].name,
                     s->gan.input[k].of - 1);
    if (known.used)
        fail(e, GT_EUSAGE, "%s: the model has no input \"%.60s\": expected %s", option, name,
             known.at);
    else
        fail(e, GT_EUSAGE,
             "%s: the model %s has no inputs but the latent: train one with layers that read the "
             "class (gantrain list layers)",
             option, s->request->checkpoint);
    text_free(&known);
    return e->code;
}

static Status check_value(const Sampler *s, const SampleInput *in, Error *e)
{
    const Input *of = find_choice(s, in->name);
    if (!of)
        return fail_unknown(s, "--input", in->name, e);
    if (in->value >= 0 && in->value < of->of && in->value <= (int)in->value)
        return GT_OK;
    return fail(e, GT_EUSAGE, "--input %s=%g: expected an integer from 0 to %d", in->name,
                in->value, of->of - 1);
}

Status sample_check_inputs(const Sampler *s, Error *e)
{
    const SampleRequest *q = s->request;
    for (int i = 0; i < q->n_inputs; i++)
        TRY(check_value(s, &q->input[i], e));
    if (q->vary && !find_choice(s, q->vary))
        return fail_unknown(s, "--vary", q->vary, e);
    if (q->labels_out && !find_choice(s, "class"))
        return fail_unknown(s, "--labels-out", "class", e);
    return GT_OK;
}

/* The value of a choice in sample i. */
static int choose(const Sampler *s, const Input *in, int i)
{
    const SampleRequest *q = s->request;
    const int cols = q->cols ? q->cols : 1;
    for (int k = 0; k < q->n_inputs; k++)
        if (strcmp(q->input[k].name, in->name) == 0)
            return (int)q->input[k].value;
    if (q->vary && strcmp(q->vary, in->name) == 0)
        return i % cols % in->of;
    return (q->source == LATENTS_WALK ? i / q->frames : i / cols) % in->of;
}

void sample_join_inputs(Sampler *s)
{
    const Gan *g = &s->gan;
    if (s->inputs.at == s->z.at)
        return;
    for (int i = 0; i < s->n; i++) {
        real *at = mat_rows(s->inputs, i, 1).at;
        /* with --vary, the samples of a row differ by the choice alone */
        const int z = s->request->vary ? i - i % s->request->cols : i;
        for (int k = 0; k < g->inputs; at += g->input[k++].cols)
            if (g->input[k].of)
                *at = (real)choose(s, &g->input[k], i);
            else
                memcpy(at, mat_rows(s->z, z, 1).at, (size_t)s->z.cols * sizeof *at);
    }
}

Status sample_write_labels(const Sampler *s, Error *e)
{
    const int col = gan_find_input(&s->gan, "class");
    const uint32_t n = (uint32_t)s->n;
    uint8_t *label = malloc((size_t)s->n), *file = NULL;
    size_t bytes;
    if (!label)
        return fail(e, GT_ERESOURCE, "no memory for %d labels", s->n);
    for (int i = 0; i < s->n; i++)
        label[i] = (uint8_t)mat_rows(s->inputs, i, 1).at[col];
    Status status = idx_encode(&n, 1, label, &file, &bytes, e);
    if (status == GT_OK)
        status = durable_write(s->request->labels_out, file, bytes, e);
    free(file);
    free(label);
    return status;
}
