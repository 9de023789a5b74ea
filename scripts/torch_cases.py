"""The configs of the training steps that make_fixtures.py computes with PyTorch."""

STEPS, SHAPE, IMAGES, CLASSES = 3, (4, 6), 16, 3  # 3 batches of 6 from 16 images: the last one starts a new epoch


def dense(units, activation, weight=None):
    layer = {"kind": "dense", "units": units, "activation": activation}
    return {**layer, "weight": weight} if weight else layer


LEAKY = {"kind": "leaky_relu", "slope": 0.2}
UNBIASED = {"kind": "dense", "units": 8, "bias": False}  # before batch norm, which cancels a bias
DROPOUT = {"kind": "dropout", "rate": 0.3}
G_LEAKY = [dense(8, LEAKY), dense(24, "tanh")]
D_LEAKY = [dense(8, LEAKY), dense(1, "linear")]


def case(seed, G=G_LEAKY, D=D_LEAKY, ema=0, steps=1, objective="non_saturating",
         penalty="none", pixels="signed", speed=1):
    """The optimizers of the players differ, so that a test detects if they are swapped."""
    return {
        "seed": seed,
        "data": {"kind": "idx", "range": pixels},
        "generator": {"latent": 6, "ema": ema, "layers": G},
        "discriminator": {"steps": steps, "layers": D},
        "objective": objective,
        "penalty": penalty,
        "optimizer": {
            "generator": {"kind": "adam", "lr": 0.02 * speed, "beta1": 0.5, "beta2": 0.999,
                          "epsilon": 1e-8},
            "discriminator": {"kind": "adam", "lr": 0.03 * speed, "beta1": 0.4, "beta2": 0.99,
                              "epsilon": 1e-7},
        },
        "train": {"epochs": 0, "steps": STEPS, "batch_size": 6},
    }


def r1(gamma, every):
    return {"kind": "r1", "gamma": gamma, "every": every}


def to_one(kind, weight, **more):
    return {"kind": kind, "lambda": weight, "target": 1, "every": 1, **more}


# If the loss depends only on differences of logits, the gradient of the last bias is only rounding.
LAST = {"kind": "dense", "units": 1, "bias": False}
SMOOTH = [dense(8, "softplus"), dense(6, "tanh"), LAST]
PLAIN = [dense(8, LEAKY), LAST]
SQUARES = {"kind": "least_squares", "real_target": 1, "fake_target": -1, "generator_target": 0}


CASES = {  # seeds chosen such that PyTorch's rounding error is small, see NEAR
    "minimax": case(9, objective="minimax"),
    "non_saturating": case(2, ema=0.5),
    "smoothing": case(8, steps=2, objective={"kind": "non_saturating", "label_smoothing": 0.1}),
    "r1": case(14, penalty=r1(2, 1)),
    # smooth activations: R1 needs their second derivatives
    "r1_smooth": case(5 << 40 | 21, G=[dense(8, "relu"), dense(24, "sigmoid")],
                      D=[dense(7, "softplus"), dense(6, "sigmoid"), dense(5, "tanh"),
                         dense(1, "linear")],
                      penalty=r1(2, 1), pixels="unit"),
    "dropout": case(6, G=[dense(8, LEAKY), DROPOUT, dense(24, "tanh")],
                    D=[DROPOUT, dense(8, "softplus"), DROPOUT, dense(1, "linear")],
                    penalty=r1(3, 2)),
    "wgan_gp": case(3, steps=2, objective="wasserstein", D=SMOOTH, penalty=to_one("wgan_gp", 10)),
    "wgan_lp": case(1, objective="hinge", D=SMOOTH, penalty=to_one("wgan_lp", 5)),
    "dragan": case(3, objective="f_kl", D=SMOOTH, penalty=to_one("dragan", 10, scale=0.5)),
    "zero_gp": case(1, objective="relativistic", D=PLAIN,
                    penalty={"kind": "zero_gp", "lambda": 1, "every": 2}),
    "r1_r2": case(2, objective="relativistic_average", D=SMOOTH,
                  penalty={"kind": "r1_r2", "gamma": 1, "every": 1}),
    "average_hinge": case(1, objective="relativistic_average_hinge", D=PLAIN,
                          penalty={"kind": "r2", "gamma": 1, "every": 1}),
    "weight_clip": case(2, steps=2, objective="wasserstein", D=SMOOTH,
                        penalty={"kind": "weight_clip", "limit": 0.3}),
    "least_squares": case(2, objective=SQUARES),
    "feature_matching": case(2, D=SMOOTH,
                             objective={"kind": "feature_matching", "fake_smoothing": 0.1}),
    "batch_norm": case(4, ema=0.5, steps=2,
                       G=[UNBIASED, "batch_norm", LEAKY, dense(24, "tanh")]),
    "spectral_norm": case(59, ema=0.5, steps=2, penalty=r1(2, 1), speed=2,
                          G=[dense(8, LEAKY, "spectral_norm"), dense(24, "tanh", "spectral_norm")],
                          D=[dense(7, "softplus", "spectral_norm"),
                             dense(6, "tanh", {"kind": "spectral_norm", "iterations": 2}),
                             dense(1, "linear", "spectral_norm")]),
    "weight_norm": case(23, ema=0.5, penalty=r1(2, 1), speed=2,
                        G=[dense(8, LEAKY, "weight_norm"), dense(24, "tanh", "weight_norm")],
                        D=[{**dense(7, "softplus", "weight_norm"), "bias": False},
                           dense(6, "linear"), dense(1, "linear", "weight_norm")]),
    # near 1 float32 has no resolution for small steps
    "equalized": case(11, ema=0.5, penalty=r1(2, 2), steps=2, speed=10,
                      G=[dense(8, LEAKY, "equalized"), dense(24, "tanh", "equalized")],
                      D=[dense(7, "softplus", "equalized"),
                         dense(1, "linear", {"kind": "equalized", "gain": 0.5})]),
    # separate real and fake batches; batch statistics are part of the gradient that R1 penalizes
    "r1_batch_norm": case(29, D=[UNBIASED, "batch_norm", "tanh", UNBIASED,
                                 {"kind": "batch_norm", "epsilon": 0.1}, LEAKY,
                                 dense(1, "linear")],
                          penalty=r1(2, 1)),
    "r1_layer_norm": case(2, G=[dense(8, "linear"), "layer_norm", "gelu", dense(24, "tanh")],
                          D=[dense(7, "linear"), "layer_norm", "silu", dense(6, "gelu"),
                             {"kind": "layer_norm", "epsilon": 0.1}, dense(1, "linear")],
                          penalty=r1(2, 1)),
    "r1_units": case(6, G=[dense(8, "silu"), "pixel_norm", "prelu", dense(24, "tanh")],
                     D=[dense(7, {"kind": "elu", "alpha": 0.7}), {"kind": "prelu", "shared": False},
                        {"kind": "maxout", "units": 6, "pieces": 3}, "pixel_norm",
                        dense(5, "selu"), dense(1, "linear")],
                     penalty=r1(2, 1)),
    "r1_minibatch": case(17, D=[dense(7, "tanh"),
                                {"kind": "minibatch_discrimination", "kernels": 3, "dims": 2,
                                 "init": "xavier"},
                                dense(6, "softplus"), {"kind": "minibatch_stddev", "group": 4},
                                dense(1, "linear")],
                         penalty=r1(2, 1)),
    "augmented": case(2, D=[{"kind": "translate", "pixels": 2, "fill": -1},
                            {"kind": "gaussian_noise", "std": 0.3, "until": 5},
                            dense(8, "softplus"), dense(1, "linear")],
                      steps=2, penalty=r1(2, 2)),
    "virtual_batch_norm": case(31, ema=0.5, steps=2,
                               G=[UNBIASED, "virtual_batch_norm", "tanh", UNBIASED,
                                  {"kind": "virtual_batch_norm", "epsilon": 0.1}, LEAKY,
                                  dense(24, "tanh")]),
    # classes: conditional batch norm, a projection of smooth features; tables and one-hot vectors
    "classes_projection": case(184, ema=0.5, steps=2, penalty=r1(2, 1),
                               G=[{"kind": "label", "units": 3}, UNBIASED,
                                  {"kind": "batch_norm", "affine": False}, "class_scale", "tanh",
                                  dense(24, "tanh")],
                               D=[dense(7, "softplus"), "projection"]),
    "classes_label": case(1, objective="wasserstein", penalty=to_one("wgan_gp", 10),
                          G=["label", dense(8, LEAKY), dense(24, "tanh")],
                          D=[{"kind": "label", "units": 2}, dense(8, "softplus"), "class_scale",
                             dense(6, "tanh"), LAST]),
}
