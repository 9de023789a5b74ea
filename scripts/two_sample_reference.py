"""Reference implementation, in double by numpy and scipy, of the metrics that compare two sets of images or
points without labels: from the papers that src/eval/metrics/ and src/eval/points/ name. The addressed random
numbers are those of philox.py. For metric_reference.py.
"""

import numpy as np
from scipy.ndimage import convolve
from scipy.signal import convolve2d
from scipy.spatial.distance import cdist
from scipy.stats import ks_2samp, wasserstein_distance

from philox import METRIC, normal, permutation, words

PATCHES, DIRECTIONS, PAIRS = 4, 5, 6  # sub-streams, eval/metric.h
BLUR = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256


def sliced_wasserstein(a, b, seed, level=0):
    d = normal((seed, METRIC, DIRECTIONS, level), 512, a.shape[1], np.float32).astype(np.float64)
    d /= np.linalg.norm(d, axis=1, keepdims=True)
    return np.mean([wasserstein_distance(a @ u, b @ u) for u in d])


# ---- images [n, C, H, W] ---------------------------------------------------------------------------

def laplacian(images):
    """The levels, the smallest first."""
    levels = []
    while min(-(-side // 2) for side in images.shape[2:]) >= 14:
        half = convolve(images, BLUR[None, None], mode="mirror")[:, :, ::2, ::2]
        up = np.zeros_like(images)
        up[:, :, ::2, ::2] = half
        levels.insert(0, images - convolve(up, 4 * BLUR[None, None], mode="mirror"))
        images = half
    return [images] + levels


def patches(images, n, seed, level):
    h, w = (min(7, side) for side in images.shape[2:])
    u = words(seed, METRIC, PATCHES, level, n, 1)[:, 0].astype(object)
    ys, xs = (u[:, i] * (side - k + 1) >> 32 for i, side, k in ((0, images.shape[2], h),
                                                               (1, images.shape[3], w)))
    cut = np.stack([images[i * len(images) // n, :, y:y + h, x:x + w]
                    for i, (y, x) in enumerate(zip(ys, xs))])
    cut -= cut.mean((0, 2, 3), keepdims=True)
    return (cut / cut.std((0, 2, 3), keepdims=True)).reshape(n, -1)


def swd(fake, real, seed):
    """[mean, level, level, ...]"""
    n = min(128 * min(len(fake), len(real)), 2 ** 17)
    found = [1000 * sliced_wasserstein(patches(a, n, seed, i), patches(b, n, seed, i), seed, i)
             for i, (a, b) in enumerate(zip(laplacian(fake), laplacian(real)))]
    return [np.mean(found)] + found


def similarity(x, y):
    """MS-SSIM of two planes in 0..1."""
    weights = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])
    k = min(11, *x.shape)
    window = np.exp(-0.5 * ((np.arange(k) - (k - 1) / 2) / (1.5 * k / 11)) ** 2)
    window = np.outer(window, window) / window.sum() ** 2
    factors = []
    while True:
        mx, my, xx, yy, xy = (convolve2d(a, window, "valid") for a in (x, y, x * x, y * y, x * y))
        c = (2 * (xy - mx * my) + 0.03 ** 2) / (xx + yy - mx * mx - my * my + 0.03 ** 2)
        l = (2 * mx * my + 0.01 ** 2) / (mx * mx + my * my + 0.01 ** 2)
        last = len(factors) == 4 or min(-(-side // 2) for side in x.shape) < 11
        factors.append(max(0, (c * l if last else c).mean()))
        if last:
            break
        x, y = (np.pad(a, [(0, side % 2) for side in a.shape], "edge") for a in (x, y))
        x, y = (a.reshape(a.shape[0] // 2, 2, -1, 2).mean((1, 3)) for a in (x, y))
    weights = weights[:len(factors)] / weights[:len(factors)].sum()
    return np.prod(np.array(factors) ** weights)


def ms_ssim(images, seed):
    """Images in 0..1; the mean of pairs and its standard error."""
    order, n = permutation(seed, 0, len(images), METRIC, PAIRS), min(len(images) // 2, 2000)
    values = [np.mean([similarity(x, y) for x, y in zip(images[order[2 * i]], images[order[2 * i + 1]])])
              for i in range(n)]
    return np.mean(values), np.std(values, ddof=1) / np.sqrt(n)


def of_images(fake, real, seed):
    """Both in 0..1."""
    sizes = ["swd"] + ["swd_%d" % 2 ** (4 + i) for i in range(7)]
    (f, error_f), (r, error_r) = ms_ssim(fake, seed), ms_ssim(real, seed)
    found = {name: (value, np.nan) for name, value in zip(sizes, swd(fake, real, seed))}
    return {**found, "ms_ssim": (f, error_f), "ms_ssim_gap": (abs(f - r), np.hypot(error_f, error_r))}


# ---- points [n, D] ---------------------------------------------------------------------------------

def energy_distance(a, b):
    return 2 * cdist(a, b).mean() - cdist(a, a).mean() - cdist(b, b).mean()


def correlation_error(a, b):
    off = ~np.eye(a.shape[1], dtype=bool)
    return np.abs(np.corrcoef(a, rowvar=False) - np.corrcoef(b, rowvar=False))[off].mean()


def of_points(fake, real, seed):
    ks = [ks_2samp(x, y).statistic for x, y in zip(fake.T, real.T)]
    return {"sliced_wasserstein": sliced_wasserstein(fake, real, seed),
            "energy_distance": energy_distance(fake, real), "ks_mean": np.mean(ks), "ks_max": max(ks),
            "correlation_error": correlation_error(fake, real)}
