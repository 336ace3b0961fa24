"""The smallest Linux programs there are: ELF files that do nothing but end with exit code 0.

A pod that succeeds with one of them has pulled the image, unpacked it and run it; no image has to be fetched
from anywhere, and no compiler is needed to make it.

Sources: System V ABI, chapters 4 and 5 (ELF header, program header); the processors' supplements for the
machine numbers; the system call numbers of exit in Linux's include/uapi/asm-generic/unistd.h (93) and
arch/x86/entry/syscalls/syscall_64.tbl (60).
"""

from __future__ import annotations

import struct

_LOAD_ADDRESS = 0x400000
_ALIGNMENT = 0x10000  # of the largest page that arm64 kernels use, 64 KiB
_HEADERS = 64 + 56  # bytes of the ELF header and of one program header

_MACHINES = {"amd64": 62, "arm64": 183}

_EXIT_ZERO = {
    "amd64": bytes.fromhex(
        "31ff"  # xor edi, edi     exit code 0
        "b83c000000"  # mov eax, 60      exit
        "0f05"  # syscall
    ),
    "arm64": bytes.fromhex(
        "000080d2"  # mov x0, #0       exit code 0
        "a80b80d2"  # mov x8, #93      exit
        "010000d4"  # svc #0
    ),
}

ARCHITECTURES = tuple(_MACHINES)
"""Those for which there is a program, as Go and Kubernetes name them."""


def exit_zero(architecture: str) -> bytes:
    """Return a static executable that ends with exit code 0.

    Raises:
        KeyError: there is none for the architecture.
    """
    code = _EXIT_ZERO[architecture]
    size = _HEADERS + len(code)
    return _elf_header(_MACHINES[architecture]) + _load_everything(size) + code


def _elf_header(machine: int) -> bytes:
    identification = b"\x7fELF" + bytes([2, 1, 1])  # 64 bits, little-endian, version 1
    return struct.pack(
        "<16sHHIQQQIHHHHHH",
        identification,
        2,  # e_type: executable
        machine,
        1,  # e_version
        _LOAD_ADDRESS + _HEADERS,  # e_entry: the code follows the headers
        64,  # e_phoff
        0,  # e_shoff: no sections
        0,  # e_flags
        64,  # e_ehsize
        56,  # e_phentsize
        1,  # e_phnum
        0,  # e_shentsize
        0,  # e_shnum
        0,  # e_shstrndx
    )


def _load_everything(size: int) -> bytes:
    """Return the program header that maps the whole file, readable and executable."""
    return struct.pack("<IIQQQQQQ", 1, 5, 0, _LOAD_ADDRESS, _LOAD_ADDRESS, size, size, _ALIGNMENT)
