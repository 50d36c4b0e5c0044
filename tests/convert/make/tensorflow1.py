"""TensorFlow 1's checkpoints and ml5's charRNN. TensorFlow 1 no longer installs: the tables are
written here from LevelDB's format and TensorFlow's protocol buffers, the numbers are of its
cells' formulas.
"""
import argparse
import os
import pickle
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import *

V = len(CHARS)


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


def write_v2(path, variables):
    data, entries = b"", [(b"", field(1, 1) + field(3, field(1, 1)))]
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


def note(path, kind, hs, w, b, **more):
    expected(
        path, ids=IDS, logits=(hs[-1] @ w + b).tolist(), network=kind, vocabulary=CHARS, **more
    )


r = random(2)

# V2 with the names of TensorFlow 1.0, vocabulary and options pickled as sherjilozair's char-rnn
# does.
path = folder("tensorflow1-v2-lstm")
E, M1, B1, M2, B2, w, b = r(V, 4), r(9, 20), r(20), r(10, 20), r(20), r(5, V), r(V)
scope = "rnnlm/multi_rnn_cell/cell_{}/basic_lstm_cell/{}"
write_v2(
    f"{path}/model.ckpt-100",
    with_slots(
        {
            "rnnlm/embedding": E,
            scope.format(0, "weights"): M1,
            scope.format(0, "biases"): B1,
            scope.format(1, "weights"): M2,
            scope.format(1, "biases"): B2,
            "rnnlm/softmax_w": w,
            "rnnlm/softmax_b": b,
        }
    ),
)
save(
    f"{path}/chars_vocab.pkl",
    pickle.dumps(tuple(CHARS), 2) + pickle.dumps({c: i for i, c in enumerate(CHARS)}, 2),
)
save(
    f"{path}/config.pkl",
    pickle.dumps(argparse.Namespace(model="lstm", rnn_size=5, num_layers=2, vocab_size=V), 2),
)
note(path, "LSTM", basic_lstm(basic_lstm([E[i] for i in IDS], M1, B1, 5), M2, B2, 5), w, b)

# V1 with the names of 0.8, packed by Snappy; the vocabulary of Python 2 in protocol 0.
path = folder("tensorflow1-v1-gru")
E, G, GB, C, CB, w, b = r(V, 4), r(9, 10), r(10), r(9, 5), r(5), r(5, V), r(V)
scope = "rnnlm/MultiRNNCell/Cell0/GRUCell/{}/Linear/{}"
write_v1(
    f"{path}/model.ckpt-2000",
    with_slots(
        {
            "rnnlm/embedding": E,
            scope.format("Gates", "Matrix"): G,
            scope.format("Gates", "Bias"): GB,
            scope.format("Candidate", "Matrix"): C,
            scope.format("Candidate", "Bias"): CB,
            "rnnlm/softmax_w": w,
            "rnnlm/softmax_b": b,
        }
    ),
    True,
)
save(f"{path}/chars_vocab.pkl", pickle.dumps({c: i for i, c in enumerate(CHARS)}, 0))
note(path, "GRU", gru([E[i] for i in IDS], G, GB, C, CB, 5), w, b, metadata={"cell": "gru-before"})

# One-hot input, peepholes, the names of 1.4.
path = folder("tensorflow1-v2-peepholes")
M, B, w, b, p = r(V + 5, 20), r(20), r(5, V), r(V), (r(5), r(5), r(5))
scope = "rnn/lstm_cell/{}"
write_v2(
    f"{path}/model",
    {
        scope.format("kernel"): M,
        scope.format("bias"): B,
        scope.format("w_i_diag"): p[0],
        scope.format("w_f_diag"): p[1],
        scope.format("w_o_diag"): p[2],
        "dense/kernel": w,
        "dense/bias": b,
        "global_step": np.float32(7),
    },
)
save_json(f"{path}/vocab.json", CHARS)
note(
    path,
    "LSTM with peepholes, one-hot",
    basic_lstm(one_hot(IDS, V), M, B, 5, p),
    w,
    b,
    metadata={"cell": "lstm-peephole"},
)

# TensorFlow 2's checkpoint of a Keras model.
path = folder("tensorflow2-checkpoint")
E, W, U, B, w, b = r(V, 4), r(4, 15), r(5, 15), r(2, 15), r(5, V), r(V)
end = "/.ATTRIBUTES/VARIABLE_VALUE"
write_v2(
    f"{path}/ckpt_30",
    {
        f"layer_with_weights-0/embeddings{end}": E,
        f"layer_with_weights-1/cell/kernel{end}": W,
        f"layer_with_weights-1/cell/recurrent_kernel{end}": U,
        f"layer_with_weights-1/cell/bias{end}": B,
        f"layer_with_weights-2/kernel{end}": w,
        f"layer_with_weights-2/bias{end}": b,
        f"layer_with_weights-2/bias/.OPTIMIZER_SLOT/optimizer/m{end}": b * 0,
        f"save_counter{end}": np.float32(3),
    },
)
save_json(f"{path}/vocab.json", CHARS)
note(path, "GRU", keras_gru([E[i] for i in IDS], W, U, B, reset_after=True), w, b)

# ml5's charRNN, its vocabulary damaged as one of ml5's own is: u and U taken for nothing.
path = folder("ml5-charrnn")
letters = sorted(set("Ut possum, uxor") | set("etaoinshrldmwcfgypbvkxjqzITASWHBMCNFDPOLEGRYJVKQZX"))
n = len(letters)
E, M, B, w, b = r(n, 4), r(9, 20), r(20), r(5, n), r(n)
variables = {
    "embedding": E,
    "rnnlm/multi_rnn_cell/cell_0/basic_lstm_cell/weights": M,
    "rnnlm/multi_rnn_cell/cell_0/basic_lstm_cell/biases": B,
    "rnnlm/softmax_w": w,
    "rnnlm/softmax_b": b,
}
manifest = {"Variable": {"filename": "Variable", "shape": []}}
for name, array in variables.items():
    manifest[name] = {"filename": name.replace("/", "_"), "shape": list(array.shape)}
    save(f"{path}/{name.replace('/', '_')}", array.astype("<f4").tobytes())
save_json(f"{path}/manifest.json", manifest)
save(f"{path}/Variable", b"\0\0\0\0")
save_json(f"{path}/vocab.json", {{"u": "  ", "U": ""}.get(c, c): i for i, c in enumerate(letters)})
ids = [letters.index(c) for c in "possum"]
expected(
    path,
    ids=ids,
    logits=(basic_lstm([E[i] for i in ids], M, B, 5)[-1] @ w + b).tolist(),
    network="LSTM",
    vocabulary=letters,
)

# Another model's vocabulary beside it.
path = folder("tensorflow1-wrong-vocabulary")
E, M, B, w, b = r(V + 2, 4), r(9, 20), r(20), r(5, V + 2), r(V + 2)
scope = "rnnlm/multi_rnn_cell/cell_0/basic_lstm_cell/{}"
write_v2(
    f"{path}/model.ckpt-1",
    {
        "rnnlm/embedding": E,
        scope.format("kernel"): M,
        scope.format("bias"): B,
        "rnnlm/softmax_w": w,
        "rnnlm/softmax_b": b,
    },
)
save(f"{path}/chars_vocab.pkl", pickle.dumps(tuple(CHARS), 2))
save_json(
    f"{path}/expected.json",
    {"refused": f"chars_vocab.pkl has {V} tokens, but the model reads {V + 2}"},
)
