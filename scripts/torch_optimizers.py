"""The fixture of the optimizers: torch.optim with given gradients (see make_fixtures.py)."""

import json
import os

import torch
from torch_nets import write_tensors

PARAMETERS, UPDATES, SHOWN = 64, 20, (1, 20)


def adam(name, *values, **more):
    """lr, beta1, beta2, epsilon as options of gantrain and as arguments of PyTorch."""
    lr, beta1, beta2, eps = values
    ours = dict(zip(("lr", "beta1", "beta2", "epsilon"), values), kind=name)
    return ours, dict(lr=lr, betas=(beta1, beta2), eps=eps, **more)


def with_l2(pair, l2):
    """PyTorch's weight_decay is gantrain's l2, except for AdamW."""
    ours, theirs = pair
    return {**ours, "l2": l2}, {**theirs, "weight_decay": l2}


def simple(name, lr, ours=(), **both):
    """Options with the same names as in PyTorch, and `ours` with other names."""
    renamed = dict(ours)
    theirs = {renamed.get(k, k): v for k, v in both.items()}
    return {"kind": name, "lr": lr, **both}, dict(lr=lr, **theirs)


EPS = (("epsilon", "eps"),)
GAN_ADAM = (2e-4, 0.5, 0.999, 1e-8)
OPTIMIZERS = {  # name: PyTorch's class, (our options, its arguments)
    "adam": ("Adam", adam("adam", *GAN_ADAM)),
    "adam_paper": ("Adam", adam("adam", 1e-3, 0.9, 0.999, 1e-8)),
    "adam_coarse": ("Adam", adam("adam", 1e-2, 0.5, 0.9, 1e-3)),
    "adam_memoryless": ("Adam", adam("adam", 1e-2, 0, 0.99, 1e-8)),
    "adam_l2": ("Adam", with_l2(adam("adam", *GAN_ADAM), 0.1)),
    "adamw": ("AdamW", adam("adamw", 1e-2, 0.5, 0.999, 1e-8)),  # both decay by 0.01 by default
    "adamw_decay": ("AdamW", tuple(dict(o, **{key: 0.5}) for o, key in zip(
        adam("adamw", 1e-2, 0.9, 0.99, 1e-8), ("decay", "weight_decay")))),
    "amsgrad": ("Adam", adam("amsgrad", 1e-3, 0.5, 0.9, 1e-8, amsgrad=True)),
    "amsgrad_l2": ("Adam", with_l2(adam("amsgrad", 1e-3, 0.9, 0.9, 1e-6, amsgrad=True), 0.1)),
    "rmsprop": ("RMSprop", simple("rmsprop", 5e-5, EPS, alpha=0.99, epsilon=1e-8)),
    "rmsprop_momentum": ("RMSprop", with_l2(simple("rmsprop", 1e-3, EPS, alpha=0.9, epsilon=1e-6,
                                                   momentum=0.5), 0.1)),
    "sgd": ("SGD", simple("sgd", 0.01)),
    "sgd_l2": ("SGD", with_l2(simple("sgd", 0.1), 0.5)),
    "sgd_momentum": ("SGD", simple("sgd", 0.01, momentum=0.9)),
    "sgd_nesterov": ("SGD", with_l2(simple("sgd", 0.1, momentum=0.7, nesterov=True), 0.1)),
    "adagrad": ("Adagrad", simple("adagrad", 0.01, EPS, epsilon=1e-10)),
    "adagrad_l2": ("Adagrad", with_l2(simple("adagrad", 0.1, EPS, epsilon=1e-6), 0.1)),
}


def optimizer_run(start, gradients, kind, arguments, dtype):
    p = torch.nn.Parameter(torch.tensor(start, dtype=dtype))
    optimizer, out = getattr(torch.optim, kind)([p], **arguments), {}
    for t, g in enumerate(gradients, 1):
        p.grad = torch.tensor(g, dtype=dtype)
        optimizer.step()
        if t in SHOWN:
            out["theta_%d" % t] = p.detach().numpy().copy()
            for slot, value in optimizer.state[p].items():
                if slot != "step" and value is not None:
                    out["%s_%d" % (slot, t)] = value.numpy().copy()
    return out


def make_optimizers(folder):
    """Gradients from far below epsilon to far above 1; one of them is always zero."""
    torch.manual_seed(7)
    size = 10 ** torch.linspace(-11, 3, PARAMETERS)
    gradients = (torch.randn(UPDATES, PARAMETERS) * size).numpy()
    gradients[:, 5] = 0
    start = (torch.randn(PARAMETERS) * 1e-3).numpy()
    arrays, configs = {"start": start, "gradients": gradients}, {}
    for name, (kind, (ours, theirs)) in OPTIMIZERS.items():
        for dtype, label in ((torch.float32, "float"), (torch.float64, "double")):
            for key, values in optimizer_run(start, gradients, kind, theirs, dtype).items():
                arrays["%s.%s.%s" % (name, label, key)] = values
        configs[name] = json.dumps({"optimizer": {"generator": ours}})
    write_tensors(os.path.join(folder, "optim.safetensors"), arrays, configs)
