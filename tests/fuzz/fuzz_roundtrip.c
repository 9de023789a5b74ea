/* Tensors from the bytes, written as safetensors and read: equal. Duplicate names and keys are
 * refused. */
#include "fuzz.h"
#include "gantrain/io/safetensors.h"

enum { MOST = 8, RANK = 3, SIDE = 4, VALUES = SIDE * SIDE * SIDE };

/* Consumes bytes of the input; zeros after its end. */
typedef struct Source {
    const uint8_t *at;
    size_t left;
} Source;

static unsigned byte(Source *s)
{
    return s->left > 0 ? s->left--, *s->at++ : 0u;
}

/* A short text of printable characters, including quotes and backslashes; often equal to
 * another. */
static void make_text(Source *s, char text[8])
{
    const unsigned n = 1 + byte(s) % 6;
    for (unsigned i = 0; i < n; i++)
        text[i] = (char)(32 + byte(s) % 95);
    text[n] = '\0';
}

typedef struct Made {
    char name[MOST][8], key[MOST][8], value[MOST][8];
    int64_t shape[MOST][RANK];
    int rank[MOST], tensors, keys;
    TensorType type[MOST];
    uint64_t data[MOST][VALUES];
} Made;

static void make(Made *m, Source *s, TensorWriter *w)
{
    m->tensors = (int)(byte(s) % MOST);
    m->keys = (int)(byte(s) % MOST);
    for (int i = 0; i < m->tensors; i++) {
        make_text(s, m->name[i]);
        m->type[i] = (TensorType)(byte(s) % (TENSOR_U8 + 1));
        m->rank[i] = (int)(byte(s) % (RANK + 1));
        for (int k = 0; k < m->rank[i]; k++)
            m->shape[i][k] = 1 + (int64_t)(byte(s) % SIDE);
        memset(m->data[i], (int)byte(s), sizeof m->data[i]);
        m->data[i][0] = byte(s);
        tensors_add(w, m->name[i], m->type[i], m->rank[i], m->shape[i], m->data[i]);
    }
    for (int i = 0; i < m->keys; i++) {
        make_text(s, m->key[i]);
        make_text(s, m->value[i]);
        tensors_add_text(w, m->key[i], m->value[i]);
    }
}

static bool twice(char text[][8], int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            if (strcmp(text[i], text[j]) == 0)
                return true;
    return false;
}

static void compare(const Made *m, const TensorFile *f)
{
    must(f->n == m->tensors, "as many tensors");
    for (int i = 0; i < m->tensors; i++) {
        const Tensor *t = tensors_find(f, m->name[i]);
        must(t && t->type == m->type[i] && t->rank == m->rank[i] &&
                 memcmp(t->shape, m->shape[i], (size_t)t->rank * sizeof t->shape[0]) == 0 &&
                 memcmp(t->at, m->data[i], t->bytes) == 0,
             "the tensor is the same");
    }
    for (int i = 0; i < m->keys; i++) {
        const char *text = tensors_text(f, m->key[i]);
        must(text && strcmp(text, m->value[i]) == 0, "the text is the same");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Made made;
    static Error e;
    Source source = { data, size };
    TensorWriter w;
    TensorFile f;
    size_t n = 0;
    e.code = GT_OK;
    e.lines = 0;
    tensors_begin(&w);
    make(&made, &source, &w);
    const Status s = tensors_save(&w, "out", &e);
    tensors_free(&w);
    const bool refused = twice(made.name, made.tensors) || twice(made.key, made.keys);
    must(s == (refused ? GT_EINTERNAL : GT_OK), "saved unless a name is there twice");
    if (refused)
        return 0;
    fuzz_set_file(fuzz_written(&n), n);
    fuzz_set_file(fuzz_written(&n), n); /* n is known now */
    must(tensors_open(&f, "in", &e) == GT_OK, "what was saved can be read");
    compare(&made, &f);
    tensors_close(&f);
    return 0;
}
