/* Every kind of layer with a file in this folder. */
#define LAYER_ROSTER(X)                                                                            \
    X(dense)                                                                                       \
    X(dropout)                                                                                     \
    X(batch_norm)                                                                                  \
    X(layer_norm)                                                                                  \
    X(pixel_norm)                                                                                  \
    X(prelu)                                                                                       \
    X(maxout)                                                                                      \
    X(minibatch_discrimination)                                                                    \
    X(minibatch_stddev)                                                                            \
    X(gaussian_noise)                                                                              \
    X(translate)                                                                                   \
    X(virtual_batch_norm)
