"""Cells that people write themselves of PyTorch's linear layers and bare matrices, under the names
that they give them, with or without the program beside the weights; and linear layers in a row.
"""
import functools
import os
import string
import sys

import torch
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import CHARS, IDS, expected, folder, random, save_json
from common import np, sigmoid as numpy_sigmoid

V = len(CHARS)
E, H = 4, 5
sigmoid, tanh = torch.sigmoid, torch.tanh


def write(name, model, network, program=None, **more):
    """Random weights into a state_dict, and the logits of the model's own step()."""
    path = folder(name)
    r = random(len(name))
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.from_numpy(r(*p.shape)))
        torch.save(model.state_dict(), f"{path}/model.pt")
        save_json(f"{path}/vocab.json", CHARS)
        if program:
            with open(f"{path}/model.py", "w", encoding="utf-8") as file:
                file.write(program)
        model.double()
        state = None
        for i in IDS:
            logits, state = model.step(i, state)
    expected(path, ids=IDS, logits=logits.ravel().tolist(), network=network, **more)


def zeros():
    return torch.zeros(1, H, dtype=torch.double)


class Own(nn.Module):
    """An embedding or a one-hot input, layers by their names and widths, and a read-out."""

    def __init__(self, layers, head="fc", embed=True, bias=True):
        super().__init__()
        self.embedding = nn.Embedding(V, E) if embed else None
        for name, (reads, gives) in layers.items():
            parent = self
            *outer, own = name.split(".")
            for part in outer:
                if not hasattr(parent, part):
                    setattr(parent, part, nn.Module())
                parent = getattr(parent, part)
            setattr(parent, own, nn.Linear(reads, gives, bias=bias))
        setattr(self, head, nn.Linear(H, V))
        self.head = head

    def read(self, i):
        if self.embedding:
            return self.embedding(torch.tensor([i]))
        return torch.eye(V, dtype=torch.double)[[i]]

    def get(self, name):
        return functools.reduce(getattr, name.split("."), self)

    def out(self, h):
        return getattr(self, self.head)(h)


def lstm(gates, c):
    i, f, g, o = gates
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


class Joint(Own):
    """Every gate reads the input and the state in one; the state first, as the program has it."""

    names = ["input_gate", "forget_gate", "candidate", "output_gate"]

    def __init__(self):
        super().__init__({name: (E + H, H) for name in self.names}, head="output")

    def step(self, i, state):
        h, c = state or (zeros(), zeros())
        both = torch.cat((h, self.read(i)), 1)
        state = lstm([self.get(name)(both) for name in self.names], c)
        return self.out(state[0]), state


PROGRAM = """
class Model(nn.Module):
    def forward(self, x_t, state):
        h_prev, c_prev = state
        combined = torch.cat((h_prev, x_t), dim=1)  # not (x, h)
"""
write("pytorch-own-lstm", Joint(), "LSTM of linear layers, its program beside it", PROGRAM)


class Modules(Own):
    """A module a gate, in which one layer reads the input, one the state."""

    names = ["input_gate", "forget_gate", "cell_gate", "output_gate"]

    def __init__(self):
        layers = {f"{name}.{side}": (n, H) for name in self.names for side, n in SIDES}
        super().__init__(layers)

    def step(self, i, state):
        h, c = state or (zeros(), zeros())
        read = lambda name: self.get(f"{name}.L_xh")(self.read(i)) + self.get(f"{name}.L_hh")(h)
        state = lstm([read(name) for name in self.names], c)
        return self.out(state[0]), state


SIDES = [("L_xh", E), ("L_hh", H)]
write("pytorch-own-modules", Modules(), "LSTM of a module a gate")


class Stacked(Own):
    """Two layers, each with all gates in two matrices: r z n."""

    def __init__(self):
        layers = {}
        for l, reads in enumerate([E, H]):
            layers |= {f"cells.l{l}.x2h": (reads, 3 * H), f"cells.l{l}.h2h": (H, 3 * H)}
        super().__init__(layers)

    def step(self, i, state):
        x, state = self.read(i), list(state or (zeros(), zeros()))
        for l in range(2):
            a = self.get(f"cells.l{l}.x2h")(x).chunk(3, 1)
            b = self.get(f"cells.l{l}.h2h")(state[l]).chunk(3, 1)
            r, z = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
            x = state[l] = z * state[l] + (1 - z) * tanh(a[2] + r * b[2])
        return self.out(x), state


write("pytorch-own-stacked", Stacked(), "GRU of two linear layers a layer")


class Bare(nn.Module):
    """Dive into Deep Learning's: bare matrices behind what they multiply, x W."""

    def __init__(self, gates):
        super().__init__()
        for gate in gates:
            setattr(self, f"W_x{gate}", nn.Parameter(torch.zeros(V, H)))
            setattr(self, f"W_h{gate}", nn.Parameter(torch.zeros(H, H)))
            setattr(self, f"b_{gate}", nn.Parameter(torch.zeros(H)))
        self.W_hq = nn.Parameter(torch.zeros(H, V))
        self.b_q = nn.Parameter(torch.zeros(V))

    def part(self, gate, i, h):
        w = lambda name: getattr(self, name + gate)
        return w("W_x")[[i]] + h @ w("W_h") + w("b_")

    def step(self, i, state):
        h, c = state or (zeros(), zeros())
        if hasattr(self, "W_xz"):
            z, r = sigmoid(self.part("z", i, h)), sigmoid(self.part("r", i, h))
            h = z * h + (1 - z) * tanh(self.part("h", i, r * h))
        else:
            h, c = lstm([self.part(gate, i, h) for gate in "ifco"], c)
        return h @ self.W_hq + self.b_q, (h, c)


write("pytorch-own-gru", Bare("zrh"), "GRU of bare matrices")
write("pytorch-own-bare", Bare("ifoc"), "LSTM of bare matrices")


class Updates(Own):
    """A GRU whose update gate says how much is new, with its reset behind the product."""

    names = ["reset", "update", "new"]

    def __init__(self):
        sides = [("x2", E), ("h2", H)]
        super().__init__({f"{side}{n[0]}": (reads, H) for side, reads in sides for n in self.names})

    def step(self, i, state):
        x, h = self.read(i), zeros() if state is None else state
        a = {n: self.get(f"x2{n}")(x) for n in "run"}
        b = {n: self.get(f"h2{n}")(h) for n in "run"}
        r, u = sigmoid(a["r"] + b["r"]), sigmoid(a["u"] + b["u"])
        h = (1 - u) * h + u * tanh(a["n"] + r * b["n"])
        return self.out(h), h


PROGRAM = """
class Model(nn.Module):
    def forward(self, x, h):
        r = torch.sigmoid(self.x2r(x) + self.h2r(h))
        u = torch.sigmoid(self.x2u(x) + self.h2u(h))
        n = torch.tanh(self.x2n(x) + r * self.h2n(h))
        return (1 - u) * h + u * n
"""
write("pytorch-own-updates", Updates(), "GRU of linear layers, its program beside it", PROGRAM)


class Letters(Own):
    """An RNN of three layers in words."""

    def __init__(self):
        layers = {"input2hidden": (V, H), "hidden2hidden": (H, H)}
        super().__init__(layers, head="hidden2output", embed=False)

    def step(self, i, h):
        h = zeros() if h is None else h
        h = tanh(self.input2hidden(self.read(i)) + self.hidden2hidden(h))
        return self.out(h), h


write("pytorch-own-rnn", Letters(), "RNN of linear layers")


class Tutorial(Own):
    """PyTorch's tutorial on names, with a tanh as many write it."""

    def __init__(self):
        super().__init__({"i2h": (V + H, H)}, head="h2o", embed=False)

    def step(self, i, h):
        h = zeros() if h is None else h
        h = tanh(self.i2h(torch.cat((self.read(i), h), 1)))
        return self.out(h), h


PROGRAM = """
class RNN(nn.Module):
    def __init__(self):
        self.tanh = nn.Tanh()
    def forward(self, input, hidden):
        hidden = self.tanh(self.i2h(torch.cat((input, hidden), 1)))
        return self.h2o(hidden), hidden
"""
write("pytorch-own-tutorial", Tutorial(), "RNN of linear layers, its program beside it", PROGRAM)


class Dense(nn.Module):
    """What stands between the linear layers no tensor says."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, H, batch_first=True)
        self.fc1 = nn.Linear(H, 6)
        self.act = nn.LeakyReLU(0.2)
        self.fc2 = nn.Linear(6, V)

    def step(self, i, ids):
        ids = [*(ids or []), i]
        x, _ = self.lstm(self.embedding(torch.tensor([ids])))
        return self.fc2(self.act(self.fc1(x[:, -1]))), ids


PROGRAM = """
class Dense(nn.Module):
    def __init__(self):
        self.act = nn.LeakyReLU(negative_slope=0.2)
    def forward(self, x):
        return self.fc2(self.act(self.fc1(self.lstm(x)[0])))
"""
NETWORK = "LSTM, leaky ReLU, its program beside it"
write("pytorch-leaky-program", Dense(), NETWORK, PROGRAM)
path = folder("pytorch-leaky-module")
torch.manual_seed(3)
model = Dense()
with torch.no_grad():
    for p in model.parameters():
        p.mul_(3)
    torch.save(model, f"{path}/model.pt")
    save_json(f"{path}/vocab.json", CHARS)
    model.double()
    ids = None
    for i in IDS:
        logits, ids = model.step(i, ids)
expected(path, ids=IDS, logits=logits.ravel().tolist(), network="LSTM, leaky ReLU")



class Front(nn.Module):
    """A linear layer that reads the one-hot input, named as the one behind."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(V, E)
        self.gru = nn.GRU(E, H, batch_first=True)
        self.fc2 = nn.Linear(H, V)

    def step(self, i, ids):
        ids = [*(ids or []), i]
        x, _ = self.gru(self.fc1(torch.eye(V, dtype=torch.double)[ids])[None])
        return self.fc2(x[:, -1]), ids


write("pytorch-linear-front", Front(), "GRU, a linear layer in front")

# The GRUs of the WildML tutorial, in Theano: three matrices a layer in one array, z r c.
r = random(43)
U, W, V_, b, c = r(6, H, H), r(6, H, H), r(V, H), r(6, H), r(V)
table = r(H, V)
path = folder("numpy-theano-gru")
np.savez(f"{path}/rnn.npz", E=table, U=U, W=W, V=V_, b=b, c=c)
save_json(f"{path}/vocab.json", CHARS)
hard = lambda x: np.clip(0.2 * x + 0.5, 0, 1)
s = [np.zeros(H), np.zeros(H)]
for i in IDS:
    x = table[:, i]
    for l in range(2):
        k = 3 * l
        z, r_ = (hard(U[k + g] @ x + W[k + g] @ s[l] + b[k + g]) for g in range(2))
        n = np.tanh(U[k + 2] @ x + W[k + 2] @ (s[l] * r_) + b[k + 2])
        x = s[l] = (1 - z) * n + z * s[l]
expected(path, ids=IDS, logits=(V_ @ x + c).tolist(), network="GRU of Theano")

# Its LSTM: a matrix a gate, U for the input and W for the state.
r = random(44)
path = folder("numpy-theano-lstm")
shapes = {"U": (H, V), "W": (H, H), "b": (H,)}
parts = {f"{kind}_{gate}": r(*shape) for kind, shape in shapes.items() for gate in "ifog"}
np.savez(f"{path}/lstm.npz", **parts, V=V_, b_V=c)
save_json(f"{path}/vocab.json", CHARS)
h = m = np.zeros(H)
for i in IDS:
    gate = lambda g: parts[f"U_{g}"][:, i] + parts[f"W_{g}"] @ h + parts[f"b_{g}"]
    m = numpy_sigmoid(gate("f")) * m + numpy_sigmoid(gate("i")) * np.tanh(gate("g"))
    h = numpy_sigmoid(gate("o")) * np.tanh(m)
expected(path, ids=IDS, logits=(V_ @ h + c).tolist(), network="LSTM of Theano")

# The tutorial's generator of names: what it is to write is fed at every step. Its vocabulary is
# string.ascii_letters + " .,;'-" and an end; here a token in front, ①, says the category.
LETTERS = string.ascii_letters + " .,;'-"
O, K = len(LETTERS) + 1, 3


class Categories(nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = nn.Linear(K + O + H, H)
        self.i2o = nn.Linear(K + O + H, O)
        self.o2o = nn.Linear(H + O, O)

    def write(self, category, ids):
        hidden = torch.zeros(1, H, dtype=torch.double)
        for i in ids:
            one = lambda n, i: torch.eye(n, dtype=torch.double)[[i]]
            combined = torch.cat((one(K, category), one(O, i), hidden), 1)
            hidden, output = self.i2h(combined), self.i2o(combined)
            output = self.o2o(torch.cat((hidden, output), 1))
        return output


path = folder("pytorch-own-categories")
model = Categories()
r = random(45)
with torch.no_grad():
    for p in model.parameters():
        p.copy_(torch.from_numpy(r(*p.shape)) / 2)
    torch.save(model.state_dict(), f"{path}/model.pt")
    ids = [LETTERS.index(c) for c in "Mac"]
    logits = model.double().write(1, ids)[0].tolist() + [-1e4] * K
expected(path, ids=[O + 1, *ids], logits=logits, network="linear RNN told a category")
