"""Reference implementation of gantrain's random numbers: Philox4x32-10 (Salmon et al. 2011) at
addresses (seed, purpose, sub, step, row, word) as in include/gantrain/base/rng.h; Box and Muller;
Fisher and Yates.
"""

import numpy as np

INIT, SHUFFLE, LATENT, LAYER, POINTS, REFERENCE, METRIC = 1, 2, 3, 4, 6, 9, 16  # purposes
GEN, BOTH, FAKE, SLOPE = 0, 1, 2, 3                   # traces, for random layers
LAYERS_PER_TRACE, PARAMS_PER_LAYER = 128, 4
REPARAMS = 128 * PARAMS_PER_LAYER          # sub-streams of INIT from here on are of reparametrisations


def philox(counter, key):
    """counter [.., 4] and key [2], uint32 held in uint64; returns the 4 words of every counter."""
    c0, c1, c2, c3 = (counter[..., i].astype(np.uint64) for i in range(4))
    k0, k1 = key
    low, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    for _ in range(10):
        p0, p1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (p1 >> shift ^ c1 ^ np.uint64(k0), p1 & low,
                          p0 >> shift ^ c3 ^ np.uint64(k1), p0 & low)
        k0, k1 = k0 + 0x9E3779B9 & 0xFFFFFFFF, k1 + 0xBB67AE85 & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], -1)


def check():
    """The known answers of Random123 for counters and keys of zeros and of ones."""
    for fill, want in ((0, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
                       (0xFFFFFFFF, "408f276d 41c83b0e a20bc7c6 6d5451fd")):
        got = philox(np.full(4, fill, np.uint64), (fill, fill))
        assert " ".join("%08x" % w for w in got) == want, "Philox is wrong"


def words(seed, purpose, sub, step, rows, blocks):
    """[rows, blocks, 4] random words."""
    counter = np.empty((rows, blocks, 4), np.uint64)
    counter[..., 0] = np.arange(blocks)
    counter[..., 1] = np.arange(rows)[:, None]
    counter[..., 2] = step & 0xFFFFFFFF
    counter[..., 3] = (purpose << 10 | sub) << 16 | step >> 32
    return philox(counter, (seed & 0xFFFFFFFF, seed >> 32))


def uniform(address, rows, cols, real):
    """Numbers in (0, 1) from the upper 23 bits of each word."""
    w = words(*address, rows, -(-cols // 4)).reshape(rows, -1)[:, :cols]
    return ((w >> np.uint64(9)).astype(real) + real(0.5)) * real(2.0 ** -23)


def normal(address, rows, cols, real):
    """Box and Muller 1958: of four words, 0 and 2 are radii, 1 and 3 angles."""
    u = uniform(address, rows, -(-cols // 4) * 4, real).reshape(rows, -1, 2)
    radius = np.sqrt(real(-2) * np.log(u[..., 0]))
    angle = real(2 * np.pi) * u[..., 1]
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)
    return pairs.reshape(rows, -1)[:, :cols].astype(real)


def permutation(seed, step, n, purpose=SHUFFLE, sub=0):
    """Fisher and Yates, from the end; draw i is floor(u * (i+1)) of a 64-bit fraction u."""
    w = words(seed, purpose, sub, step, 1, n)[0]
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = (int(w[i, 1]) << 32 | int(w[i, 0])) * (i + 1) >> 64
        order[i], order[j] = order[j], order[i]
    return order


def batch_indices(seed, draw, batch, n):
    places = range(draw * batch, draw * batch + batch)
    return [permutation(seed, at // n, n)[at % n] for at in places]
