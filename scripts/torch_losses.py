"""Objectives and penalties in PyTorch, as in their papers: means over a batch of logits."""

import torch
import torch.nn.functional as F


def logistic(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def labels(real, fake, o):
    return (logistic(real, 1 - o.get("label_smoothing", 0))
            + logistic(fake, o.get("fake_smoothing", 0)))


def to_mean(loss):
    """Relativistic average: the loss of the distance of each logit to the mean of the other kind."""
    return lambda real, fake, o: loss(real - fake.mean(), fake - real.mean(), o)


def hinges(real, fake, o):
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


D_LOSS = {
    "non_saturating": labels,
    "least_squares": lambda real, fake, o: ((real - o["real_target"]).pow(2).mean() / 2
                                            + (fake - o["fake_target"]).pow(2).mean() / 2),
    "hinge": hinges,
    "wasserstein": lambda real, fake, o: fake.mean() - real.mean(),
    "relativistic": lambda real, fake, o: F.softplus(fake - real).mean(),
    "relativistic_average": to_mean(labels),
    "relativistic_average_hinge": to_mean(hinges),
    "f_kl": lambda real, fake, o: torch.exp(fake - 1).mean() - real.mean(),
}
G_LOSS = {  # real and fake are swapped where G uses the loss of D
    "minimax": lambda real, fake, o: -logistic(fake, 0.0),
    "non_saturating": lambda real, fake, o: logistic(fake, 1.0),
    "least_squares": lambda real, fake, o: (fake - o["generator_target"]).pow(2).mean() / 2,
    "hinge": lambda real, fake, o: -fake.mean(),
    "wasserstein": lambda real, fake, o: -fake.mean(),
    "relativistic": lambda real, fake, o: F.softplus(real - fake).mean(),
    "relativistic_average": lambda real, fake, o: to_mean(labels)(fake, real, o),
    "relativistic_average_hinge": lambda real, fake, o: to_mean(hinges)(fake, real, o),
    "f_kl": lambda real, fake, o: -fake.mean(),
}


def to_target(square, o):
    return o["lambda"] * (square.sqrt() - o["target"]).pow(2)


PHI = {  # of |g|^2
    "r1": lambda square, o: o["gamma"] / 2 * square,
    "r2": lambda square, o: o["gamma"] / 2 * square,
    "r1_r2": lambda square, o: o["gamma"] / 2 * square,
    "wgan_gp": to_target,
    "wgan_lp": lambda square, o: o["lambda"] * F.relu(square.sqrt() - o["target"]).pow(2),
    "dragan": to_target,
    "zero_gp": lambda square, o: o["lambda"] * square,
}
