/* safetensors files: named arrays and string metadata, nothing else.
 *
 * Format (huggingface/safetensors README): u64 little-endian header length N, N bytes of JSON that
 * begin with '{' and may end in spaces, then the tensors without holes. We pad the header so that
 * the data begins at a multiple of 64. This module knows names and shapes only, not nets. */
#ifndef GANTRAIN_IO_SAFETENSORS_H
#define GANTRAIN_IO_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/status.h"
#include "gantrain/base/value.h"
#include "gantrain/base/file.h"
#include "gantrain/io/json.h"

enum {
    TENSORS_MAX = 4096,
    TENSOR_NAME = 128,
    TENSOR_RANK = 8,
    TENSORS_HEADER_MAX = JSON_MAX_BYTES /* bytes, of the files we read and write */
};

typedef enum TensorType { TENSOR_F32, TENSOR_F64, TENSOR_I64, TENSOR_U8 } TensorType;

/* One named array; `at` points into the owner's memory (writing) or into the file (reading). */
typedef struct Tensor {
    char name[TENSOR_NAME];
    TensorType type;
    int rank;
    int64_t shape[TENSOR_RANK];
    const void *at; /* C order, little-endian */
    size_t bytes;
} Tensor;

/* A file being written: call _begin, _add and _add_text in any order, then _save. */
typedef struct TensorWriter {
    Tensor *tensor; /* [n] owned; the data stay the caller's until _save */
    int n, room;
    struct {
        char *key, *value;
    } * text; /* [n_text] owned */
    int n_text, text_room;
    bool failed; /* memory ran out: reported by _save */
} TensorWriter;

void tensors_begin(TensorWriter *w);
void tensors_add(TensorWriter *w, const char *name, TensorType type, int rank, const int64_t *shape,
                 const void *at);
void tensors_add_text(TensorWriter *w, const char *key, const char *value);

/* tensors_save: write everything durably to `path` in the order it was added; adds the metadata
 * "format": "pt" (what PyTorch loaders ask for), "crc32": eight hex digits over the data,
 * "tensor_crc32": the same of every tensor, in the order of the data, with spaces between, and
 * "header_crc32": over everything before the data, its own digits taken as zeros. Equal
 * arguments give equal bytes. Sides of 0 are not written. GT_EOUTPUT, GT_ERESOURCE; GT_EINTERNAL
 * when the file could not be read again (a name or key twice). */
Status tensors_save(TensorWriter *w, const char *path, Error *e);
void tensors_free(TensorWriter *w);

/* A file read whole and checked. Everything points into `file` and `header`. */
typedef struct TensorFile {
    Bytes file;
    Json header;
    Tensor *tensor; /* [n] owned */
    int n;
    const Value *metadata; /* object of strings, or NULL */
} TensorFile;

/* tensors_open: read and validate. Every size is checked against the real size of the file before
 * it is used: header length, offsets that chain from 0 to the end without holes, shape x type ==
 * bytes with overflow checks, unique names, string metadata, checksums when present (that of the header
 * alone, or all): the message names the tensor; files of older versions have none of single tensors.
 * tensor[] is in the order of the data. The data of foreign files may be unaligned: use memcpy.
 * Any damage: GT_ECHECKPOINT with path and reason. */
Status tensors_open(TensorFile *f, const char *path, Error *e);
const Tensor *tensors_find(const TensorFile *f, const char *name); /* NULL: no such tensor  */
const char *tensors_text(const TensorFile *f, const char *key);    /* NULL: no such metadata */
void tensors_close(TensorFile *f);

const char *tensor_type_name(TensorType type); /* "F32", ... */
size_t tensor_type_bytes(TensorType type);

#endif
