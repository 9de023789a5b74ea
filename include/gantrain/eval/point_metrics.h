/* Metrics of generated points: mode coverage of mixtures of Gaussians, histograms of numbers, and
 * comparisons with test points of any dimension. */
#ifndef GANTRAIN_EVAL_POINT_METRICS_H
#define GANTRAIN_EVAL_POINT_METRICS_H

#include "gantrain/data/dataset.h"
#include "gantrain/eval/metric.h"

/* Comparisons with test points: the pixels of a MetricInput are the points [n,D], its shape is
 * {D,1,1}; all values are finite. Units are those of training. */
extern const Metric metric_point_slices, metric_marginals, metric_correlation,
    metric_energy_distance, metric_two_sample_test;

/* A high-quality sample is within 3 standard deviations of its nearest centre (distances in units
 * of that centre's std), and belongs to that mode. */
typedef struct ModeScore {
    double modes;        /* with at least one high-quality sample */
    double high_quality; /* proportion of the samples, 0..1       */
    /* Σ q_k log(q_k / p_k) in nats: q the proportions of the modes among high-quality samples,
     * p the weights of the mixture; NaN without such samples */
    double reverse_kl;
} ModeScore;

/* modes_score: samples [n, dim]; count [modes->n] out: high-quality samples of each mode.
 * Source: Srivastava et al. 2017 (VEEGAN), §4; Lin et al. 2018 (PacGAN), §4.1, and its code. For n
 * samples of the mixture itself reverse_kl is about (M - 1) / 2n, not 0. */
ModeScore modes_score(const Modes *modes, View samples, int *count);

/* Bin i is [(first + i)·width, (first + i + 1)·width) in the units of the source. */
typedef struct Bins {
    const Units *units; /* of the samples */
    double width;
    double first;
    double n; /* an integer, possibly too large for memory */
} Bins;

/* The bins from the smallest to the largest of the finite numbers x [N,1]. */
Bins bins_over(View x, const Units *units, double width);

/* bins_count: numbers of x [N,1] in each bin; values outside count nowhere.   count [n] out */
void bins_count(const Bins *bins, View x, int *count);

/* Over the bins that hold data; p, q: proportions of the data and of all generated numbers. */
typedef struct HistogramScore {
    double chi_square; /* Σ (q - p)² / p                                                    */
    double kl;         /* Σ q' log(q' / p) in nats, q' = q / Σ q; NaN where Σ q = 0       */
} HistogramScore;

/* histogram_score: data, generated: counts [n] of n_data and n_generated numbers.
 * Source: Ghosh et al. 2018 (MAD-GAN), §5.1, and its code (scipy's chisquare, of proportions
 * instead of counts, and entropy). For n_generated numbers from the data distribution chi_square is
 * about n / n_generated. */
HistogramScore histogram_score(int n, const int *data, double n_data, const int *generated,
                               double n_generated);

#endif
