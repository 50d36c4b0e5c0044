"""What the makers of test files share: small random weights, plain cells, and expected.json.

Every cell here is written from its framework's own description, not from the converters: the
numbers in expected.json are what the framework would give.
"""
import json
import os
import shutil

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = os.path.join(os.path.dirname(HERE), "files")
TEXT = "hello, old world"
CHARS = sorted(set(TEXT))
IDS = [CHARS.index(c) for c in "hello old row"]


def folder(name):
    path = os.path.join(FILES, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def save(name, data):
    with open(name, "wb") as file:
        file.write(data)


def save_json(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False)
        file.write("\n")


def expected(path, **facts):
    """ids fed in turn from the zero state, and the logits after the last; also what is said of it."""
    facts["logits"] = [round(float(x), 6) for x in facts["logits"]]
    save_json(os.path.join(path, "expected.json"), facts)


def random(seed):
    state = np.random.RandomState(seed)
    return lambda *shape: (state.standard_normal(shape) * 0.6).astype(np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def hard_sigmoid(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def hard_sigmoid_3(x):
    """Keras 3's: relu6(x + 3) / 6."""
    return np.clip(x + 3, 0, 6) / 6


def relu(x):
    return np.maximum(x, 0)


# Keras: matrices [in, G*H], gates i f c o and z r h, x from the left.


def keras_lstm(xs, kernel, recurrent, bias, gate=sigmoid, act=np.tanh):
    n = recurrent.shape[0]
    h, c, out = np.zeros(n), np.zeros(n), []
    for x in xs:
        z = x @ kernel + h @ recurrent + bias
        i, f, g, o = z[:n], z[n : 2 * n], z[2 * n : 3 * n], z[3 * n :]
        c = gate(f) * c + gate(i) * act(g)
        h = gate(o) * act(c)
        out.append(h)
    return out


def keras_gru(xs, kernel, recurrent, bias, gate=sigmoid, reset_after=False, act=np.tanh):
    n = recurrent.shape[0]
    bias = np.asarray(bias)
    first, second = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    h, out = np.zeros(n), []
    for x in xs:
        a = x @ kernel + first
        z = gate(a[:n] + h @ recurrent[:, :n] + second[:n])
        r = gate(a[n : 2 * n] + h @ recurrent[:, n : 2 * n] + second[n : 2 * n])
        if reset_after:
            inner = r * (h @ recurrent[:, 2 * n :] + second[2 * n :])
        else:
            inner = (r * h) @ recurrent[:, 2 * n :]
        h = z * h + (1 - z) * act(a[2 * n :] + inner)
        out.append(h)
    return out


def keras_rnn(xs, kernel, recurrent, bias, act=np.tanh):
    h, out = np.zeros(recurrent.shape[0]), []
    for x in xs:
        h = act(x @ kernel + h @ recurrent + bias)
        out.append(h)
    return out


def one_hot(ids, size):
    return [np.eye(size)[i] for i in ids]
