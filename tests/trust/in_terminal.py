#!/usr/bin/env python3
"""Runs a command on a pseudo-terminal: in_terminal.py COLUMNS COMMAND...

Copies its output to stdout and returns its exit code. COLUMNS may be 0. With RESIZE=1 in the
environment the size changes a hundred times per second.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios


def resize(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def main():
    columns = int(sys.argv[1])
    pid, fd = pty.fork()
    if pid == 0:
        resize(0, columns)
        os.execvp(sys.argv[2], sys.argv[2:])
    turn = 0
    while True:
        ready, _, _ = select.select([fd], [], [], 0.01)
        if not ready and os.environ.get("RESIZE"):
            turn += 1
            resize(fd, (0, 1, 7, 40, 65535)[turn % 5])
            continue
        if not ready:
            continue
        try:
            data = os.read(fd, 1 << 16)
        except OSError:
            break
        if not data:
            break
        os.write(1, data)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


if __name__ == "__main__":
    main()
