/* A warm start: a new run whose nets begin with the weights of a file (init_from of the config). */
#ifndef GANTRAIN_RUN_WARM_START_H
#define GANTRAIN_RUN_WARM_START_H

#include "gantrain/base/log.h"
#include "gantrain/gan/gan.h"
#include "gantrain/run/config.h"

enum { WARM_START_CRC = 8 + 1 };

/* warm_start: take the weights of c->init_from.file, a checkpoint or any safetensors file with
 * tensors of these names, into `g`, which is at step 0.
 *   crc32   out   checksum of the file
 * Each chosen net takes all its parameters; its running statistics and the moving average where the
 * file has them; the state of its optimizer where kind, names and shapes fit. Logs what was taken
 * and what begins new. GT_ECHECKPOINT lists every tensor that does not fit; then `g` is
 * unchanged. */
Status warm_start(Gan *g, const Config *c, const Log *log, char crc32[WARM_START_CRC], Error *e);

#endif
