/* The f-divergences of divergences.c, in the order of the paper's table. */
#define DIVERGENCE_ROSTER(X)                                                                       \
    X(total_variation)                                                                             \
    X(kl)                                                                                          \
    X(reverse_kl)                                                                                  \
    X(pearson)                                                                                     \
    X(neyman)                                                                                      \
    X(squared_hellinger)                                                                           \
    X(jeffrey)                                                                                     \
    X(jensen_shannon)                                                                              \
    X(gan)
