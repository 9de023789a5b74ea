"""Reference implementation of gantrain's metrics in double by numpy and scipy: from the papers that
src/eval/metrics/ names, by other algorithms where possible (scipy's matrix root, differences instead of
products). For make_fixtures.py and check_metrics.py; needs python3-numpy and python3-scipy.
"""

import os

import numpy as np
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from philox import METRIC, permutation
from two_sample_reference import of_images, of_points

SPLITS, FAKE_SUBSET, REAL_SUBSET = 0, 1, 2  # sub-streams, eval/metric.h
CHECKED, VALIDATION = 2000, 1000
WIDTHS = 10 ** (np.arange(21) / 20 - 1)


def standard_error(x):
    return np.std(x, ddof=1) / np.sqrt(len(x))


def share(hits):
    p = np.mean(hits)
    return p, np.sqrt(p * (1 - p) / len(hits))


def score(p, seed):
    order = permutation(seed, 0, len(p), METRIC, SPLITS)
    n, scores = len(p), []
    for s in range(10):
        q = p[order[n * s // 10:n * (s + 1) // 10]]
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(q > 0, q * np.log(q / q.mean(0)), 0)
        scores.append(np.exp(terms.sum(1).mean()))
    return np.mean(scores), np.std(scores)


def frechet(fake, real):
    a, b = np.cov(fake, rowvar=False), np.cov(real, rowvar=False)
    root = sqrtm(a @ b, disp=False)[0]
    if not np.isfinite(root).all():  # singular: as in pytorch-fid
        root = sqrtm((a + 1e-9 * np.eye(len(a))) @ (b + 1e-9 * np.eye(len(a))))
    apart = fake.mean(0) - real.mean(0)
    return apart @ apart + np.trace(a) + np.trace(b) - 2 * np.trace(root.real)


def mmd2(x, y):
    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3
    n, m = len(x), len(y)
    xx, yy = kernel(x, x), kernel(y, y)
    return ((xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1)) -
            2 * kernel(x, y).mean())


def kernel_distance(fake, real, seed):
    m = min(1000, len(fake), len(real))
    values = [mmd2(fake[permutation(seed, s, len(fake), METRIC, FAKE_SUBSET)[:m]],
                   real[permutation(seed, s, len(real), METRIC, REAL_SUBSET)[:m]])
              for s in range(100)]
    return np.mean(values), standard_error(values)


def precision_recall(fake, real):
    def radii(x):
        own = cdist(x, x)
        np.fill_diagonal(own, np.inf)
        own.partition(4, axis=1)
        return np.sort(own[:, :5], axis=1)
    of_real, of_fake, d = radii(real), radii(fake), cdist(real, fake)
    inside = d < of_real[:, 4:]
    balls = inside.sum(0) / 5
    return {"precision": share((d <= of_real[:, 2:3]).any(0)),
            "recall": share((d <= of_fake[:, 2]).any(1)),
            "density": (balls.mean(), standard_error(balls)),
            "coverage": share(inside.any(1))}


def class_kl(p, labels):
    q = np.bincount(p.argmax(1), minlength=256) / len(p)
    r = np.bincount(labels, minlength=256) / len(labels)
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where((q > 0) & (r > 0), np.log(q / r), 0)
    kl = (q * log).sum()
    return (kl, np.sqrt(max(0, (q * log * log).sum() - kl * kl) / len(p))), (q > 0).sum()


def squares(x, y):
    """Squared distances of pixels, a few rows of x at a time. Many rows use products: cancellation in
    double costs 1e-13, and differences would take minutes."""
    for i in range(0, len(x), 200):
        a = x[i:i + 200]
        if len(x) * len(y) < 10 ** 6:
            yield cdist(a, y, "sqeuclidean")
        else:
            yield np.maximum(0, (a * a).sum(1)[:, None] + (y * y).sum(1) - 2 * a @ y.T)


def nearest(x, train, most):
    n = min(len(x), most)
    picked = x[np.arange(n) * len(x) // n]
    return np.sqrt(np.concatenate([d2.min(1) for d2 in squares(picked, train)]))


def memorisation(fake, real, train):
    f, r = nearest(fake, train, CHECKED), nearest(real, train, CHECKED)
    ratio = f.mean() / r.mean()
    error = ratio * np.hypot(standard_error(f) / f.mean(), standard_error(r) / r.mean())
    n, m = len(f), len(r)
    below = (np.searchsorted(np.sort(f), r, "left") + np.searchsorted(np.sort(f), r, "right")) / 2
    return {"nearest_ratio": (ratio, error),
            "copying": (below.mean() / n, np.sqrt((n + m + 1) / (12 * n * m))),
            "copies": share(f < r.min())}


def log_likelihood(x, samples, sigmas):
    """[len(x), len(sigmas)]"""
    norm = np.log(len(samples)) + x.shape[1] / 2 * np.log(2 * np.pi * sigmas ** 2)
    return np.concatenate([np.stack([logsumexp(-d2 / (2 * s * s), axis=1) for s in sigmas], 1)
                           for d2 in squares(x, samples)]) - norm


def parzen(fake, real, train):
    """Pixels in 0..1."""
    valid = train[-VALIDATION:]
    best = log_likelihood(valid, fake, WIDTHS).mean(0).argmax()
    values = log_likelihood(real, fake, WIDTHS[best:best + 1])[:, 0]
    return values.mean(), standard_error(values)


def mean_distance(x):
    """Of two different rows."""
    return sum(np.sqrt(d2).sum() for d2 in squares(x, x)) / (len(x) * (len(x) - 1))


def over_classes(measure, fake, real, fake_labels, real_labels):
    """The mean over the classes that both have twice."""
    pairs = [(fake[fake_labels == k], real[real_labels == k]) for k in np.unique(real_labels)]
    return np.mean([measure(f, r) for f, r in pairs if min(len(f), len(r)) > 1])


def of_classes(fake, real, fake_labels, real_labels):
    """Of dicts with features and pixels."""
    labels = fake_labels, real_labels
    return {"class_frechet": (over_classes(frechet, fake["features"], real["features"], *labels), np.nan),
            "class_spread": (over_classes(lambda f, r: mean_distance(f) / mean_distance(r),
                                          fake["pixels"], real["pixels"], *labels), np.nan)}


def of_features(fake, real, seed):
    """Metrics of features [n, F] alone."""
    nothing = np.nan
    return {"fcd": (frechet(fake, real), nothing), "kid": kernel_distance(fake, real, seed),
            **precision_recall(fake, real)}


def of_probabilities(p, labels, real_labels, seed):
    kl, classes = class_kl(p, real_labels)
    found = {"score": score(p, seed), "class_kl": kl, "classes": (classes, np.nan)}
    if labels is not None:
        found["label_agreement"] = share(p.argmax(1) == labels)
    return found


def of_pixels(fake, real, train):
    """Pixels in 0..1; their distances are compared, so the range of the data does not matter."""
    return {**memorisation(fake, real, train), "parzen": parzen(fake, real, train)}


# ---- fixtures ----------------------------------------------------------------------------------

F, C, X, SEED = 6, 5, 12, 11


def images(rng, n, shift):
    """n images of C classes: features near the mean of the class, probabilities, pixels in -1..1, labels.
    Samples (shift > 0) are shifted, and rarely of the last class."""
    labels = rng.choice(C, n, p=np.array([6, 5, 4, 3, 0.5 if shift else 3]) / (18.5 if shift else 21))
    features = 2 * np.eye(C, F)[labels] + 0.5 * rng.standard_normal((n, F)) + 3 + shift
    logits = 4 * np.eye(C)[labels] + 2 * rng.standard_normal((n, C))
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    pixels = np.tanh(np.sin(np.outer(labels + 1, np.arange(X))) + (0.2 + shift) *
                     rng.standard_normal((n, X)))
    return [a.astype(np.float32) for a in (features, p, pixels)] + [labels.astype(np.uint8)]


def colour_images(rng, n, noise):
    """Bytes [n, 3, 29, 33]: waves of random length and direction, a blot, and noise."""
    y, x = np.mgrid[:29, :33]
    a, b, c = rng.uniform(-0.6, 0.6, (3, n, 3, 1, 1))
    waves = np.sin(a * x + b * y + 6 * c) + 0.3 * a
    at = rng.uniform(5, 25, (2, n, 1, 1, 1))
    blot = np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / 40)
    z = 110 + 60 * waves + 70 * blot + noise * rng.standard_normal((n, 3, 29, 33))
    return np.clip(np.rint(z), 0, 255).astype(np.uint8)


def make_images(folder, write):
    """Two levels of a pyramid, two scales of similarity; sides that are odd at some level."""
    rng = np.random.default_rng(4)
    fake, real = colour_images(rng, 16, 20), colour_images(rng, 21, 4)
    found = of_images(fake / 255, real / 255, SEED)
    write(os.path.join(folder, "images.safetensors"),
          {"fake.pixels": fake, "real.pixels": real,
           **{"expected." + k: np.array(v, np.float64) for k, v in found.items()}}, {"seed": str(SEED)})
    show(found)


def make_points(folder, write):
    """Correlated normal points and others, of another number."""
    rng = np.random.default_rng(5)
    mix = rng.standard_normal((6, 6))
    fake = np.tanh(rng.standard_normal((180, 6)) @ mix) + 0.1
    real = 0.7 * rng.standard_normal((250, 6)) @ mix.T
    real[:40, 2] = np.round(real[:40, 2])  # ties
    fake[:40, 2] = np.round(fake[:40, 2])
    fake, real = (a.astype(np.float32) for a in (fake, real))
    found = of_points(fake.astype(np.float64), real.astype(np.float64), SEED)
    found = {k: (v, np.nan) for k, v in found.items()}
    write(os.path.join(folder, "points.safetensors"),
          {"fake.pixels": fake, "real.pixels": real,
           **{"expected." + k: np.array(v, np.float64) for k, v in found.items()}}, {"seed": str(SEED)})
    show(found)


def show(found):
    for k, v in found.items():
        print("%-18s %.6g ± %.3g" % (k, *v))


def make_metrics(folder, write):
    rng = np.random.default_rng(3)
    names = ("features", "probabilities", "pixels", "labels")
    fake, real, train = (dict(zip(names, images(rng, n, shift)))
                         for n, shift in ((230, 0.1), (170, 0), (300, 0)))
    fake["pixels"][7] = train["pixels"][123]  # a copy
    fake["features"][5] = fake["features"][6]  # the same sample twice
    fake["features"][8] = real["features"][9]
    f, r, t = ({k: a.astype(np.float64) for k, a in s.items() if k != "labels"}
               for s in (fake, real, train))
    unit = [(s["pixels"] + 1) / 2 for s in (f, r, t)]
    found = {**of_features(f["features"], r["features"], SEED),
             **of_probabilities(f["probabilities"], fake["labels"], real["labels"], SEED),
             **of_pixels(*unit), **of_images(*(u.reshape(-1, 1, 3, 4) for u in unit[:2]), SEED),
             **of_classes(f, r, fake["labels"], real["labels"]),
             "mmd2": (mmd2(f["features"], r["features"]), np.nan)}
    arrays = {"%s.%s" % (which, k): a for which, s in (("fake", fake), ("real", real),
                                                      ("train", train)) for k, a in s.items()}
    arrays.update({"expected." + k: np.array(v, np.float64) for k, v in found.items()})
    write(os.path.join(folder, "metrics.safetensors"), arrays, {"seed": str(SEED)})
    show(found)
    make_images(folder, write)
    make_points(folder, write)
