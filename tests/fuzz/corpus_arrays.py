"""Seeds of arrays: IDX, NPY, NPZ, CIFAR, plain and gzip."""

import gzip
import io
import struct
import zipfile


def idx(extents, data=None, kind=8):
    size = 1
    for n in extents:
        size *= n
    body = (bytes(range(256)) * (size // 256 + 1))[:size] if data is None else data
    return struct.pack(f">HBB{len(extents)}I", 0, kind, len(extents), *extents) + body


def idx_files():
    yield "images", idx((3, 4, 4))
    yield "colour", idx((2, 3, 2, 2))
    yield "labels", idx((5,))
    yield "huge", struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1)
    yield "long", idx((1, 2, 2)) + b"x"
    yield "floats", idx((1, 2, 2), struct.pack(">4f", 0, 0.5, 1, 0.25), kind=13)
    yield "doubles", idx((1, 1, 3), struct.pack(">3d", -1, 0, 1e300), kind=14)
    yield "short", idx((2, 1, 2), struct.pack(">4h", 0, 255, 7, -1), kind=11)
    yield "alpha", idx((2, 2, 2, 4))
    yield "swapped", b"\0\0\x08\3" + struct.pack("<3I", 3, 4, 4) + bytes(48)
    yield "integers", idx((5,), struct.pack(">5i", *range(5)), kind=12)
    yield "little", b"\3\x08\0\0" + bytes(12)
    yield "html", b"<!DOCTYPE html><title>404</title>"


def packed_files():
    images, labels = idx((3, 4, 4)), idx((5,))
    whole = gzip.compress(images, mtime=0)
    yield "plain", b"\0" + whole
    yield "labels", b"\2" + gzip.compress(labels, mtime=0)
    yield "members", b"\0" + gzip.compress(images[:9], mtime=0) + gzip.compress(images[9:], mtime=0)
    yield "cut", b"\0" + whole[:-3]
    yield "garbage", b"\0" + whole + b"xx"
    yield "named", b"\0" + whole[:3] + b"\x08" + whole[4:10] + b"name\0" + whole[10:]
    yield "content", b"\1" + images
    yield "content-labels", b"\3" + labels
    yield "bomb", b"\0" + gzip.compress(idx((1, 200, 200), bytes(40000)), mtime=0)


def npy(text, data, version=1):
    text = text.encode() + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def npy_files():
    def dict_of(kind, shape, order="False"):
        return f"{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}"

    yield "matrix", npy(dict_of("<f4", "(2, 3)"), bytes(24))
    yield "order", npy("{'shape':(1,1),'fortran_order':True,'descr':'<f8'}", bytes(8))
    yield "vector", npy(dict_of("<f4", "(5,)"), bytes(20))
    yield "huge", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 1)}", b"")
    yield "images", npy(dict_of("|u1", "(2, 4, 4)"), bytes(range(32)))
    yield "pixels", npy(dict_of(">i2", "(1, 2, 2, 4)", "True"), struct.pack(">16h", *range(16)), 2)
    yield "halves", npy(dict_of("<f2", "(3, 2, 2)"), struct.pack("<12e", *(x / 12 for x in range(12))), 3)
    yield "points", npy(dict_of("<i8", "(4, 2)", "True"), struct.pack("<8q", *range(8)))
    yield "bool", npy(dict_of("|b1", "(2, 1, 2, 3)"), bytes([0, 1] * 6))
    yield "records", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", bytes(4))
    yield "packed", gzip.compress(npy(dict_of("<f4", "(2, 3)"), bytes(24)), mtime=0)
    yield "product", npy(dict_of("<f8", "(4294967296, 4294967296, 2)"), bytes(8))


def npz_files():
    def npz(members, how=zipfile.ZIP_STORED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", how) as z:
            for name, data in members.items():
                z.writestr(zipfile.ZipInfo(name), data, how)
        return out.getvalue()

    files = dict(npy_files())
    keras = {f"{x}_{part}.npy": files[kind] for part in ("train", "test") for x, kind in (("x", "images"), ("y", "points"))}
    whole = npz(keras)
    yield "keras", whole
    yield "deflated", npz(keras, zipfile.ZIP_DEFLATED)
    yield "only", npz({"a.npy": files["matrix"]})
    yield "two", npz({"a.npy": files["matrix"], "b.npy": files["records"], "c.txt": b"text"}, zipfile.ZIP_DEFLATED)
    yield "cut", whole[:-30]
    yield "crc", whole.replace(bytes(range(32)), bytes(range(1, 33)))


def cifar_files():
    record = bytes([3]) + bytes(i % 251 for i in range(3072))
    yield "records", record * 2
    yield "short", record[:-1]
    yield "label", b"\xff" + record[1:]
    yield "names", b"\n".join(b"name%d" % i for i in range(10))
    yield "packed", gzip.compress(record, mtime=0)
