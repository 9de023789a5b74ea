/* Every kind of layer that has a file of its own; the activations add themselves. */
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
