/* safetensors files: named arrays and string metadata.
 *
 * Format (huggingface/safetensors README): u64 little-endian header length N, N bytes of JSON that
 * begin with '{' and may end in spaces, then the tensors without gaps. */
#ifndef GANTRAIN_IO_SAFETENSORS_H
#define GANTRAIN_IO_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/file.h"
#include "gantrain/base/status.h"
#include "gantrain/base/text.h"
#include "gantrain/base/value.h"
#include "gantrain/io/durable.h"
#include "gantrain/io/json.h"

enum {
    TENSORS_MAX = 4096,
    TENSOR_NAME = 128,
    TENSOR_RANK = 8,
    TENSORS_HEADER_MAX = JSON_MAX_BYTES
};

typedef enum TensorType { TENSOR_F32, TENSOR_F64, TENSOR_I64, TENSOR_U8 } TensorType;

/* `at` points into the caller's memory (writing) or into the file (reading). */
typedef struct Tensor {
    char name[TENSOR_NAME];
    TensorType type;
    int rank;
    int64_t shape[TENSOR_RANK];
    const void *at; /* C order, little-endian */
    size_t bytes;
} Tensor;

/* A file being written: _begin, then _add and _add_text in any order, then _save and _free. The
 * caller keeps the data of the tensors unchanged until _save. */
typedef struct TensorWriter {
    Piece *piece; /* [1 + n] owned: the header, then the tensors */
    int n, room;
    Text tensors, texts, crcs; /* parts of the header         */
    uint32_t crc;              /* of the data so far          */
    size_t bytes;              /* likewise                    */
    bool failed;               /* memory ran out: see _save   */
} TensorWriter;

void tensors_begin(TensorWriter *w);
void tensors_add(TensorWriter *w, const char *name, TensorType type, int rank, const int64_t *shape,
                 const void *at);
void tensors_add_text(TensorWriter *w, const char *key, const char *value);

/* tensors_save: writes the file durably, in the order of the additions; equal arguments give equal
 * bytes. Adds the metadata "format": "pt" (required by PyTorch loaders), "crc32" of the data,
 * "tensor_crc32" of each tensor in order, separated by spaces, and "header_crc32" of everything
 * before the data with its own digits as zeros; each has eight hex digits. GT_EOUTPUT,
 * GT_ERESOURCE; GT_EINTERNAL if the file could not be read again (a duplicate name or key). */
Status tensors_save(TensorWriter *w, const char *path, Error *e);
void tensors_free(TensorWriter *w);

/* A file that was read and checked. Everything points into `file` and `header`. */
typedef struct TensorFile {
    Bytes file;
    Json header;
    Tensor *tensor; /* [n] owned */
    int n;
    const Value *metadata;         /* object of strings, or NULL */
    char edited[TENSOR_NAME + 96]; /* tensors_open_edited: which checksum is wrong; "": none */
} TensorFile;

/* tensors_open: reads and validates a file: header length, JSON, offsets that cover the data
 * without gaps, shape x type == bytes with overflow checks, unique names, string metadata, and its
 * checksums (older files have none of single tensors). tensor[] is in the order of the data, which
 * may be unaligned in files of other programs: use memcpy. GT_ECHECKPOINT, GT_ERESOURCE. */
Status tensors_open(TensorFile *f, const char *path, Error *e);

/* tensors_open_edited: the same for a file that other programs may have edited: a wrong checksum is
 * no failure, but described in f->edited. */
Status tensors_open_edited(TensorFile *f, const char *path, Error *e);

const Tensor *tensors_find(const TensorFile *f, const char *name); /* NULL: no such tensor   */
const char *tensors_text(const TensorFile *f, const char *key);    /* NULL: no such metadata */

/* The CRC-32 of all bytes of the file, which identifies it. */
uint32_t tensors_crc(const TensorFile *f);

void tensors_close(TensorFile *f);

const char *tensor_type_name(TensorType type); /* "F32", ... */
size_t tensor_type_bytes(TensorType type);

bool tensor_has_shape(const Tensor *t, int rank, const int64_t *shape);

/* "[32, 16]"; returns `out`. */
enum { TENSOR_SHAPE_TEXT = TENSOR_RANK * 24 };
const char *tensor_shape_text(int rank, const int64_t *shape, char out[TENSOR_SHAPE_TEXT]);

/* Value i of a tensor of type F32 or F64. */
double tensor_value(const Tensor *t, size_t i);

#endif
