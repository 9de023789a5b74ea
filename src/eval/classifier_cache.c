/* The cache of classifiers: one safetensors file each, written atomically and named by its id. Two
 * processes that write the same file write the same bytes. */
#include "classifier_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/base/log.h"
#include "gantrain/io/cache.h"
#include "gantrain/io/safetensors.h"
#include "gantrain/math/gemm_kernel.h"
#include "gantrain/math/vec.h"

static const Log warnings = { true };
static const TensorType real_tensor = sizeof(real) == 4 ? TENSOR_F32 : TENSOR_F64;

static const char *file_name(const Classifier *c, char out[CACHE_NAME])
{
    snprintf(out, CACHE_NAME, "classifier-%s.safetensors", c->id);
    return out;
}

typedef struct Reading {
    const TensorFile *file;
    const char *path;
    int expected; /* tensors */
    Error *e;
} Reading;

static void read_tensor(void *args, const char *name, int rank, Mat m)
{
    Reading *r = args;
    const Tensor *t = tensors_find(r->file, name);
    const int64_t shape[2] = { rank == 2 ? m.rows : m.cols, m.cols };

    r->expected++;
    if (!t || t->type != real_tensor || t->rank != rank ||
        memcmp(t->shape, shape, (size_t)rank * sizeof *shape) != 0) {
        also_fail(r->e, GT_ECHECKPOINT, "%s: tensor \"%s\" is missing or has another shape",
                  r->path, name);
        return;
    }
    memcpy(m.at, t->at, t->bytes);
    if (!mat_finite(view(m)))
        also_fail(r->e, GT_ECHECKPOINT, "%s: tensor \"%s\" is not finite", r->path, name);
}

static Status read_accuracy(Classifier *c, const TensorFile *f, const char *path, Error *e)
{
    const char *id = tensors_text(f, "gantrain.classifier");
    const char *accuracy = tensors_text(f, "gantrain.accuracy");
    char *end = NULL;

    if (!id || strcmp(id, c->id) != 0)
        return fail(e, GT_ECHECKPOINT, "%s: not the file of classifier %s", path, c->id);
    c->accuracy = accuracy ? strtod(accuracy, &end) : -1;
    if (!accuracy || end == accuracy || *end || !(c->accuracy >= 0 && c->accuracy <= 1))
        return fail(e, GT_ECHECKPOINT, "%s: expected \"gantrain.accuracy\" in 0..1", path);
    return GT_OK;
}

static Status read_file(Classifier *c, const char *path, Error *e)
{
    TensorFile f = { 0 };
    TRY(tensors_open(&f, path, e));
    Reading r = { &f, path, 0, e };
    if (read_accuracy(c, &f, path, e) == GT_OK)
        net_tensors(&c->net, read_tensor, &r);
    if (e->code == GT_OK && r.expected != f.n)
        fail(e, GT_ECHECKPOINT, "%s: holds %d tensors, expected %d", path, f.n, r.expected);
    tensors_close(&f);
    return e->code;
}

bool classifier_cache_read(Classifier *c)
{
    char name[CACHE_NAME], path[CACHE_PATH];
    Error e = { 0 };
    if (!cache_path(path, file_name(c, name)) || !file_exists(path))
        return false;
    if (read_file(c, path, &e) != GT_OK) {
        log_warning(&warnings, "%s; training the classifier again", e.text[0]);
        return false;
    }
    net_refresh_weights(&c->net);
    return true;
}

static void write_tensor(void *args, const char *name, int rank, Mat m)
{
    const int64_t shape[2] = { rank == 2 ? m.rows : m.cols, m.cols };
    tensors_add(args, name, real_tensor, rank, shape, m.at);
}

static Status write_file(const Classifier *c, const char *path, Error *e)
{
    TensorWriter w;
    char text[32];
    tensors_begin(&w);
    tensors_add_text(&w, "gantrain.classifier", c->id);
    snprintf(text, sizeof text, "%.17g", c->accuracy);
    tensors_add_text(&w, "gantrain.accuracy", text);
    snprintf(text, sizeof text, "%d", c->classes);
    tensors_add_text(&w, "gantrain.classes", text);
    tensors_add_text(&w, "gantrain.kernel", gemm_kernel()->name);
    net_tensors(&c->net, write_tensor, &w);
    const Status s = tensors_save(&w, path, e);
    tensors_free(&w);
    return s;
}

void classifier_cache_write(const Classifier *c)
{
    char name[CACHE_NAME], path[CACHE_PATH];
    Error e = { 0 };
    if (cache_create(path, file_name(c, name), &e) == GT_OK)
        write_file(c, path, &e);
    if (e.code != GT_OK)
        log_warning(&warnings, "%s; the next command will train the classifier again", e.text[0]);
}
