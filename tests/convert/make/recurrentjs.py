"""recurrentjs's files, as its demo of characters saves them."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import *

V = len(CHARS) + 1  # token 0 begins and ends a sentence
LETTER = 3


def save_model(name, kind, sizes, model, network):
    """Its typed arrays become objects with their indices as keys."""
    path = folder(name)
    matrices = {
        key: {"n": len(m), "d": m.shape[1], "w": {i: float(x) for i, x in enumerate(m.ravel())}}
        for key, m in model.items()
    }
    out = {"hidden_sizes": sizes, "generator": kind, "letter_size": LETTER, "model": matrices}
    out["letterToIndex"] = {c: i + 1 for i, c in enumerate(CHARS)}
    out["indexToLetter"] = {i + 1: c for i, c in enumerate(CHARS)}
    out["vocab"] = CHARS
    save_json(f"{path}/model.json", out)
    ids = [0] + [i + 1 for i in IDS]
    forward = {"rnn": rnn, "lstm": lstm}[kind]
    expected(path, ids=ids, logits=forward(model, sizes, ids), network=network)


def rnn(m, sizes, ids):
    h = [np.zeros((size, 1)) for size in sizes]
    for i in ids:
        x = m["Wil"][[i]].T
        for d in range(len(sizes)):
            x = h[d] = np.maximum(m[f"Wxh{d}"] @ x + m[f"Whh{d}"] @ h[d] + m[f"bhh{d}"], 0)
    return (m["Whd"] @ x + m["bd"]).ravel()


def lstm(m, sizes, ids):
    h = [np.zeros((size, 1)) for size in sizes]
    c = [np.zeros((size, 1)) for size in sizes]
    for i in ids:
        x = m["Wil"][[i]].T
        for d in range(len(sizes)):
            gate = lambda g: m[f"W{g}x{d}"] @ x + m[f"W{g}h{d}"] @ h[d] + m[f"b{g}{d}"]
            c[d] = sigmoid(gate("f")) * c[d] + sigmoid(gate("i")) * np.tanh(gate("c"))
            x = h[d] = sigmoid(gate("o")) * np.tanh(c[d])
    return (m["Whd"] @ x + m["bd"]).ravel()


r = random(41)
for name, kind, sizes, network in [
    ("recurrentjs-lstm", "lstm", [5, 4], "LSTM of different widths"),
    ("recurrentjs-rnn", "rnn", [5], "RNN with ReLU"),
]:
    model = {"Wil": r(V, LETTER)}
    for d, size in enumerate(sizes):
        below = sizes[d - 1] if d else LETTER
        for g in "ifoc" if kind == "lstm" else ["h"]:
            names = (f"W{g}x", f"W{g}h", f"b{g}") if kind == "lstm" else ("Wxh", "Whh", "bhh")
            for part, shape in zip(names, [(size, below), (size, size), (size, 1)]):
                model[f"{part}{d}"] = r(*shape)
    model["Whd"], model["bd"] = r(V, sizes[-1]), r(V, 1)
    save_model(name, kind, sizes, model, network)
