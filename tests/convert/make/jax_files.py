"""Files of Flax, Haiku and PaddlePaddle, as they write them; the cells from their own formulas."""
import os
import pickle
import sys
import types

import msgpack

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import *

V, E, H = len(CHARS), 4, 5
ZERO = np.zeros(H)


def packed(value, number=1):
    """Flax's extension: shape, type's name, bytes."""
    parts = (value.shape, value.dtype.name, value.tobytes())
    return msgpack.ExtType(number, msgpack.packb(parts, use_bin_type=True))


def tree(value, leaf=packed):
    if not isinstance(value, dict):
        return leaf(value)
    return {key: tree(one, leaf) for key, one in sorted(value.items())}


def write(name, files, cells, step, state, table, dense, network):
    path = folder(name)
    for file, data in files.items():
        save(f"{path}/{file}", data)
    save_json(f"{path}/vocab.json", CHARS)
    states = [state] * len(cells)
    for i in IDS:
        x = np.eye(V)[i] if table is None else table[i]
        for l, cell in enumerate(cells):
            x, states[l] = step(cell, x, states[l])
    expected(path, ids=IDS, logits=(x @ dense[0] + dense[1]).tolist(), network=network)


def flax_lstm(w, x, state):
    c, h = state
    at = lambda g: x @ w[f"i{g}"]["kernel"] + h @ w[f"h{g}"]["kernel"] + w[f"h{g}"]["bias"]
    i, f, g, o = sigmoid(at("i")), sigmoid(at("f")), np.tanh(at("g")), sigmoid(at("o"))
    c = f * c + i * g
    h = o * np.tanh(c)
    return h, (c, h)


def flax_gru(w, x, h):
    a = lambda g: x @ w[f"i{g}"]["kernel"] + w[f"i{g}"]["bias"]
    b = lambda g: h @ w[f"h{g}"]["kernel"]
    reset, z = sigmoid(a("r") + b("r")), sigmoid(a("z") + b("z"))
    n = np.tanh(a("n") + reset * (b("n") + w["hn"]["bias"]))
    h = (1 - z) * n + z * h
    return h, h


def flax_simple(w, x, h):
    h = np.tanh(x @ w["i"]["kernel"] + w["i"]["bias"] + h @ w["h"]["kernel"])
    return h, h


# Two layers in a TrainState, Adam's moments beside them.
r = random(81)
cells = [
    {f"i{g}": {"kernel": r(n, H)} for g in "ifgo"}
    | {f"h{g}": {"kernel": r(H, H), "bias": r(H)} for g in "ifgo"}
    for n in (E, H)
]
table, dense = r(V, E), (r(H, V), r(V))
params = {f"OptimizedLSTMCell_{l}": cell for l, cell in enumerate(cells)}
params |= {"Embed_0": {"embedding": table}, "Dense_0": {"kernel": dense[0], "bias": dense[1]}}
moments = {"count": packed(np.array(9, np.int32)), "mu": tree(params), "nu": tree(params)}
state = {"step": packed(np.array(9, np.int32), 3), "params": tree(params)}
state["opt_state"] = {"0": moments, "1": {}}
data = {"checkpoint_9": msgpack.packb(state)}
write("flax-lstm", data, cells, flax_lstm, (ZERO, ZERO), table, dense, "LSTM, a TrainState")

r = random(82)
cell = {f"i{g}": {"kernel": r(V, H), "bias": r(H)} for g in "rzn"}
cell |= {f"h{g}": {"kernel": r(H, H)} for g in "rzn"}
cell["hn"]["bias"] = r(H)
dense = r(H, V), r(V)
params = {"GRUCell_0": cell, "Dense_0": {"kernel": dense[0], "bias": dense[1]}}
data = {"params.msgpack": msgpack.packb({"params": tree(params)})}
write("flax-gru", data, [cell], flax_gru, ZERO, None, dense, "GRU, one-hot")

# In half precision, by paths in NumPy's archive.
r = random(83)
cell = {"i": {"kernel": r(E, H), "bias": r(H)}, "h": {"kernel": r(H, H)}}
table, dense = r(V, E), (r(H, V), r(V))
half = lambda value: value.astype(np.float16)
exact = lambda value: half(value).astype(float)
flat = {"emb/embedding": table, "out/kernel": dense[0], "out/bias": dense[1]}
flat |= {f"rnn/cell/{k}/{part}": one for k, gate in cell.items() for part, one in gate.items()}
write(
    "flax-rnn", {}, [tree(cell, exact)], flax_simple, ZERO,
    exact(table), tuple(map(exact, dense)), "SimpleCell, 16 bits in NumPy's archive",
)
path = os.path.join(FILES, "flax-rnn")
np.savez(f"{path}/params.npz", **{f"params/{name}": half(one) for name, one in flat.items()})


# Haiku, with NumPy's arrays and with JAX's own.
def haiku_lstm(w, x, state):
    h, c = state
    i, g, f, o = np.split(np.concatenate([x, h]) @ w["w"] + w["b"], 4)
    c = sigmoid(f + 1) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return h, (h, c)


def haiku_gru(w, x, h):
    inner, outer = w["w_h"][:, : 2 * H], w["w_h"][:, 2 * H :]
    a = x @ w["w_i"] + w["b"]
    z, reset = np.split(sigmoid(a[: 2 * H] + h @ inner), 2)
    h = (1 - z) * h + z * np.tanh(a[2 * H :] + (reset * h) @ outer)
    return h, h


r = random(84)
cells = [{"w": r(n + H, 4 * H), "b": r(4 * H)} for n in (E, H)]
table, dense = r(V, E), (r(H, V), r(V))
params = {"embed": {"embeddings": table}, "lstm/linear": cells[0], "lstm_1/linear": cells[1]}
params["linear"] = {"w": dense[0], "b": dense[1]}
data = {"params.pkl": pickle.dumps(params)}
write("haiku-lstm", data, cells, haiku_lstm, (ZERO, ZERO), table, dense, "LSTM of Haiku")


def _reconstruct_array(function, args, state, view):
    """Stands for JAX's own, by whose name its arrays are pickled."""


module = types.ModuleType("jax._src.array")
module._reconstruct_array = _reconstruct_array
_reconstruct_array.__module__ = module.__name__
sys.modules |= {"jax": types.ModuleType("jax"), "jax._src": types.ModuleType("jax._src")}
sys.modules[module.__name__] = module


class JaxArray:
    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return _reconstruct_array, (*self.value.__reduce__(), {"weak_type": False})


r = random(85)
cell = {"w_i": r(E, 3 * H), "w_h": r(H, 3 * H), "b": r(3 * H)}
table, dense = r(V, E), (r(H, V), r(V))
params = {"lm/~/embed": {"embeddings": table}, "lm/~/gru": cell}
params["lm/~/linear"] = {"w": dense[0], "b": dense[1]}
data = {"params.pkl": pickle.dumps(tree(params, JaxArray))}
write("haiku-gru", data, [cell], haiku_gru, ZERO, table, dense, "GRU of Haiku")


# PaddlePaddle: each layer twice; a read-out of as many units as tokens.
def paddle_lstm(w, x, state):
    h, c = state
    gates = w["weight_ih"] @ x + w["bias_ih"] + w["weight_hh"] @ h + w["bias_hh"]
    i, f, g, o = np.split(gates, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return h, (h, c)


r = random(86)
shapes = lambda n: {"weight_ih": (4 * V, n), "weight_hh": (4 * V, V)}
cells = [
    {part: r(*shape) for part, shape in shapes(n).items()}
    | {"bias_ih": r(4 * V), "bias_hh": r(4 * V)}
    for n in (E, V)
]
table, dense = r(V, E), (r(V, V), r(V))
parameters, names = {"embedding.weight": table}, {"embedding.weight": "embedding_0.w_0"}
for pattern in "lstm.{1}_l{0}", "lstm.{0}.cell.{1}":
    for l, cell in enumerate(cells):
        for part, own in zip(cell, ["w_0", "w_1", "b_0", "b_1"]):
            parameters[pattern.format(l, part)] = cell[part]
            names[pattern.format(l, part)] = f"lstm_cell_{l}.{own}"
parameters |= {"fc.weight": dense[0], "fc.bias": dense[1]}
names |= {"fc.weight": "linear_0.w_0", "fc.bias": "linear_0.b_0"}
data = pickle.dumps({**parameters, "StructuredToParameterName@@": names}, 2)
zero = np.zeros(V), np.zeros(V)
write("paddle-lstm", {"m.pdparams": data}, cells, paddle_lstm, zero, table, dense, "LSTM")
