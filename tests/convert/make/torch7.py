"""Torch7's files, whose program is not to be had any more: written from its serialisation's format,
with the modules that torch-rnn and char-rnn make. Numbers are of their cells' formulas.
"""
import os
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import *

V = len(CHARS)


class Object:
    def __init__(self, kind, **fields):
        self.kind, self.fields = kind, fields


class Part:
    """A tensor that is a part of a larger storage, as getParameters() leaves them."""

    def __init__(self, storage, offset, shape):
        self.storage, self.offset, self.shape = storage, offset, shape


class Storage:
    def __init__(self, values):
        self.values = values


class Writer:
    def __init__(self, kind="Float"):
        self.out, self.seen, self.kind, self.keep = b"", {}, kind, []

    def int(self, n):
        self.out += struct.pack("<i", n)

    def long(self, n):
        self.out += struct.pack("<q", n)

    def string(self, text):
        raw = text.encode()
        self.int(len(raw))
        self.out += raw

    def index(self, value):
        """True if it was written before: then only its number is."""
        known = id(value) in self.seen
        self.seen.setdefault(id(value), len(self.seen) + 1)
        self.keep.append(value)
        self.int(self.seen[id(value)])
        return known

    def write(self, value):
        if value is None:
            self.int(0)
        elif isinstance(value, bool):
            self.int(5)
            self.int(int(value))
        elif isinstance(value, (int, float)):
            self.int(1)
            self.out += struct.pack("<d", value)
        elif isinstance(value, str):
            self.int(2)
            self.string(value)
        elif isinstance(value, (dict, list)):
            self.int(3)
            if self.index(value):
                return
            pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value, 1))
            self.int(len(pairs))
            for key, one in pairs:
                self.write(key)
                self.write(one)
        else:
            self.int(4)
            if self.index(value):
                return
            self.string("V 1")
            self.body(value)

    def body(self, value):
        if isinstance(value, np.ndarray):
            value = Part(Storage(value.reshape(-1)), 0, value.shape)
            self.keep.append(value)
        if isinstance(value, Part):
            self.string(f"torch.{self.kind}Tensor")
            self.int(len(value.shape))
            for n in value.shape:
                self.long(n)
            for k in range(len(value.shape)):
                self.long(int(np.prod(value.shape[k + 1 :])))
            self.long(value.offset + 1)
            self.write(value.storage)
        elif isinstance(value, Storage):
            self.string(f"torch.{self.kind}Storage")
            self.long(len(value.values))
            self.out += value.values.astype("<f8" if self.kind == "Double" else "<f4").tobytes()
        else:
            self.string(value.kind)
            self.write(value.fields)


def write(path, value, kind="Float"):
    w = Writer(kind)
    w.write(value)
    save(path, w.out)


def note(path, kind, hs, w, b, **more):
    expected(
        path, ids=IDS, logits=(hs[-1] @ w.T + b).tolist(), network=kind, vocabulary=CHARS, **more
    )


def fused_lstm(xs, weight, bias, n):
    """i f o g"""
    h, c, out = np.zeros(n), np.zeros(n), []
    for x in xs:
        i, f, o, g = np.split(np.concatenate([x, h]) @ weight + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        out.append(h)
    return out


def nn(kind, **fields):
    return Object(f"nn.{kind}", train=False, **fields)


r = random(3)
ids_to_tokens = {i + 1: c for i, c in enumerate(CHARS)}

# torch-rnn: modules in a row, from a GPU, the LSTMs met twice.
path = folder("torch7-torch-rnn")
E, W1, B1, W2, B2, w, b = r(V, 4), r(9, 20), r(20), r(10, 20), r(20), r(V, 5), r(V)
lstms = [nn("LSTM", weight=W, bias=B, gradWeight=W * 0) for W, B in ((W1, B1), (W2, B2))]
modules = [
    nn("LookupTable", weight=E),
    lstms[0],
    nn("Dropout", p=0.2),
    lstms[1],
    nn("View"),
    nn("Linear", weight=w, bias=b),
    nn("View"),
]
model = nn(
    "LanguageModel",
    net=nn("Sequential", modules=modules),
    rnns=lstms,
    idx_to_token=ids_to_tokens,
    model_type="lstm",
)
write(f"{path}/checkpoint_10.t7", {"i": 10, "model": model, "opt": {"gpu": 0}}, "Cuda")
note(path, "LSTM", fused_lstm(fused_lstm([E[i] for i in IDS], W1, B1, 5), W2, B2, 5), w, b)

# torch-rnn's plain cells with batch normalisation behind.
path = folder("torch7-torch-rnn-vanilla")
E, W, B, w, b = r(V, 4), r(9, 5), r(5), r(V, 5), r(V)
mean, var, gamma, beta = r(5), np.abs(r(5)) + 0.2, r(5), r(5)
norm = nn(
    "BatchNormalization", running_mean=mean, running_var=var, weight=gamma, bias=beta, eps=1e-5
)
modules = [
    nn("LookupTable", weight=E),
    nn("VanillaRNN", weight=W, bias=B),
    nn("View"),
    norm,
    nn("View"),
    nn("Linear", weight=w, bias=b),
]
model = nn("LanguageModel", net=nn("Sequential", modules=modules), idx_to_token=ids_to_tokens)
write(f"{path}/cp.t7", {"model": model}, "Double")
hs = keras_rnn([E[i] for i in IDS], W[:4], W[4:], B)
note(path, "RNN, normalised", [(h - mean) / np.sqrt(var + 1e-5) * gamma + beta for h in hs], w, b)


# char-rnn: a graph whose linear layers are parts of one storage.
class Graph:
    def __init__(self):
        self.nodes, self.modules = [], []

    def node(self, module, *inputs):
        data = {"module": module, "mapindex": list(inputs), "annotations": {}}
        self.nodes.append(data)
        if module:
            self.modules.append(module)
        return data

    def model(self):
        nodes = [
            Object("nngraph.Node", id=k, data=data, children=[])
            for k, data in enumerate(self.nodes)
        ]
        return Object("nn.gModule", modules=self.modules, forwardnodes=nodes, nInputs=2)


def flat_linears(shapes):
    """Linear layers whose weights and biases lie in one storage; also their values."""
    values = [(r(*s), r(s[0])) for s in shapes]
    storage = Storage(np.concatenate([p.reshape(-1) for pair in values for p in pair]))
    out, at = [], 0
    for weight, bias in values:
        parts = []
        for p in (weight, bias):
            parts.append(Part(storage, at, p.shape))
            at += p.size
        out.append(nn("Linear", weight=parts[0], bias=parts[1]))
    return out, values


vocab = {c: i + 1 for i, c in enumerate(CHARS)}

path = folder("torch7-char-rnn-lstm")
linears, values = flat_linears([(20, V), (20, 5), (20, 5), (20, 5), (V, 5)])
g = Graph()
x = g.node(Object("OneHot", depth=V), g.node(None))
hs = one_hot(IDS, V)
for k in range(2):
    before = g.node(None)
    # The state's layer comes first among the nodes: only the sum tells which is which.
    state = g.node(linears[2 * k + 1], before)
    x = g.node(nn("CAddTable"), g.node(linears[2 * k], x), state)
    x = g.node(nn("Tanh"), x)
    (wi, bi), (wh, bh) = values[2 * k : 2 * k + 2]
    hs = fused_lstm(hs, np.concatenate([wi.T, wh.T]), bi + bh, 5)
g.node(nn("LogSoftMax"), g.node(linears[4], x))
write(
    f"{path}/lm_lstm_epoch1.t7",
    {"protos": {"rnn": g.model()}, "opt": {"model": "lstm", "rnn_size": 5}, "vocab": vocab},
)
note(path, "LSTM", hs, *values[4])

path = folder("torch7-char-rnn-gru")
linears, values = flat_linears([(5, V), (5, 5)] * 3 + [(V, 5)])
g = Graph()
x, before = g.node(Object("OneHot", depth=V), g.node(None)), g.node(None)
update = g.node(
    nn("Sigmoid"), g.node(nn("CAddTable"), g.node(linears[0], x), g.node(linears[1], before))
)
reset = g.node(
    nn("Sigmoid"), g.node(nn("CAddTable"), g.node(linears[2], x), g.node(linears[3], before))
)
gated = g.node(nn("CMulTable"), reset, before)
second = g.node(linears[5], gated)
candidate = g.node(nn("Tanh"), g.node(nn("CAddTable"), g.node(linears[4], x), second))
g.node(
    nn("LogSoftMax"),
    g.node(linears[6], g.node(nn("CAddTable"), g.node(nn("CMulTable"), update, candidate), before)),
)
write(f"{path}/lm_gru.t7", {"protos": {"rnn": g.model()}, "opt": {"model": "gru"}, "vocab": vocab})
h, hs = np.zeros(5), []
of = lambda k, v: values[k][0] @ v + values[k][1]
for i in one_hot(IDS, V):
    u, z = sigmoid(of(0, i) + of(1, h)), sigmoid(of(2, i) + of(3, h))
    h = u * np.tanh(of(4, i) + of(5, z * h)) + (1 - u) * h
    hs.append(h)
note(path, "GRU", hs, *values[6], metadata={"cell": "gru-before"})
