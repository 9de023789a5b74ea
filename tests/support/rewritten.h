/* Rewrites a safetensors file with changes: valid, but not what the reader expects. */
#ifndef GANTRAIN_TESTS_REWRITTEN_H
#define GANTRAIN_TESTS_REWRITTEN_H

#include <stdbool.h>

#include "gantrain/io/safetensors.h"

#include "support/scratch.h"

/* Writes one tensor of the old file, or a replacement, to the new file. */
typedef void RewriteTensor(TensorWriter *w, const Tensor *t, int i);

static inline void copy_tensor(TensorWriter *w, const Tensor *t, int i)
{
    (void)i;
    tensors_add(w, t->name, t->type, t->rank, t->shape, t->at);
}

/* Writes `from` as `to` with another or a new text under `key` (NULL: removes it; key NULL: no
 * change) and other tensors. */
static inline void rewrite_file(const char *from, const char *to, const char *key,
                                const char *value, RewriteTensor *tensor)
{
    TensorFile f;
    TensorWriter w;
    assert_int_equal(tensors_open(&f, from, NULL), GT_OK);
    tensors_begin(&w);
    bool added = false;
    for (const Value *v = f.metadata->child; v; v = v->next) {
        if (strncmp(v->key, "gantrain.", 9) != 0)
            continue; /* written by the writer itself */
        const bool other = key && strcmp(v->key, key) == 0;
        added |= other;
        if (!other || value)
            tensors_add_text(&w, v->key, other ? value : v->text);
    }
    if (key && value && !added)
        tensors_add_text(&w, key, value);
    for (int i = 0; i < f.n; i++)
        tensor(&w, &f.tensor[i], i);
    assert_int_equal(tensors_save(&w, to, NULL), GT_OK);
    tensors_free(&w);
    tensors_close(&f);
}

#endif
