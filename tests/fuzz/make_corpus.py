#!/usr/bin/env python3
"""Write the seed corpus and the dictionary of every fuzz target.

    make_corpus.py [FOLDER]      default: the folder of this script; inputs named bug-* are kept

corpus/TARGET/ has our configs and small generated files, TARGET.dict the names in the tables of the program
(GANTRAIN, default build/gantrain). Seeds are few and small: libFuzzer finds the rest.
"""

import gzip
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import zlib

from corpus_arrays import cifar_files, idx_files, npy_files, npz_files, packed_files
from corpus_pictures import archives, pictures

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GANTRAIN = os.environ.get("GANTRAIN", str(ROOT / "build" / "gantrain"))
CONFIGS = ("tiny", "article", "ring_fast", "grid_packed", "fashion", "wgan_gp", "dragan", "feature_matching")


def small(value):
    return json.dumps(value, separators=(",", ":")).encode()


def config(name):
    return json.loads((ROOT / "configs" / f"{name}.json").read_text())


def texts():
    """JSON with every construct, and invalid texts."""
    yield "all", b'{"a":[1,-0.5e-3,true,false,null,"\\u00e9\\ud83d\\ude00\\n\\"",{}],"b":{"c":[]}}'
    yield "lines", b'{\n  "a" : 1 ,\n\t"b": [ 1e308, 12345678901234567890 ]\r\n}\n'
    yield "utf8", '"é€😀"'.encode()
    for i, text in enumerate(
        (b'{"a":1,"a":2}', b"[01]", b"[1e999]", b'"\\ud800"', b"\xef\xbb\xbf{}", b"[" * 40, b'"\xc0\x80"', b"{} x", b"")
    ):
        yield f"bad-{i}", text


def configs():
    for name in CONFIGS:
        yield name, small(config(name))
    layers = {"layers": [{"kind": "dense", "units": 8, "weight": "spectral_norm"}, "virtual_batch_norm", "tanh"]}
    yield "layers", small({"generator": layers, "train": {"steps": 5, "batch_size": 8}, "objective": "hinge"})
    yield "wrong", b'{"train":{"epochs":"10","batch_size":0},"generator":{"latent":-1},"nope":1}'


def settings():
    for i, text in enumerate(
        (
            "train.epochs=5",
            "generator.layers[1].kind=dense",
            "generator.layers[0].activation=leaky_relu",
            "data.kind=ring",
            "penalty=none",
            "optimizer.generator.lr=1e-4",
            "train.steps=abc",
            "nope.key=1",
            "generator.layers[99].units=4",
            "evaluate.classifier=true",
        )
    ):
        yield str(i), text.encode()


def tables():
    """The first byte: separator (3 bits), header (2), the second column as label, the test part, standardised."""
    yield "plain", b"\0a,b\n1,2\n3,4\n5,6\n"
    yield "quotes", b'\0"a ""b""","c\n,d"\r\n"1",-2.5e3\r\n .5 , "7" \r\n\r\n'
    yield "points", b"\x80\xef\xbb\xbf1;2;\n3;4;\n5;6\n1e22;1e-22;\n"
    yield "label", b"\xa0x,kind,y\n1,red,2\n3,\"blue\",4\n5,red,6\n7,red,8\n"
    yield "spaces", b"\x04  1  2\t3\n 4 5 6 \n"
    yield "tabs", b"\x0ba\tb\n1\t2\n3\t4\n"
    yield "packed", b"\x40" + gzip.compress(b"a|b\n1|2\n3|4\n", mtime=0)
    yield "missing", b"\0a,b\n1,NA\n"
    yield "comma", b"\0a;b\n1,5;2\n"
    yield "ragged", b"\0a,b\n1,2,3\n"
    yield "open", b'\0a,b\n1,"2\n'
    yield "wide", b"\x10" + b",".join(b"%d" % i for i in range(200)) + b"\n"


def tensors(header, data):
    """Form 1: the target prepends the length."""
    return b"\1" + small(header) + b"\0" + data


def entry(kind, shape, begin, end):
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


def signed(header, data):
    """With both checksums, as gantrain writes them; that of the header counts its own digits as zeros."""
    header["__metadata__"] = {"crc32": f"{zlib.crc32(data):08x}", "header_crc32": "00000000"}
    text = small(header)
    whole = struct.pack("<Q", len(text)) + text
    return b"\0" + whole.replace(b"32\":\"00000000", b"32\":\"%08x" % zlib.crc32(whole)) + data


def tensor_files():
    two = {"__metadata__": {"format": "pt"}, "a": entry("F32", [2], 0, 8), "b": entry("U8", [3], 8, 11)}
    yield "two", tensors(two, bytes(11))
    text = small(two)
    yield "as-it-is", b"\0" + struct.pack("<Q", len(text)) + text + bytes(11)
    crc = {"__metadata__": {"crc32": f"{zlib.crc32(bytes(8)):08x}"}, "a": entry("F64", [], 0, 8)}
    yield "one-checksum", tensors(crc, bytes(8))
    yield "checksums", signed({"a": entry("F64", [], 0, 8)}, b"12345678")
    yield "wraps", tensors({"a": entry("U8", [4194305, 4194305, 211106198978564], 0, 4)}, bytes(4))
    yield "gap", tensors({"a": entry("I64", [1], 1, 9)}, bytes(9))
    yield "none", tensors({}, b"")
    yield "long", b"\0" + b"\xff" * 7 + b"\x7f{}"


def checkpoint(name, text, shape, names, **more):
    """A checkpoint with only the first tensors of such nets; loading it reports the missing ones."""
    facts = {
        "gantrain.format": "1", "gantrain.step": "5", "gantrain.updates": "5", "gantrain.recoveries": "0",
        "gantrain.recovered_at": "0", "gantrain.config": text, "gantrain.shape": shape,
        "gantrain.best": "fcd", "gantrain.best_value": "1.5", "gantrain.best_step": "3", "gantrain.best_since": "0",
    }  # fmt: skip
    facts |= {"gantrain." + key: value for key, value in more.items()}
    header, at = {"__metadata__": facts}, 0
    for tensor, sides in names:
        size = 4
        for n in sides:
            size *= n
        header[tensor] = entry("F32", sides, at, at + size)
        at += size
    return name, tensors(header, bytes(at))


def checkpoint_files():
    nets = {
        "data": "ring",
        "generator": {"latent": 1, "layers": [{"kind": "dense"}]},
        "discriminator": {"layers": [{"kind": "dense", "units": 1}]},
        "optimizer": {"generator": "sgd", "discriminator": "sgd"},
        "train": {"steps": 9, "batch_size": 4},
    }
    names = [
        ("generator.0.weight", [2, 1]),
        ("generator.0.bias", [2]),
        ("discriminator.0.weight", [1, 2]),
        ("discriminator.0.bias", [1]),
    ]
    text = small(nets).decode()
    yield checkpoint("whole", text, "2x1x1", names)
    yield checkpoint("no-tensors", text, "2x1x1", [])
    columns = [{"name": "a", "scale": 0.5, "offset": -3}, {"name": "b", "scale": 2, "offset": 1e9}]
    yield checkpoint("units", text, "2x1x1", names, units=small({"columns": columns}).decode())
    yield checkpoint("images", small({"train": {"steps": 1}}).decode(), "1x3x3", names[:1])
    yield checkpoint("bad-config", "{", "1x3x3", [])
    yield from tensor_files()


def weights(name, names, kind="F32", metadata=None):
    header, at = {"__metadata__": metadata} if metadata else {}, 0
    for tensor, sides in names:
        size = 4 if kind == "F32" else 8
        for n in sides:
            size *= n
        header[tensor] = entry(kind, sides, at, at + size)
        at += size
    return name, tensors(header, bytes(at))


def weight_files():
    nets = [("generator.0.weight", [2, 1]), ("generator.0.bias", [2])]
    nets += [("generator.1.weight", [2]), ("generator.1.bias", [2])]
    nets += [("discriminator.0.weight_orig", [1, 2]), ("discriminator.0.bias", [1])]
    buffers = [("generator.1.running_mean", [2]), ("generator.1.running_var", [2])]
    yield weights("pytorch", nets)
    yield weights("wide", nets + buffers, "F64", {"format": "pt"})
    yield weights("average", nets + [(n.replace("generator", "generator_ema"), s) for n, s in nets[:4]])
    yield weights("surplus", [*nets, ("generator.9.weight", [1])])
    yield weights("other-shape", [("generator.0.weight", [1, 2]), *nets[1:]])
    yield weights("one-net", nets[:4])
    yield from checkpoint_files()


def made_tensors():
    yield "some", bytes(range(1, 120))
    yield "equal", b"\2\2" + b"\1A\0\1\2\0\1" * 12


def metric_files():
    row = b'{"step": %d, "epoch": 1, "d_loss": 0.5, "g_loss": null, "seconds": 1.5}\n'
    whole = b"".join(row % n for n in (1, 2, 3))
    yield "whole", whole
    yield "torn", whole + b'{"step": 4, "ep'
    yield "strange", whole + b"[1]\n"
    yield "new-column", whole + b'{"step": 9, "fcd": 2}\n'
    yield "empty", b""


def confusion_files():
    row = b'{"step": %d, "epoch": 1, "count": [[3,1], [0,4]]}\n'
    yield "whole", row % 1 + row % 2
    yield "names", b'{"step": 1, "epoch": 1, "names": ["a", "<b>"], "count": [[3,1], [0,4]]}\n'
    yield "torn", row % 1 + b'{"step": 2, "count": [[3,'
    yield "ragged", b'{"step": 1, "count": [[3,1], [0]]}\n'
    yield "texts", b'{"step": 1, "count": [["3"]]}\n'
    yield "many", b'{"step": 1, "count": [%s]}\n' % b",".join([b"[%s]" % b",".join([b"1"] * 41)] * 41)
    yield "empty", b""


def command_lines():
    for i, words in enumerate(
        (
            (0, "--config", "c.json", "--epochs", "5", "--set", "a.b=1"),
            (0, "--config=c.json", "--steps=3", "--resume", "--overwrite"),
            (1, "--checkpoint", "c", "--out", "a.png", "--grid", "3x4", "--classes", "1,5,9-12"),
            (2, "--checkpoint", "c", "--data", "d", "--json", "--count", "10"),
            (3, "--checkpoint", "x", "--help"),
            (4, "runs/a", "runs/b"),
            (5, "--config", "s.json", "--vary", "objective=hinge,wasserstein", "--seeds", "1-3"),
            (6, "--config", "c.json", "--threads", "2"),
            (7, "metrics", "--json", "--", "-x"),
        )
    ):
        yield str(i), bytes([words[0]]) + "\0".join(words[1:]).encode()


def png_files():
    def chunk(name, data):
        return struct.pack(">H", len(data)) + name + data

    def image(width, height, depth, kind, interlace=0, rows=None):
        head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlace)
        return b"\1" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")

    yield "grey", image(3, 2, 8, 0, rows=b"\0abc\1def")
    yield "rgb", image(1, 2, 8, 2, rows=b"\2abc\4def")
    yield "interlaced", image(2, 2, 8, 0, interlace=1, rows=b"\0a\0b\0cd")
    yield "deep", image(1, 1, 16, 0, rows=b"\0ab")
    yield "wide", image(2**31 - 1, 2**31 - 1, 8, 2, rows=b"")
    yield "no-png", b"\0GIF89a"


def grids():
    yield "grey", bytes([1, 2, 0, 3, 3, 1, 1, 9, 1, 0, 5]) + bytes(range(200))
    yield "colour", bytes([0, 1, 1, 2, 4, 0, 2, 0, 0, 1, 2]) + bytes(range(100))


def studies():
    for name in ("study_objectives", "study_remedies"):
        yield name, small(config(name))
    axes = {"o": {"h": {"objective": "hinge"}, "w": {"objective": "wasserstein"}}, "train.steps": [1, 2]}
    whole = {"base": {"train": {"steps": 1}}, "axes": axes, "seeds": "1-3", "metrics": ["fcd:lower"], "rank": "fcd"}
    yield "whole", small(whole | {"exclude": [{"o": "h", "train.steps": [1]}], "count": "best", "set": {"seed": 3}})
    yield "path", small({"base": "recipe.json", "axes": {"seed": [1]}})
    yield "recipe", small({"train": {"steps": 1}})


TARGETS = {
    "json": texts,
    "config": configs,
    "set": settings,
    "idx": idx_files,
    "idx_gz": packed_files,
    "csv": tables,
    "safetensors": tensor_files,
    "checkpoint": checkpoint_files,
    "weights": weight_files,
    "roundtrip": made_tensors,
    "metrics": lambda: ((name, b"\2" + text) for name, text in metric_files()),
    "history": metric_files,
    "confusion": confusion_files,
    "cli": command_lines,
    "npy": npy_files,
    "npz": npz_files,
    "cifar": cifar_files,
    "png": png_files,
    "picture": pictures,
    "zip": archives,
    "png_write": grids,
    "study": studies,
}


# ---- dictionaries ----------------------------------------------------------------------------------


def gantrain(*words):
    return subprocess.run([GANTRAIN, *words], check=True, capture_output=True, text=True).stdout


def listed():
    """The names of all rows of all registries, and of their options."""
    for rows in json.loads(gantrain("list", "--json")).values():
        for row in rows:
            yield row["name"]
            yield from (option["name"] for option in row.get("options", []))


def keys(command):
    """The dotted paths in the help of a command."""
    kinds = "number|integer|one of|array|text|true|path|object"
    return re.findall(rf"^  ([a-z_0-9.]+) {{2,}}(?:{kinds})", gantrain(command, "--help"), re.M)


def flags():
    for command in ("train", "sample", "evaluate", "inspect", "report", "study", "bench", "list"):
        yield from re.findall(r"^  (--[a-z-]+)", gantrain(command, "--help"), re.M)


JSON = ["{", "}", "[", "]", ":", ",", "true", "false", "null", '""', "1e999", "-0", "0.5"]
JSON += ["\\u0000", "\\ud83d\\ude00"]
METRICS = ['{"step": ', '"epoch": ', '"seconds": ', "null", "\n", "-1", "1e300", "18446744073709551616"]
TENSORS = ["__metadata__", "dtype", "shape", "data_offsets", "F32", "F64", "I64", "U8"]
TENSORS += ["crc32", "header_crc32", "format"]
FACTS = ["format", "version", "step", "updates", "recoveries", "recovered_at", "shape", "data", "rng", "kernel"]
FACTS += ["units", "best", "best_value", "best_step", "best_since", "config", "t_generator", "t_discriminator"]
NETS = [f"{net}.{i}.{array}" for net in ("generator", "generator_ema", "discriminator") for i in (0, 1)
        for array in ("weight", "weight_orig", "weight_u", "bias", "running_mean")]
NPY = ["'descr'", "'fortran_order'", "'shape'", "'<f4'", "True", "False", "(", ")", "{", "}", ":", ",", "\x93NUMPY\1"]
CHUNKS = ["IHDR", "IDAT", "IEND", "PLTE", "tRNS", "gAMA", "sRGB", "iCCP", "tEXt", "zTXt", "pHYs", "tIME", "bKGD"]


def quoted(names):
    return [f'"{name}"' for name in names]


def dictionaries():
    paths = keys("train")
    names = sorted({*listed(), *(part for path in paths for part in path.split("."))})
    study = quoted(["base", "set", "axes", "exclude", "seeds", "metrics", "rank", "count", "last", "best", *paths])
    escaped = [f'\\"{name}\\"' for name in names]  # a config inside a string
    yield "json", JSON
    yield "config", JSON + quoted(names)
    yield "study", JSON + study + quoted(names)
    yield "set", ["=", "[0]", "[1]", "."] + paths + names
    yield "safetensors", JSON + quoted(TENSORS)
    yield "checkpoint", quoted(TENSORS + ["gantrain." + fact for fact in FACTS]) + escaped
    yield "weights", quoted(TENSORS + ["gantrain." + fact for fact in FACTS] + NETS)
    yield "metrics", METRICS
    yield "history", METRICS
    yield "confusion", [*METRICS, '"count": [', '"names": [', "[1,0]", "[[1]]"]
    yield "cli", ["\0", "=", "--", "1,5,9-12", "3x4", *sorted(set(flags()))]
    yield "npy", NPY
    yield "csv", [",", ";", "\t", "|", '"', '""', "\r\n", "\xef\xbb\xbf", "NA", "NaN", "1e30", "-0.5", "1,5", "\x1f\x8b"]
    yield "png", CHUNKS
    yield "picture", [*CHUNKS, "\xff\xd8", "\xff\xc0", "\xff\xc2", "\xff\xda", "\xff\xe1", "Exif", "Adobe", "II*", "MM"]
    yield "zip", ["PK\1\2", "PK\3\4", "PK\5\6", "PK\6\6", "PK\6\7", "\xff\xff\xff\xff"]


def line(word):
    """A word in the syntax of libFuzzer dictionaries."""
    text = "".join(c if " " <= c <= "~" and c not in '"\\' else f"\\x{ord(c):02x}" for c in word)
    return f'"{text}"\n'


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for target, words in dictionaries():
        (folder / f"{target}.dict").write_text("".join(map(line, words)))
    total = 0
    for target, inputs in TARGETS.items():
        here = folder / "corpus" / target
        here.mkdir(parents=True, exist_ok=True)
        for old in here.iterdir():
            if not old.name.startswith("bug-"):
                old.unlink()
        for name, data in inputs():
            (here / name).write_bytes(data)
            total += len(data)
    print(f"{len(TARGETS)} targets, {total} bytes")


if __name__ == "__main__":
    main()
