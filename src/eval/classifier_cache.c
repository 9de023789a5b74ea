/* The cache of classifiers: one safetensors file each, whole or not at all, named by data and recipe. What
 * two processes write at the same time is the same. */
#include "classifier_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/file.h"
#include "gantrain/base/log.h"
#include "gantrain/io/durable.h"
#include "gantrain/io/safetensors.h"
#include "gantrain/math/gemm_kernel.h"
#include "gantrain/math/vec.h"

enum { PATH_ROOM = 4352 };

static const Log warn = { true };
static const TensorType real_tensor = sizeof(real) == 4 ? TENSOR_F32 : TENSOR_F64;

/* ---- where ----------------------------------------------------------------------------------------- */

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* By the XDG base directory specification a path that is not absolute is none. */
static bool find_folder(char out[PATH_ROOM])
{
    const char *own = variable("GANTRAIN_CACHE"), *xdg = variable("XDG_CACHE_HOME");
    const char *home = variable("HOME");
    const int n = own                  ? snprintf(out, PATH_ROOM, "%s", own)
                  : xdg && *xdg == '/' ? snprintf(out, PATH_ROOM, "%s/gantrain", xdg)
                  : home               ? snprintf(out, PATH_ROOM, "%s/.cache/gantrain", home)
                                       : PATH_ROOM;
    return n < PATH_ROOM - 100; /* the name of a file goes behind it */
}

static void add_name(const Classifier *c, char path[PATH_ROOM])
{
    const size_t n = strlen(path);
    snprintf(path + n, PATH_ROOM - n, "/classifier-%s.safetensors", c->id);
}

/* ---- reading --------------------------------------------------------------------------------------- */

typedef struct Reading {
    const TensorFile *file;
    const char *path;
    int known;
    Error *e;
} Reading;

static void read_tensor(void *args, const char *name, int rank, Mat m)
{
    Reading *r = args;
    const Tensor *t = tensors_find(r->file, name);
    const int64_t shape[2] = { rank == 2 ? m.rows : m.cols, m.cols };

    r->known++;
    if (!t || t->type != real_tensor || t->rank != rank ||
        memcmp(t->shape, shape, (size_t)rank * sizeof *shape) != 0) {
        also_fail(r->e, GT_ECHECKPOINT, "%s: tensor \"%s\" is missing or of another shape", r->path,
                  name);
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
        return fail(e, GT_ECHECKPOINT, "%s: is not classifier %s", path, c->id);
    c->accuracy = accuracy ? strtod(accuracy, &end) : -1;
    if (!accuracy || end == accuracy || *end || !(c->accuracy >= 0 && c->accuracy <= 1))
        return fail(e, GT_ECHECKPOINT, "%s: \"gantrain.accuracy\" is no share", path);
    return GT_OK;
}

static Status read_file(Classifier *c, const char *path, Error *e)
{
    TensorFile f = { 0 };
    TRY(tensors_open(&f, path, e));
    Reading r = { &f, path, 0, e };
    if (read_accuracy(c, &f, path, e) == GT_OK)
        net_tensors(&c->net, read_tensor, &r);
    if (e->code == GT_OK && r.known != f.n)
        fail(e, GT_ECHECKPOINT, "%s: holds %d tensors, expected %d", path, f.n, r.known);
    tensors_close(&f);
    return e->code;
}

bool cache_read(Classifier *c)
{
    char path[PATH_ROOM];
    Error e = { 0 };
    if (!find_folder(path))
        return false;
    add_name(c, path);
    if (!file_is_there(path))
        return false;
    if (read_file(c, path, &e) != GT_OK) {
        log_warning(&warn, "%s; the classifier is trained again", e.text[0]);
        return false;
    }
    net_refresh_weights(&c->net);
    return true;
}

/* ---- writing --------------------------------------------------------------------------------------- */

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

void cache_write(const Classifier *c)
{
    char path[PATH_ROOM];
    Error e = { 0 };
    if (!find_folder(path))
        fail(&e, GT_EOUTPUT, "no folder for a cache: set GANTRAIN_CACHE or HOME");
    else if (folder_make(path, &e) == GT_OK) {
        add_name(c, path);
        write_file(c, path, &e);
    }
    if (e.code != GT_OK)
        log_warning(&warn, "%s; the classifier will have to be trained again", e.text[0]);
}
