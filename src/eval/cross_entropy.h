/* Softmax and cross-entropy. */
#ifndef GANTRAIN_SRC_EVAL_CROSS_ENTROPY_H
#define GANTRAIN_SRC_EVAL_CROSS_ENTROPY_H

#include <stdint.h>

#include "gantrain/math/mat.h"

/* p = softmax of each row, finite for any finite logits; p may alias logits.   [B,C] each */
void softmax(View logits, Mat p);

/* cross_entropy: L = -mean_i log p[i, label_i].
 *   logits [B,C]   labels [B] below C   d_logits [B,C] out: ∂L/∂logits, already divided by B
 *   right  out     number of rows whose argmax is their label */
double cross_entropy(View logits, const uint8_t *labels, Mat d_logits, int *right);

/* The column of the largest value of a row [1,C]; the first of equal ones. */
int argmax(View row);

#endif
