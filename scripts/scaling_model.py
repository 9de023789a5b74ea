"""The time of a step on n ranks: measured compute time and an alpha-beta model of communication.

  step(n, B) = compute(ceil(B/n)) - (1 - 1/n) optimizer + exchange(n)
  compute(b) = c0 + c1 b      a single rank with a batch of b rows
  optimizer                   its part of compute, divided by n ranks
  exchange(n): a reduce-scatter of gradients (m bytes), an all-gather of new weights (m bytes), and small all-reduces
      in a tree:
          (n-1) alpha + beta m (n-1)/n        for each reduction and each gather
          log2(n) small                       for each small all-reduce
      alpha: seconds per message, beta: seconds per byte (Hockney 1994); alpha assumes that messages do not overlap

Strong scaling keeps the batch: a rank computes B/n rows. Weak scaling gives every rank B rows.
"""

import dataclasses
import math

GIGABIT = 1e9 / 8
#: ranks for which efficiencies are computed
MAX_RANKS = 4096


@dataclasses.dataclass
class Net:
    """Cost of a step of one config on one rank of this machine, and its communication."""
    name: str
    batch: int
    c0: float  # s per step, independent of the batch
    c1: float  # s per row
    optimizer: float  # s
    messages: float  # reductions and gathers per step
    bytes: float  # their results per step
    small: float  # small all-reduces per step


@dataclasses.dataclass
class Link:
    alpha: float  # s per message
    beta: float  # s per byte
    small: float  # s of an all-reduce of one number between two ranks


def fit_line(points):
    """(a, b) of y = a + b x by least relative squares over points (x, y); a >= 0."""
    w = [1 / y**2 for _, y in points]
    sw, sx = sum(w), sum(k * x for k, (x, _) in zip(w, points))
    sy = sum(k * y for k, (_, y) in zip(w, points))
    sxx = sum(k * x * x for k, (x, _) in zip(w, points))
    sxy = sum(k * x * y for k, (x, y) in zip(w, points))
    b = (sw * sxy - sx * sy) / (sw * sxx - sx * sx)
    a = (sy - b * sx) / sw
    return (a, b) if a > 0 else (0.0, sxy / sxx)


def fit_link(bench):
    """From the collectives that `gantrain bench` timed on n ranks."""
    n, link = bench["ranks"], bench["link"]
    points = [(size * (n - 1) / n, seconds) for kind in ("sums", "spreads") for size, seconds in link[kind]]
    a, beta = fit_line(points)
    return Link(a / (n - 1), beta, link["small"] / math.ceil(math.log2(n)))


def fit_net(name, batch, alone, ranks):
    """alone: {batch size: bench output of one rank}; ranks: bench output of several ranks."""
    c0, c1 = fit_line([(rows, 1 / b["steps_per_s"]) for rows, b in alone.items()])
    t = ranks["traffic"]
    return Net(name, batch, c0, c1, alone[batch]["phases"]["optimizer"], t["sums"] + t["spreads"],
               t["sum_bytes"] + t["spread_bytes"], t["small"])


def exchange(net, link, n):
    if n == 1:
        return 0.0
    return (net.messages * (n - 1) * link.alpha + net.bytes * link.beta * (n - 1) / n +
            net.small * math.ceil(math.log2(n)) * link.small)


def compute(net, rows, n):
    return max(0.0, net.c0 + net.c1 * rows - (1 - 1 / n) * net.optimizer)


def step(net, link, n, batch, processors=None):
    """Seconds. If ranks outnumber processors they share them, also during communication, which copies memory."""
    turns = max(1.0, n / processors) if processors else 1.0
    return turns * (compute(net, math.ceil(batch / n), n) + exchange(net, link, n))


def strong(net, link, n):
    """Efficiency of n ranks that split the batch."""
    return step(net, link, 1, net.batch) / (n * step(net, link, n, net.batch))


def weak(net, link, n):
    """Efficiency of n ranks with a batch each."""
    return step(net, link, 1, net.batch) / step(net, link, n, n * net.batch)


def max_ranks(efficiency, net, link, goal):
    """The largest n such that 1 to n ranks all reach the goal."""
    n = 1
    while n < MAX_RANKS and efficiency(net, link, n + 1) >= goal and net.batch >= (n + 1 if efficiency is strong else 1):
        n += 1
    return n


def batch_for(net, link, n, goal):
    """The smallest batch (a power-of-two multiple of the config's) with which n ranks reach the goal, or None."""
    for k in range(16):
        larger = dataclasses.replace(net, batch=net.batch << k)
        if larger.batch >= n and strong(larger, link, n) >= goal:
            return larger.batch
    return None


def ethernet(gigabits, tcp):
    """A network of this bandwidth with the latency of this machine's TCP."""
    return Link(tcp.alpha, max(tcp.beta, 1 / (gigabits * GIGABIT)), tcp.small)
