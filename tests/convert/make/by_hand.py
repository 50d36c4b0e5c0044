"""Networks that people write by hand: in NumPy as min-char-rnn and the courses after it name their
matrices, kept by pickle, numpy.savez and numpy.save; and makemore's in PyTorch.
"""
import os
import pickle
import sys

import torch
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import *

V = len(CHARS)
r = random(31)
Wxh, Whh, Why, bh, by = r(5, V), r(5, 5), r(V, 5), r(5, 1), r(V, 1)
named = {"Wxh": Wxh, "Whh": Whh, "Why": Why, "bh": bh, "by": by}


def columns(ids):
    """min-char-rnn's own lines, x a column."""
    h = np.zeros((5, 1))
    for i in ids:
        h = np.tanh(Wxh @ np.eye(V)[:, [i]] + Whh @ h + bh)
    return (Why @ h + by).ravel().tolist()


path = folder("numpy-pickle")
with open(f"{path}/weights.pkl", "wb") as file:
    pickle.dump({**named, "char_to_ix": {c: i for i, c in enumerate(CHARS)}}, file, 2)
expected(path, ids=IDS, logits=columns(IDS), network="RNN, pickled")

# What Python 2 writes where no protocol is said, with what AdaGrad keeps.
path = folder("numpy-old-pickle")
with open(f"{path}/weights.pkl", "wb") as file:
    memory = {f"m{name}": array**2 for name, array in named.items()}
    pickle.dump({**named, **memory, "char_to_ix": {c: i for i, c in enumerate(CHARS)}}, file, 0)
expected(path, ids=IDS, logits=columns(IDS), network="RNN, pickled as text")

# The same as lists in JSON.
path = folder("numpy-json")
whole = {f"W_{k[1:]}" if k[0] == "W" else k: v.tolist() for k, v in named.items()}
save_json(f"{path}/model.json", {"params": whole, "vocab": {c: i for i, c in enumerate(CHARS)}})
expected(path, ids=IDS, logits=columns(IDS), network="RNN, as JSON")

# Where x is a row, every matrix lies the other way round.
path = folder("numpy-rows")
np.savez(f"{path}/weights.npz", **{name: array.T for name, array in named.items()})
save_json(f"{path}/vocab.json", CHARS)
expected(path, ids=IDS, logits=columns(IDS), network="RNN, an archive of arrays")

# An LSTM whose gates read [h, x].
path = folder("numpy-lstm")
Wf, Wi, Wc, Wo = (r(5, 5 + V) for _ in range(4))
bf, bi, bc, bo = (r(5, 1) for _ in range(4))
parameters = {"Wf": Wf, "Wi": Wi, "Wc": Wc, "Wo": Wo, "Wy": Why}
parameters |= {"bf": bf, "bi": bi, "bc": bc, "bo": bo, "by": by}
np.save(f"{path}/parameters.npy", parameters, allow_pickle=True)
save_json(f"{path}/vocab.json", CHARS)
h = c = np.zeros((5, 1))
for i in IDS:
    z = np.concatenate([h, np.eye(V)[:, [i]]])
    c = sigmoid(Wf @ z + bf) * c + sigmoid(Wi @ z + bi) * np.tanh(Wc @ z + bc)
    h = sigmoid(Wo @ z + bo) * np.tanh(c)
expected(path, ids=IDS, logits=(Why @ h + by).ravel().tolist(), network="LSTM")

# makemore: token 0 begins and ends a name, and is in no list of characters.
torch.manual_seed(31)


class Makemore(nn.Module):
    def __init__(self, gates):
        super().__init__()
        self.start = nn.Parameter(torch.randn(1, 5))
        self.wte = nn.Embedding(V + 1, 4)
        self.cell = nn.ModuleDict({f"xh_to_{gate}": nn.Linear(9, 5) for gate in gates})
        self.lm_head = nn.Linear(5, V + 1)

    def step(self, x, h):
        read = lambda gate, h: self.cell[f"xh_to_{gate}"](torch.cat([x, h], 1))
        if "xh_to_h" in self.cell:
            return torch.tanh(read("h", h))
        z, reset = torch.sigmoid(read("z", h)), torch.sigmoid(read("r", h))
        return (1 - z) * h + z * torch.tanh(read("hbar", reset * h))

    def forward(self, ids):
        h = self.start
        for i in ids:
            h = self.step(self.wte(torch.tensor([i])), h)
        return self.lm_head(h)[0]


ids = [0] + [i + 1 for i in IDS]
for name, kind, gates in [("rnn", "RNN", "h"), ("gru", "GRU", ["z", "r", "hbar"])]:
    path = folder(f"pytorch-makemore-{name}")
    model = Makemore(gates)
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(2)
        torch.save(model.state_dict(), f"{path}/model.pt")
        save_json(f"{path}/vocab.json", CHARS)
        logits = model.double()(ids).tolist()
    expected(path, ids=ids, logits=logits, network=f"makemore's {kind}")
