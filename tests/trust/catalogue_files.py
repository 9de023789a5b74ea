"""Builds the files of a case of the catalogue.

A file is a text, or a table whose `make` names one of the builders below; its other keys are the
builder's parameters. `of` is an existing file of the working directory to start from.
"""

import base64
import bz2
import gzip
import io
import json
import lzma
import os
import re
import struct
import zipfile

#: the first bytes of zstd and zip archives, by which they are recognised
ZSTD = b"\x28\xb5\x2f\xfd\x24\x00\x01\x00\x00"
ZIP = b"PK\x03\x04\x14\x00\x00\x00\x08\x00"


def number(x):
    """A number, or an expression as text, such as "2**31" or a value of `{v}`."""
    return eval(x, {"__builtins__": {}}) if isinstance(x, str) else x  # rows are trusted


def hex_bytes(workdir, hex):
    return bytes.fromhex(hex)


def base64_bytes(workdir, base64_text):
    return base64.b64decode(base64_text)


def encoded(workdir, text, encoding):
    return text.encode(encoding)


def repeated(workdir, text, times, head="", tail=""):
    return (head + text * number(times) + tail).encode()


def numbered(workdir, item, times, head="", tail=""):
    """`item` repeated, with # replaced by 0, 1, 2..."""
    return (head + ",".join(item.replace("#", str(i)) for i in range(number(times))) + tail).encode()


def config(workdir, set={}, of="toy.json"):
    """A config with changed values: JSON text by key path; "" removes a key."""
    tree, values = json.loads((workdir / of).read_text()), {}
    for path, text in set.items():
        *steps, last = [int(s) if s.isdigit() else s for s in re.findall(r"[^.\[\]]+", path)]
        at = tree
        for step in steps:
            at = at.setdefault(step, {}) if isinstance(at, dict) else at[step]
        if text == "":
            at.pop(last, None)
            continue
        at[last] = f"<{len(values)}>"
        values[f'"<{len(values)}>"'] = text
    out = json.dumps(tree, indent=2)
    for mark, text in values.items():
        out = out.replace(mark, text)
    return out.encode("utf-8", "surrogateescape")


def cut(workdir, of, at):
    """The first `at` bytes; negative: without the last -at bytes."""
    return (workdir / of).read_bytes()[: number(at)]


def append(workdir, of, hex="", text="", file=""):
    more = (workdir / file).read_bytes() if file else bytes.fromhex(hex) + text.encode()
    return (workdir / of).read_bytes() + more


def patch(workdir, of, at, hex):
    """Overwrites bytes from `at` on; negative: counted from the end."""
    data, new, at = bytearray((workdir / of).read_bytes()), bytes.fromhex(hex), number(at)
    at %= len(data)
    data[at : at + len(new)] = new
    return bytes(data)


def flip(workdir, of, at, bit=0):
    data = bytearray((workdir / of).read_bytes())
    data[number(at) % len(data)] ^= 1 << bit
    return bytes(data)


def copy(workdir, of):
    return (workdir / of).read_bytes()


def zeros(workdir, size):
    return bytes(number(size))


def idx(workdir, extents, fill=0, size=None, type=8, rank=None, little=False, vary=False):
    """An IDX file: a header with `extents`, then `size` bytes (default: their product)."""
    extents = [number(x) for x in extents]
    rank, type = len(extents) if rank is None else rank, number(type)
    order = "<" if little else ">"
    head = bytes([rank, type, 0, 0] if little else [0, 0, type, rank])
    head += struct.pack(f"{order}{len(extents)}I", *extents)
    if size is None:
        size = 1
        for x in extents:
            size *= x
    size = number(size)
    return head + (bytes(i * 7 % 251 for i in range(size)) if vary else bytes([fill]) * size)


def npy(workdir, shape, descr="<f4", order="False", size=0, hex="", head=None, version=1):
    """A .npy file: `size` bytes of small positive floats, or `hex` over and over; head: its dict."""
    text = (head or f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}") + "\n"
    data = (bytes.fromhex(hex) if hex else b"\0\0\0\x3f\0\0\x80\x3e") * (number(size) // 4 + 1)
    length = struct.pack("<H" if number(version) == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([number(version), 0]) + length + text.encode() + data[: number(size)]


def npz(workdir, cut=None, **how):
    """An .npz archive with the array of npy() as x; the first `cut` bytes of it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("x.npy", npy(workdir, **how))
    return out.getvalue()[: None if cut is None else number(cut)]


def gz(workdir, of=None, zeros=0, cut=0, parts=1, times=1):
    """gzip of a file, or of zeros; cut: number of bytes removed at the end; parts: number of members;
    times: how often it is compressed."""
    data = (workdir / of).read_bytes() if of else bytes(number(zeros))
    step = -(-len(data) // parts)
    packed = b"".join(gzip.compress(data[i : i + step], mtime=0) for i in range(0, len(data), step))
    for _ in range(times - 1):
        packed = gzip.compress(packed, mtime=0)
    return packed[: len(packed) - cut] if cut else packed


def packed(workdir, of, by):
    data = (workdir / of).read_bytes()
    return {"xz": lzma.compress, "bz2": bz2.compress}[by](data) if by in ("xz", "bz2") else {
        "zstd": ZSTD, "zip": ZIP, "tar": b"images".ljust(257, b"\0") + b"ustar\x0000" + bytes(250)}[by] + data


def tensors(workdir, header, size=0, length=None, hex=""):
    """A safetensors file with any header, header length and number of data bytes."""
    text = header.encode("utf-8", "surrogateescape") if isinstance(header, str) else header
    n = len(text) if length is None else number(length)
    return struct.pack("<Q", n) + text + (bytes.fromhex(hex) or bytes(number(size)))


def many_tensors(workdir, n):
    """n tensors of one byte."""
    n = number(n)
    rows = (f'"t{i}":{{"dtype":"U8","shape":[1],"data_offsets":[{i},{i + 1}]}}' for i in range(n))
    return tensors(workdir, "{" + ",".join(rows) + "}", n)


def altered(workdir, of, old, new, every=False):
    """A checkpoint with a changed text in its header and without checksums, as another program would
    write it."""
    data = (workdir / of).read_bytes()
    n = struct.unpack("<Q", data[:8])[0]
    header = data[8 : 8 + n].decode()
    if not re.search(old, header):
        raise ValueError(f"{old} is not in {header[:300]}")
    header = re.sub(old, lambda m: m.expand(new), header, count=0 if every else 1)
    header = re.sub(r'"(header_|tensor_)?crc32":"[^"]*",?', "", header).replace(",}", "}")
    return struct.pack("<Q", len(header.encode())) + header.encode() + data[8 + n :]


def value_in(workdir, of, tensor, hex):
    """A checkpoint with changed first bytes of one tensor, and without checksums."""
    data = altered(workdir, of, "{", "{")
    n = struct.unpack("<Q", data[:8])[0]
    rows = json.loads(data[8 : 8 + n])
    at = 8 + n + next(v["data_offsets"][0] for k, v in rows.items() if re.fullmatch(tensor, k))
    new = bytes.fromhex(hex)
    return data[:at] + new + data[at + len(new) :]


BUILDERS = {
    "hex": hex_bytes,
    "base64": base64_bytes,
    "text": encoded,
    "repeat": repeated,
    "numbered": numbered,
    "config": config,
    "cut": cut,
    "append": append,
    "patch": patch,
    "flip": flip,
    "copy": copy,
    "zeros": zeros,
    "idx": idx,
    "gz": gz,
    "npy": npy,
    "npz": npz,
    "packed": packed,
    "tensors": tensors,
    "many_tensors": many_tensors,
    "altered": altered,
    "value_in": value_in,
}


def write(workdir, name, spec):
    """Writes one file of a case."""
    path = workdir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(spec, str):
        data = spec.encode("utf-8", "surrogateescape")
    else:
        spec = dict(spec)
        make = spec.pop("make")
        if make in ("folder", "link", "fifo", "none") and os.path.lexists(path):
            path.unlink()
        if make == "none":
            return
        if make == "folder":
            path.mkdir()
            return
        if make == "link":
            path.symlink_to(spec["to"])
            return
        if make == "fifo":
            os.mkfifo(path)
            return
        data = BUILDERS[make](workdir, **spec)
    path.write_bytes(data)
