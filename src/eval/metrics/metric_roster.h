/* Every metric: each has a file of its own here. In this order they are measured and told. */
#define METRIC_ROSTER(X)                                                                           \
    X(inception_score)                                                                             \
    X(frechet)                                                                                     \
    X(kernel_distance)                                                                             \
    X(precision_recall)                                                                            \
    X(class_histogram)                                                                             \
    X(memorisation)                                                                                \
    X(parzen)                                                                                      \
    X(label_agreement)                                                                             \
    X(gan_train)
