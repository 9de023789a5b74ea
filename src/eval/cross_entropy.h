/* Softmax and the loss of a classifier that ends in it. */
#ifndef GANTRAIN_SRC_EVAL_CROSS_ENTROPY_H
#define GANTRAIN_SRC_EVAL_CROSS_ENTROPY_H

#include <stdint.h>

#include "gantrain/math/mat.h"

/* p = softmax of every row, finite for any finite logits; p may be the logits themselves.   [B,C] each */
void softmax(View logits, Mat p);

/* cross_entropy: L = -mean_i log p[i, label_i].
 *   logits [B,C]   labels [B] below C   d_logits [B,C] out: ∂L/∂logits, already divided by B
 *   right  out     rows whose largest logit is their label's */
double cross_entropy(View logits, const uint8_t *labels, Mat d_logits, int *right);

/* The column of the largest value of a row [1,C]; the first of several. */
int largest(View row);

#endif
