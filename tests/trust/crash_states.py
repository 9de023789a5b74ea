"""Possible states of a folder after a power failure, computed from the system calls that wrote it.

The model is more pessimistic than any journal: only fsync of a file makes its bytes durable, only fsync of a folder
the names in it. Of all other changes any subset may be on disk: names created, renamed or removed in any
combination, bytes as written, missing, zeros of the right length, or truncated in the middle.
After Pillai et al. 2014, All File Systems Are Not Created Equal (ALICE), on one folder.
"""

import itertools
import math
import posixpath
import re

NAMES = ("openat", "write", "fsync", "close", "renameat", "rename", "unlink", "unlinkat", "mkdir", "ftruncate")
MAX_CONTENTS = 100  # combinations of file contents
MAX_NAMES = 4  # pending changes of names of which all combinations are tried
NEVER = 1 << 60


class Op:
    """One change. kind: create, rename, unlink, mkdir (of names), write, cut (of bytes), fsync."""

    def __init__(self, kind, folder="", path="", file=None, old="", data=b"", size=0):
        self.kind, self.folder, self.path, self.file = kind, folder, path, file
        self.old, self.data, self.size = old, data, size
        self.safe = NEVER  # the index of the fsync that makes it durable

    @property
    def of_names(self):
        return self.kind in ("create", "rename", "unlink", "mkdir")


def text_of(quoted):
    return bytes.fromhex(quoted.replace("\\x", "")) if quoted else b""


class Reader:
    """Translates the calls of a trace (with -xx, all bytes) to changes below the folder `root`."""

    def __init__(self, root, files, folders):
        """Initial state: files {path: bytes}, and folders."""
        self.root, self.ops, self.open = root, [], {}
        self.base_names = {path: i for i, path in enumerate(files)}
        self.base_folders = folders
        self.base = dict(enumerate(files.values()))
        self.names = dict(self.base_names)
        self.next = len(files)

    def path(self, where, name):
        name = text_of(name).decode()
        base = self.open.get(where, ("", ""))[1] if where != "AT_FDCWD" else ""
        path = posixpath.normpath(posixpath.join(base, name))
        return "" if path == "." else path

    def inside(self, path):
        return path == self.root or path.startswith(self.root + "/")

    def add(self, kind, path="", **more):
        self.ops.append(Op(kind, posixpath.dirname(path), path, **more))

    def openat(self, args, result):
        where, name, flags = re.match(r'(\w+), "([^"]*)", ([\w|]+)', args).groups()
        path = self.path(where, name)
        if "O_DIRECTORY" in flags:
            self.open[str(result)] = ("folder", path)
        elif self.inside(path):
            if "O_CREAT" in flags and path not in self.names:
                self.names[path] = self.next
                self.next += 1
                self.add("create", path, file=self.names[path])
            self.open[str(result)] = ("file", self.names[path])

    def write(self, args, result):
        fd, data = re.match(r'(\d+), "([^"]*)"', args).groups()
        if self.open.get(fd, ("",))[0] == "file":
            self.add("write", file=self.open[fd][1], data=text_of(data)[:result])

    def ftruncate(self, args, result):
        fd, size = args.split(", ")
        if self.open.get(fd, ("",))[0] == "file":
            self.add("cut", file=self.open[fd][1], size=int(size))

    def fsync(self, args, result):
        kind, what = self.open.get(args, ("", ""))
        if kind == "file":
            self.ops.append(Op("fsync", file=what))
        elif kind == "folder":
            self.ops.append(Op("fsync", folder=what))

    def close(self, args, result):
        self.open.pop(args, None)

    def renameat(self, args, result):
        a, old, b, new = re.match(r'(\w+), "([^"]*)", (\w+), "([^"]*)"', args).groups()
        old, new = self.path(a, old), self.path(b, new)
        self.names[new] = self.names.pop(old)
        self.add("rename", new, old=old, file=self.names[new])

    def unlinkat(self, args, result):
        where, name = re.match(r'(\w+), "([^"]*)"', args).groups()
        path = self.path(where, name)
        if self.names.pop(path, None) is not None:
            self.add("unlink", path)

    def unlink(self, args, result):
        self.unlinkat("AT_FDCWD, " + args, result)

    def mkdir(self, args, result):
        path = self.path("AT_FDCWD", args.split('"')[1])
        self.add("mkdir", path)

    def read(self, calls):
        for call in calls:
            if call.result >= 0:
                getattr(self, call.name)(call.args, call.result)
        for i, op in enumerate(self.ops):
            for j in range(i + 1, len(self.ops)):
                sync = self.ops[j]
                same = sync.folder == op.folder and sync.file is None if op.of_names else sync.file == op.file
                if sync.kind == "fsync" and op.kind != "fsync" and same:
                    op.safe = j
                    break
        return self


def written(data, ops):
    for op in ops:
        data = data + op.data if op.kind == "write" else data[: op.size]
    return data


def possible_data(reader, file, end):
    """Possible contents of a file after ops[:end]: all synced bytes, and any part of the rest."""
    done = [op for op in reader.ops[:end] if op.file == file and op.kind in ("write", "cut")]
    base = reader.base.get(file, b"")
    least, most = written(base, [op for op in done if op.safe < end]), written(base, done)
    pending = len(most) - len(least)
    if pending <= 0:
        return [most] if least == most else [most, least]
    middle = len(least) + pending // 2
    return [
        most,
        least,
        least + bytes(pending),
        most[:middle],
        most[:middle] + bytes(len(most) - middle),
        least + bytes(middle - len(least)) + most[middle:],
    ]


def possible_names(n):
    """Which of n pending changes of names are on disk: all combinations, or of many the likely ones."""
    if n <= MAX_NAMES:
        return itertools.product((True, False), repeat=n)
    first = [[i < k for i in range(n)] for k in range(n + 1)]
    but_one = [[i != k for i in range(n)] for k in range(n)]
    return first + but_one


def combinations(contents):
    """All combinations of one element each; of too many, those that differ in one file from all or nothing."""
    if math.prod(map(len, contents)) <= MAX_CONTENTS:
        yield from itertools.product(*contents)
        return
    for base in ([c[0] for c in contents], [c[min(1, len(c) - 1)] for c in contents]):
        yield base
        for i, some in enumerate(contents):
            yield from (base[:i] + [one] + base[i + 1 :] for one in some)


def names_after(reader, ops):
    """({path: file}, folders) after exactly these changes of names."""
    names, folders = dict(reader.base_names), set(reader.base_folders)
    for op in ops:
        if op.kind == "mkdir":
            folders |= {op.path} if op.folder in folders else set()
        elif op.kind == "unlink":
            names.pop(op.path, None)
        else:
            names.pop(op.old, None)
            names[op.path] = op.file
    return {p: f for p, f in names.items() if posixpath.dirname(p) in folders}, folders


def states_at(reader, end):
    """All possible (files, folders) after a power failure after ops[:end]; files: {path: bytes}."""
    entries = [op for op in reader.ops[:end] if op.of_names]
    pending = [op for op in entries if op.safe >= end]
    for choice in possible_names(len(pending)):
        lost = {id(op) for op, happened in zip(pending, choice) if not happened}
        names, folders = names_after(reader, [op for op in entries if id(op) not in lost])
        contents = [possible_data(reader, file, end) for file in names.values()]
        for one in combinations(contents):
            yield dict(zip(names, one)), folders


def durable_paths(reader, end):
    """Paths whose name and bytes are durable after ops[:end]."""
    synced = set(reader.base_names)
    for op in reader.ops[:end]:
        if op.kind == "rename" and op.safe < end:
            data = [o for o in reader.ops[:end] if o.file == op.file and o.kind in ("write", "cut")]
            if all(o.safe < end for o in data):
                synced.add(op.path)
    return synced
