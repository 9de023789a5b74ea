/* How near the histogram of generated numbers comes to that of the data. */
#ifndef GANTRAIN_EVAL_HISTOGRAM_H
#define GANTRAIN_EVAL_HISTOGRAM_H

#include "gantrain/math/mat.h"

/* Bin i is [(first + i)·width, (first + i + 1)·width) in the units of the source. */
typedef struct Bins {
    double scale; /* times a sample: in those units  */
    double width;
    double first;
    double n; /* a whole number, perhaps too large for memory */
} Bins;

/* The bins from the smallest to the largest of the finite numbers x [N,1]. */
Bins bins_over(View x, double scale, double width);

/* bins_count: how many of x [N,1] fall into every bin; what is outside is in none.  tally [n] out */
void bins_count(const Bins *bins, View x, int *tally);

/* Over the bins that hold data, with p their shares of the data and q of all generated numbers. */
typedef struct HistogramScore {
    double chi_square; /* Σ (q - p)² / p                                                    */
    double kl;         /* Σ q' log(q' / p) in nats, q' = q / Σ q; NaN when nothing is there */
} HistogramScore;

/* histogram_score: data, generated: tallies [n] of n_data and n_generated numbers.
 * Source: Ghosh et al. 2018 (MAD-GAN), §5.1, and its code (scipy's chisquare, of shares instead of counts,
 * and entropy). With n_generated numbers of the data's own kind chi_square is about n / n_generated. */
HistogramScore histogram_score(int n, const int *data, double n_data, const int *generated,
                               double n_generated);

#endif
