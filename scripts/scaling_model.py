"""What a step costs on n ranks: the alpha-beta model of messages over a measured cost of computing.

  step(n, B) = compute(ceil(B/n)) - (1 - 1/n) U + messages(n)
  compute(b) = c0 + c1 b      one rank on its own, by batches of b rows (c1: its rate of arithmetic)
  U                           the optimiser's part of it, which ranks share out
  messages(n): a gradient of m bytes is summed by shares: each rank sends each other one its part; what was moved is
      spread in the same way; figures go up and down a tree:
          (n-1) alpha + beta m (n-1)/n        for a sum of m bytes, and for a spread
          log2(n) small                       for a small message
      alpha seconds a message, beta seconds a byte (Hockney 1994), alpha counted as if no message overlapped another

Strong scaling leaves the batch as it is, so a rank computes B/n rows; weak scaling gives every rank B rows.
"""

import dataclasses
import math

GIGABIT = 1e9 / 8


@dataclasses.dataclass
class Net:
    """What one config costs, on one rank of this machine's processors."""
    name: str
    batch: int
    c0: float  # s of a step, whatever the batch
    c1: float  # s of a row
    optimizer: float  # s
    messages: float  # that begin a sum or a spread in a step
    bytes: float  # that are summed and spread in a step
    small: float  # messages in a step


@dataclasses.dataclass
class Link:
    alpha: float  # s a message
    beta: float  # s a byte
    small: float  # s of a sum of one number between two ranks


def fit_line(points):
    """Least relative squares of y = a + b x over (x, y); a is never less than 0."""
    w = [1 / y**2 for _, y in points]
    sw, sx = sum(w), sum(k * x for k, (x, _) in zip(w, points))
    sy = sum(k * y for k, (_, y) in zip(w, points))
    sxx = sum(k * x * x for k, (x, _) in zip(w, points))
    sxy = sum(k * x * y for k, (x, y) in zip(w, points))
    b = (sw * sxy - sx * sy) / (sw * sxx - sx * sx)
    a = (sy - b * sx) / sw
    return (a, b) if a > 0 else (0.0, sxy / sxx)


def fit_link(bench):
    """From what `gantrain bench` timed on n ranks."""
    n, link = bench["ranks"], bench["link"]
    points = [(size * (n - 1) / n, seconds) for kind in ("sums", "spreads") for size, seconds in link[kind]]
    a, beta = fit_line(points)
    return Link(a / (n - 1), beta, link["small"] / math.ceil(math.log2(n)))


def fit_net(name, batch, alone, ranks):
    """alone: {rows: bench of one rank and one thread}; ranks: a bench of two, for its messages."""
    c0, c1 = fit_line([(rows, 1 / b["steps_per_s"]) for rows, b in alone.items()])
    t = ranks["traffic"]
    return Net(name, batch, c0, c1, alone[batch]["phases"]["optimizer"], t["sums"] + t["spreads"],
               t["sum_bytes"] + t["spread_bytes"], t["small"])


def messages(net, link, n):
    if n == 1:
        return 0.0
    return (net.messages * (n - 1) * link.alpha + net.bytes * link.beta * (n - 1) / n +
            net.small * math.ceil(math.log2(n)) * link.small)


def compute(net, rows, n):
    return max(0.0, net.c0 + net.c1 * rows - (1 - 1 / n) * net.optimizer)


def step(net, link, n, batch, processors=None):
    """Seconds; more ranks on one machine than it has processors take turns, at messages, too: these are copies."""
    turns = max(1.0, n / processors) if processors else 1.0
    return turns * (compute(net, math.ceil(batch / n), n) + messages(net, link, n))


def strong(net, link, n):
    """Efficiency of n ranks that share out the batch."""
    return step(net, link, 1, net.batch) / (n * step(net, link, n, net.batch))


def weak(net, link, n):
    """Efficiency of n ranks with a batch each."""
    return step(net, link, 1, net.batch) / step(net, link, n, n * net.batch)


MOST = 4096


def reach(efficiency, net, link, goal):
    """The most ranks up to which the goal is met by all numbers of them."""
    n = 1
    while n < MOST and efficiency(net, link, n + 1) >= goal and net.batch >= (n + 1 if efficiency is strong else 1):
        n += 1
    return n


def batch_for(net, link, n, goal):
    """The least batch (in twofold steps) with which n ranks meet the goal, or None."""
    for k in range(16):
        larger = dataclasses.replace(net, batch=net.batch << k)
        if larger.batch >= n and strong(larger, link, n) >= goal:
            return larger.batch
    return None


def width_for(net, link, n, goal):
    """How many times as wide (weights, bytes and arithmetic by its square) meets the goal, or None: wider nets have
    more to compute and as much more to tell, so width helps against latency alone."""
    for k in range(7):
        f = 4.0**k
        wider = dataclasses.replace(net, c1=net.c1 * f, optimizer=net.optimizer * f, c0=net.c0 * f, bytes=net.bytes * f)
        if strong(wider, link, n) >= goal:
            return 2**k
    return None


def ethernet(gigabits, tcp):
    """A link of so much: the latency of this machine's TCP, its bandwidth or the link's, whichever is less."""
    return Link(tcp.alpha, max(tcp.beta, 1 / (gigabits * GIGABIT)), tcp.small)
