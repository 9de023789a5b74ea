"""Layers that PyTorch does not have, built from its operations, and the forward pass in training: random
layers draw from gantrain's addresses, layers that mix the batch get real and fake rows separately.
"""

import torch
import torch.nn.functional as F

from philox import BOTH, GEN, LAYER, LAYERS_PER_TRACE, REFERENCE, normal, uniform, words


class PixelNorm(torch.nn.Module):
    """Karras et al. 2017, section 4.2, for flat samples: all values are channels of one pixel."""

    def __init__(self, epsilon):
        super().__init__()
        self.epsilon = epsilon

    def forward(self, x):
        return x / (x.pow(2).mean(1, keepdim=True) + self.epsilon).sqrt()


class Maxout(torch.nn.Linear):
    """Goodfellow et al. 2013: output u of piece k is row k*units + u."""

    def __init__(self, size, units, pieces):
        super().__init__(size, units * pieces)
        self.pieces = pieces

    def forward(self, x):
        return super().forward(x).view(len(x), self.pieces, -1).max(1).values


class MinibatchDiscrimination(torch.nn.Linear):
    """Salimans et al. 2016, section 3.2: row d*kernels + b is dimension d of kernel b."""

    def __init__(self, size, kernels, dims):
        super().__init__(size, kernels * dims, bias=False)
        self.dims = dims

    def forward(self, x):
        m = super().forward(x).view(len(x), self.dims, -1)
        near = torch.exp(-(m[:, None] - m[None]).abs().sum(2))  # [B, B, kernels]
        return torch.cat([x, near.sum(1) - 1], 1)


class MinibatchStddev(torch.nn.Module):
    """Karras et al. 2017, section 3, for flat samples; groups of at least `group` rows."""

    def __init__(self, group):
        super().__init__()
        self.group = group

    def forward(self, x):
        n, out = max(1, len(x) // self.group), []
        for k in range(n):
            rows = x[k * len(x) // n:(k + 1) * len(x) // n]
            s = (rows.var(0, unbiased=False) + 1e-8).sqrt().mean()
            out.append(torch.cat([rows, s.expand(len(rows), 1)], 1))
        return torch.cat(out)


class VirtualBatchNorm(torch.nn.Module):
    """Salimans et al. 2016, section 3.5; the last n rows are the reference batch."""

    def __init__(self, size, epsilon):
        super().__init__()
        self.epsilon, self.n = epsilon, None
        self.weight = torch.nn.Parameter(torch.ones(size))
        self.bias = torch.nn.Parameter(torch.zeros(size))

    def forward(self, x):
        own, reference = x[:-self.n], x[-self.n:]
        m, q = reference.mean(0), reference.pow(2).mean(0)
        mean = (self.n * m + own) / (self.n + 1)
        square = (self.n * q + own.pow(2)) / (self.n + 1)
        own = (own - mean) / (square - mean.pow(2) + self.epsilon).sqrt()
        reference = (reference - m) / (q - m.pow(2) + self.epsilon).sqrt()
        return torch.cat([own, reference]) * self.weight + self.bias


class ReadsClass(torch.nn.Module):
    """A layer whose forward pass gets the classes of the rows. `initial(draw)` sets its parameters, where
    draw(sub, scheme, rows, cols) gives gantrain's random weights."""


class Label(ReadsClass):
    """Mirza and Osindero 2014: a one-hot vector, or a row of a table, behind the values."""

    def __init__(self, classes, units):
        super().__init__()
        self.classes, self.units = classes, units
        if units:
            self.weight = torch.nn.Parameter(torch.zeros(classes, units))

    def initial(self, draw):
        if self.units:
            self.weight.data = draw(0, "normal", self.classes, self.units)

    def forward(self, x, y):
        return torch.cat([x, self.weight[y] if self.units else F.one_hot(y, self.classes).to(x.dtype)], 1)


class ClassScale(ReadsClass):
    """Dumoulin et al. 2017, equation 5, without its normalization."""

    def __init__(self, classes, size):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(classes, size))
        self.bias = torch.nn.Parameter(torch.zeros(classes, size))

    def initial(self, draw):
        pass

    def forward(self, x, y):
        return self.weight[y] * x + self.bias[y]


class Projection(ReadsClass):
    """Miyato and Koyama 2018, equation 3."""

    def __init__(self, classes, size):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1, size))
        self.embed = torch.nn.Parameter(torch.zeros(classes, size))
        self.bias = torch.nn.Parameter(torch.zeros(1))

    def initial(self, draw):
        self.weight.data = draw(0, "xavier", *self.weight.shape)
        self.embed.data = draw(1, "xavier", *self.embed.shape)

    def forward(self, x, y):
        return F.linear(x, self.weight, self.bias) + (self.embed[y] * x).sum(1, keepdim=True)


def reference_latents(net, config, real):
    """The latents of the reference batch, without rows if no layer of the generator needs them. Sets
    the number of rows in the layers that do."""
    n = config["train"]["batch_size"]
    wanting = [layer for layer in net if isinstance(layer, VirtualBatchNorm)]
    for layer in wanting:
        layer.n = n
    address = (config["seed"], REFERENCE, 0, 0)
    return torch.tensor(normal(address, n, config["generator"]["latent"], real)[:n if wanting else 0])


class Drawing(torch.nn.Module):
    """A layer that is active only in training; `draw` gets an address and transforms x."""

    def forward(self, x):
        assert not self.training, "in training the numbers come from an address: see training_pass"
        return x


class Dropout(Drawing):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def draw(self, x, address, real):
        kept = uniform(address, *x.shape, real) > real(self.rate)
        return x * torch.tensor(kept) / (1 - self.rate)


class GaussianNoise(Drawing):
    def __init__(self, std, until):
        super().__init__()
        self.std, self.until = std, until

    def draw(self, x, address, real):
        update = address[3]
        left = max(0, 1 - update / self.until) if self.until else 1
        return x + self.std * left * torch.tensor(normal(address, *x.shape, real))


class Translate(Drawing):
    """Zhao et al. 2020; `shape` of an image, with 2*pixels + 1 shifts in each direction."""

    def __init__(self, pixels, fill, shape):
        super().__init__()
        self.pixels, self.fill, self.shape = pixels, fill, shape

    def draw(self, x, address, real):
        p, w = self.pixels, words(*address, len(x), 1)[:, 0]
        height, width = self.shape[-2:]
        padded = F.pad(x.view(len(x), *self.shape), (p, p, p, p), value=self.fill)
        out = []
        for i, image in enumerate(padded):
            down, right = (int(w[i, k]) * (2 * p + 1) >> 32 for k in (0, 1))
            out.append(image[..., 2 * p - down:2 * p - down + height,
                             2 * p - right:2 * p - right + width])
        return torch.stack(out).reshape(len(x), -1)


MIXES_BATCH = torch.nn.BatchNorm1d, MinibatchDiscrimination, MinibatchStddev


def training_pass(net, trace, x, gan):
    """net(x) in training, for a GAN with its seed, count of updates, batch and number type.
    Running statistics move in two passes only: those that the discriminator's turn is made of. The
    reference batch follows the rows of the generator."""
    own = len(x)
    if trace == GEN:
        x = torch.cat([x, gan.reference])
    for i, layer in enumerate(net):
        if isinstance(layer, Drawing):
            x = layer.draw(x, (gan.seed, LAYER, trace * LAYERS_PER_TRACE + i, gan.updates), gan.real)
        elif isinstance(layer, MIXES_BATCH):
            momentum = getattr(layer, "momentum", None)
            layer.momentum = momentum if trace in (GEN, BOTH) else 0.0
            x = torch.cat([layer(rows) for rows in x.split(gan.batch)])
            layer.momentum = momentum
        elif isinstance(layer, ReadsClass):
            x = layer(x, gan.y.repeat(len(x) // len(gan.y)))
        else:
            x = layer(x)
    return x[:own]
