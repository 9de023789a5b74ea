/* Every kind of layer that has a file of its own; the activations add themselves. */
#define LAYER_ROSTER(X)                                                                            \
    X(dense)                                                                                       \
    X(dropout)                                                                                     \
    X(batch_norm)
