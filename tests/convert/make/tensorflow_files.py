"""How TensorFlow lays out its checkpoints, from LevelDB's format and its protocol buffers; and
what its cells compute, from their formulas.
"""
import struct

import numpy as np
from common import save, sigmoid


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def snappy(data):
    """One literal after another: what Snappy allows and never writes for text."""
    out = varint(len(data))
    for at in range(0, len(data), 60):
        part = data[at : at + 60]
        out += bytes([len(part) - 1 << 2]) + part
    return out


def block(entries):
    out, last, restarts = b"", b"", [0]
    for k, (key, value) in enumerate(entries):
        shared = 0
        while k and shared < min(len(last), len(key)) and last[shared] == key[shared]:
            shared += 1
        out += (
            varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        )
        last = key
    return out + struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))


def table(entries, packed=False):
    entries = sorted(entries)
    out, index = b"", []
    for at in range(0, len(entries), 3):
        part = entries[at : at + 3]
        raw = block(part)
        stored = snappy(raw) if packed else raw
        index.append((part[-1][0], varint(len(out)) + varint(len(stored))))
        out += stored + bytes([int(packed)]) + b"\0\0\0\0"

    def place(raw):
        nonlocal out
        handle = varint(len(out)) + varint(len(raw))
        out += raw + b"\0" + b"\0\0\0\0"
        return handle

    footer = place(block([])) + place(block(index))
    return out + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def shape(array):
    return b"".join(field(2, field(1, n)) for n in array.shape)


def object_graph(names):
    """TrackableObjectGraph: a node a variable, with its own name and its key in the checkpoint."""
    return b"".join(
        field(
            1,
            field(
                2,
                field(1, b"VARIABLE_VALUE") + field(2, name.encode()) + field(3, key.encode()),
            ),
        )
        for key, name in names.items()
    )


def write_v2(path, variables, graph=None):
    data, entries = b"", [(b"", field(1, 1) + field(3, field(1, 1)))]
    if graph is not None:
        data = varint(len(graph)) + b"\0\0\0\0" + graph
        entry = field(1, 7) + field(2, b"") + field(5, len(data)) + varint(6 << 3 | 5) + b"\0" * 4
        entries.append((b"_CHECKPOINTABLE_OBJECT_GRAPH", entry))
    for name, array in sorted(variables.items()):
        raw = array.astype("<f4").tobytes()
        entry = (
            field(1, 1)
            + field(2, shape(array))
            + field(4, len(data))
            + field(5, len(raw))
            + varint(6 << 3 | 5)
            + b"\0\0\0\0"
        )
        entries.append((name.encode(), entry))
        data += raw
    save(f"{path}.index", table(entries))
    save(f"{path}.data-00000-of-00001", data)


def write_v1(path, variables, packed):
    metas = b"".join(
        field(
            1,
            field(1, n.encode())
            + field(2, shape(a))
            + field(3, 1)
            + field(4, b"".join(field(1, b"") for _ in a.shape)),
        )
        for n, a in variables.items()
    )
    entries = [(b"", field(1, metas))]
    for name, array in variables.items():
        values = field(1, 1) + field(5, array.astype("<f4").tobytes())
        data = (
            field(1, name.encode())
            + field(2, b"".join(field(1, b"") for _ in array.shape))
            + field(3, values)
        )
        entries.append((b"\0\1" + name.encode(), field(2, data)))
    save(path, table(entries, packed))


def with_slots(variables):
    """Adam's two of every variable, and its counters."""
    slots = {f"{n}/{s}": np.zeros_like(a) for n, a in variables.items() for s in ("Adam", "Adam_1")}
    return {
        **variables,
        **slots,
        "beta1_power": np.float32([0.9])[0:1].reshape(()),
        "Variable": np.zeros((), np.float32),
    }


def basic_lstm(xs, matrix, bias, n, peepholes=None):
    """i j f o, and 1 added to the forget gate; the matrix has the input's rows first."""
    h, c, out = np.zeros(n), np.zeros(n), []
    pi, pf, po = peepholes or (0, 0, 0)
    for x in xs:
        i, j, f, o = np.split(np.concatenate([x, h]) @ matrix + bias, 4)
        c = sigmoid(f + 1 + pf * c) * c + sigmoid(i + pi * c) * np.tanh(j)
        h = sigmoid(o + po * c) * np.tanh(c)
        out.append(h)
    return out


def gru(xs, gates, gate_bias, candidate, bias, n):
    h, out = np.zeros(n), []
    for x in xs:
        r, u = np.split(sigmoid(np.concatenate([x, h]) @ gates + gate_bias), 2)
        h = u * h + (1 - u) * np.tanh(np.concatenate([x, r * h]) @ candidate + bias)
        out.append(h)
    return out
