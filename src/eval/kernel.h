/* Maximum mean discrepancy: how far apart two distributions are, by a kernel. */
#ifndef GANTRAIN_SRC_EVAL_KERNEL_H
#define GANTRAIN_SRC_EVAL_KERNEL_H

#include "gantrain/base/status.h"
#include "gantrain/math/mat.h"

/* kernel_mmd2: the unbiased estimate of MMD² with k(x, y) = (x·y / F + 1)³ from all rows of x [n,F] and
 * y [m,F]; n and m at least 2. It may be negative. GT_ERESOURCE
 * Source: Gretton et al. 2012, "A Kernel Two-Sample Test", lemma 6; the kernel as in Bińkowski et al. 2018. */
Status kernel_mmd2(View x, View y, double *mmd2, Error *e);

#endif
