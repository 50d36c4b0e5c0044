"""Files of programs that nobody maintains any more, by their formats: Chainer, MXNet, Lasagne."""
import os
import pickle
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import *

V, E, H = len(CHARS), 4, 5


def chainer_lstm(weights, prefix, x, h, c):
    """F.lstm: the gates a, i, f, o of a unit stand side by side."""
    w = lambda name: weights[f"{prefix}/{name}"]
    gates = w("upward/W") @ x + w("upward/b") + w("lateral/W") @ h
    a, i, f, o = gates.reshape(-1, 4).T
    c = np.tanh(a) * sigmoid(i) + sigmoid(f) * c
    return sigmoid(o) * np.tanh(c), c


def chainer_gru(weights, prefix, x, h):
    linear = lambda name, x: weights[f"{prefix}/{name}/W"] @ x + weights[f"{prefix}/{name}/b"]
    r = sigmoid(linear("W_r", x) + linear("U_r", h))
    z = sigmoid(linear("W_z", x) + linear("U_z", h))
    return (1 - z) * h + z * np.tanh(linear("W", x) + linear("U", r * h))


# The Penn Treebank example: two layers under a classifier, in a snapshot with its optimiser.
r = random(51)
top = "updater/model:main/predictor"
w = {f"{top}/embed/W": r(V, E), f"{top}/l3/W": r(V, H), f"{top}/l3/b": r(V)}
for l, reads in (1, E), (2, H):
    w |= {f"{top}/l{l}/upward/W": r(4 * H, reads), f"{top}/l{l}/upward/b": r(4 * H)}
    w[f"{top}/l{l}/lateral/W"] = r(4 * H, H)
path = folder("chainer-lstm")
beside = {"updater/iteration": np.int64(9), "updater/optimizer:main/t": np.int64(9)}
beside["updater/optimizer:main/predictor/l1/lateral/W/m"] = r(4 * H, H)
np.savez(f"{path}/snapshot_iter_9", **w, **beside)
os.rename(f"{path}/snapshot_iter_9.npz", f"{path}/snapshot_iter_9")
save_json(f"{path}/vocab.json", CHARS)
h, c = [np.zeros(H)] * 2, [np.zeros(H)] * 2
for i in IDS:
    x = w[f"{top}/embed/W"][i]
    for l in range(2):
        x, c[l] = chainer_lstm(w, f"{top}/l{l + 1}", x, h[l], c[l])
        h[l] = x
logits = w[f"{top}/l3/W"] @ x + w[f"{top}/l3/b"]
expected(path, ids=IDS, logits=logits.tolist(), network="LSTM, a snapshot")

r = random(52)
w = {"embed/W": r(V, E), "out/W": r(V, H), "out/b": r(V)}
for name in "W_r", "W_z", "W", "U_r", "U_z", "U":
    w |= {f"gru/{name}/W": r(H, E if name[0] == "W" else H), f"gru/{name}/b": r(H)}
path = folder("chainer-gru")
np.savez(f"{path}/model.npz", **w)
save_json(f"{path}/vocab.json", CHARS)
h = np.zeros(H)
for i in IDS:
    h = chainer_gru(w, "gru", w["embed/W"][i], h)
expected(path, ids=IDS, logits=(w["out/W"] @ h + w["out/b"]).tolist(), network="GRU")

# MXNet: a list of arrays, a list of names.
MAGIC = {1: 0xF993FAC8, 2: 0xF993FAC9}


def params(arrays, version):
    out = struct.pack("<QQQ", 0x112, 0, len(arrays))
    for array in arrays.values():
        if version:
            out += struct.pack("<I", MAGIC[version])
        if version == 2:
            out += struct.pack("<i", 0)
        out += struct.pack("<I", array.ndim)
        out += struct.pack(f"<{array.ndim}{'q' if version else 'I'}", *array.shape)
        out += struct.pack("<iii", 1, 0, 0) + array.astype("<f4").tobytes()
    out += struct.pack("<Q", len(arrays))
    for name in arrays:
        out += struct.pack("<Q", len(name)) + name.encode()
    return out


def lstm(parts, prefix, order, x, h, c):
    w = lambda name: parts[prefix + name]
    gates = w("i2h_weight") @ x + w("i2h_bias") + w("h2h_weight") @ h + w("h2h_bias")
    i, f, g, o = (gates.reshape(4, -1)[order.index(gate)] for gate in "ifgo")
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def cell(r, prefix, gates, reads):
    shapes = {"i2h_weight": (reads,), "h2h_weight": (H,), "i2h_bias": (), "h2h_bias": ()}
    return {prefix + part: r(gates * H, *rest) for part, rest in shapes.items()}


for name, prefix, order, version, names, network in [
    (
        "mxnet-gluon-lstm", "rnn.l{}_", "ifgo", 2,
        ("encoder.weight", "decoder.weight", "decoder.bias"), "LSTM of Gluon",
    ),
    (
        "mxnet-example-lstm", "arg:l{}_", "igfo", 0,
        ("arg:embed_weight", "arg:cls_weight", "arg:cls_bias"), "LSTM of its first example",
    ),
]:
    r = random(53 + version)
    table, out, bias = names
    parts = {table: r(V, E), out: r(V, H), bias: r(V)}
    for l, reads in enumerate([E, H]):
        parts |= cell(r, prefix.format(l), 4, reads)
    path = folder(name)
    save(f"{path}/model-0010.params", params(parts, version))
    save_json(f"{path}/vocab.json", CHARS)
    h, c = [np.zeros(H)] * 2, [np.zeros(H)] * 2
    for i in IDS:
        x = parts[table][i]
        for l in range(2):
            x, c[l] = lstm(parts, prefix.format(l), order, x, h[l], c[l])
            h[l] = x
    expected(path, ids=IDS, logits=(parts[out] @ x + parts[bias]).tolist(), network=network)

# A GRU of the older save_params(), one-hot, and an RNN with ReLU as Gluon has it.
for name, gates, version, network in [
    ("mxnet-gluon-gru", 3, 1, "GRU of Gluon"), ("mxnet-gluon-rnn", 1, 2, "RNN of Gluon, ReLU"),
]:
    r = random(60 + gates)
    parts = cell(r, "model0_rnn0_l0_", gates, V)
    parts |= {"model0_dense0_weight": r(V, H), "model0_dense0_bias": r(V)}
    path = folder(name)
    save(f"{path}/model.params", params(parts, version))
    save_json(f"{path}/vocab.json", CHARS)
    h = np.zeros(H)
    w = lambda part: parts[f"model0_rnn0_l0_{part}"]
    for i in IDS:
        a = w("i2h_weight")[:, i] + w("i2h_bias")
        b = w("h2h_weight") @ h + w("h2h_bias")
        if gates == 1:
            h = np.maximum(a + b, 0)
            continue
        a, b = a.reshape(3, -1), b.reshape(3, -1)
        reset, z = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
        h = (1 - z) * np.tanh(a[2] + reset * b[2]) + z * h
    logits = parts["model0_dense0_weight"] @ h + parts["model0_dense0_bias"]
    expected(path, ids=IDS, logits=logits.tolist(), network=network)


# Lasagne: get_all_param_values() in numpy.savez, or pickled.
def lasagne_gates(r, count, reads):
    return [r(*shape) for _ in range(count) for shape in [(reads, H), (H, H), (H,)]]


def lasagne_lstm(p, x, h, c):
    gate = lambda k, peep=0: x @ p[3 * k] + h @ p[3 * k + 1] + p[3 * k + 2] + peep
    i, f = sigmoid(gate(0, p[12] * c)), sigmoid(gate(1, p[13] * c))
    c = f * c + i * np.tanh(gate(2))
    return sigmoid(gate(3, p[14] * c)) * np.tanh(c), c


r = random(71)
layers = [[*lasagne_gates(r, 4, n), r(H), r(H), r(H), r(1, H), r(1, H)] for n in (V, H)]
dense = [r(H, V), r(V)]
path = folder("numpy-lasagne-lstm")
np.savez(f"{path}/model.npz", *layers[0], *layers[1], *dense)
save_json(f"{path}/vocab.json", CHARS)
c, h = [p[15][0] for p in layers], [p[16][0] for p in layers]
for i in IDS:
    x = np.eye(V)[i]
    for l, p in enumerate(layers):
        x, c[l] = lasagne_lstm(p, x, h[l], c[l])
        h[l] = x
expected(path, ids=IDS, logits=(x @ dense[0] + dense[1]).tolist(), network="LSTM of Lasagne")

r = random(72)
table, p, dense = r(V, E), [*lasagne_gates(r, 3, E), np.zeros((1, H), np.float32)], [r(H, V), r(V)]
path = folder("numpy-lasagne-gru")
with open(f"{path}/model.pkl", "wb") as file:
    pickle.dump([table, *p, *dense], file, 2)
save_json(f"{path}/vocab.json", CHARS)
h = p[9][0]
for i in IDS:
    a = [table[i] @ p[3 * k] + p[3 * k + 2] for k in range(3)]
    b = [h @ p[3 * k + 1] for k in range(3)]
    z, reset = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
    h = (1 - z) * h + z * np.tanh(a[2] + reset * b[2])
expected(path, ids=IDS, logits=(h @ dense[0] + dense[1]).tolist(), network="GRU of Lasagne")


# Chainer's links of several layers, an array a gate: of its code, in which a i f o are w2 w0 w1 w3
# (its documentation has o and a the other way round).
def steps_lstm(w, x, state):
    h, c = state
    a, i, f, o = (
        w[f"w{k}"] @ x + w[f"w{k + 4}"] @ h + w[f"b{k}"] + w[f"b{k + 4}"] for k in (2, 0, 1, 3)
    )
    c = np.tanh(a) * sigmoid(i) + sigmoid(f) * c
    h = sigmoid(o) * np.tanh(c)
    return h, (h, c)


def steps_gru(w, x, h):
    a = [w[f"w{k}"] @ x + w[f"b{k}"] for k in range(3)]
    b = [w[f"w{k + 3}"] @ h + w[f"b{k + 3}"] for k in range(3)]
    reset, z = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
    h = (1 - z) * np.tanh(a[2] + reset * b[2]) + z * h
    return h, h


def through(w, step, xs, state):
    out = []
    for x in xs:
        y, state = step(w, x, state)
        out.append(y)
    return out


def steps_layer(r, gates, reads):
    w = {f"w{k}": r(H, reads if k < gates else H) for k in range(2 * gates)}
    return w | {f"b{k}": r(H) for k in range(2 * gates)}


ZERO = np.zeros(H), np.zeros(H)
for name, step, gates, both, reads, classes, network in [
    ("chainer-steps-lstm", steps_lstm, 4, False, E, V, "NStepLSTM"),
    ("chainer-steps-gru", steps_gru, 3, False, H, V, "NStepGRU"),
    ("chainer-steps-both", steps_lstm, 4, True, H, 3, "NStepBiLSTM, classifier"),
]:
    r = random(90 + gates + both)
    ends = 2 if both else 1
    layers = [steps_layer(r, gates, n) for n in (reads, ends * H) for _ in range(ends)]
    table, out, bias = r(V, reads), r(classes, ends * H), r(classes)
    arrays = {f"rnn/{k}/{part}": w for k, layer in enumerate(layers) for part, w in layer.items()}
    path = folder(name)
    np.savez(f"{path}/model.npz", **{"embed/W": table, "out/W": out, "out/b": bias}, **arrays)
    save_json(f"{path}/vocab.json", CHARS)
    xs, zero = [table[i] for i in IDS], ZERO if gates == 4 else ZERO[0]
    for l in range(2):
        sides = [through(layers[ends * l], step, xs, zero)]
        last = sides[0][-1]
        if both:
            sides.append(through(layers[2 * l + 1], step, xs[::-1], zero)[::-1])
            last = np.concatenate([last, sides[1][0]])
        xs = [np.concatenate(at) for at in zip(*sides)]
    window = {"window": True} if both else {}
    expected(path, ids=IDS, logits=(out @ last + bias).tolist(), network=network, **window)
