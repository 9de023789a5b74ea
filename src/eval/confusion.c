/* A confusion matrix: rows are the classes asked for, columns those of the classifier. */
#include "gantrain/eval/confusion.h"

#include <string.h>

#include "eval/numerics.h"

void confusion_count(const ImageSet *s, int *count)
{
    const int C = s->probabilities.cols;
    memset(count, 0, (size_t)C * (size_t)C * sizeof *count);
    for (int i = 0; i < s->n; i++)
        count[s->labels[i] * C + argmax(view_rows(s->probabilities, i, 1))]++;
}
