/* A safetensors file of ours written anew with something else in it: sound, and still not what is
 * looked for. */
#ifndef GANTRAIN_TESTS_REWRITTEN_H
#define GANTRAIN_TESTS_REWRITTEN_H

#include <stdbool.h>

#include "gantrain/io/safetensors.h"

#include "support/scratch.h"

/* Writes one tensor of the old file into the new one, or something else in its place. */
typedef void RewriteTensor(TensorWriter *w, const Tensor *t, int i);

static inline void copy_tensor(TensorWriter *w, const Tensor *t, int i)
{
    (void)i;
    tensors_add(w, t->name, t->type, t->rank, t->shape, t->at);
}

/* The file `from` as `to`, with another text under `key` (NULL: none; no key: no change) and other
 * tensors. */
static inline void rewrite_file(const char *from, const char *to, const char *key,
                                const char *value, RewriteTensor *tensor)
{
    TensorFile f;
    TensorWriter w;
    assert_int_equal(tensors_open(&f, from, NULL), GT_OK);
    tensors_begin(&w);
    for (const Value *v = f.metadata->child; v; v = v->next) {
        if (strncmp(v->key, "gantrain.", 9) != 0)
            continue; /* the writer's own */
        const bool other = key && strcmp(v->key, key) == 0;
        if (!other || value)
            tensors_add_text(&w, v->key, other ? value : v->text);
    }
    for (int i = 0; i < f.n; i++)
        tensor(&w, &f.tensor[i], i);
    assert_int_equal(tensors_save(&w, to, NULL), GT_OK);
    tensors_free(&w);
    tensors_close(&f);
}

#endif
