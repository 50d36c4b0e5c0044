"""PyTorch's files, written by PyTorch itself (Debian's python3-torch)."""
import inspect
import io
import json
import os
import struct
import sys
import zipfile

import torch
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import CHARS, IDS, expected, folder, save, save_json

V = len(CHARS)

# A legacy file carries the program of its classes, and where that lay on the machine.
inspect.getsourcefile = lambda _: "model.py"


class CharModel(nn.Module):
    def __init__(self, kind="LSTM", hidden=6, layers=1, embed=5, classes=V, **more):
        super().__init__()
        self.embed = nn.Embedding(V, embed) if embed else None
        self.rnn = getattr(nn, kind)(embed or V, hidden, layers, batch_first=True, **more)
        self.fc = nn.Linear(hidden * (2 if more.get("bidirectional") else 1), classes)

    def forward(self, ids):
        x = (
            self.embed(ids)
            if self.embed
            else nn.functional.one_hot(ids, V).to(self.fc.weight.dtype)
        )
        out, h = self.rnn(x)
        if self.rnn.bidirectional:
            h = h[0] if isinstance(h, tuple) else h
            return self.fc(torch.cat([h[-2], h[-1]], 1))
        return self.fc(out)[:, -1]


def logits(model, ids=IDS):
    with torch.no_grad():
        return model.double()(torch.tensor([ids]))[0].tolist()


def wider(model):
    """Larger weights than PyTorch begins with, so that a mistake shows."""
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(3)
    return model


def facts(path, model, kind, ids=IDS, vocabulary=True, **more):
    if vocabulary:
        save_json(os.path.join(path, "vocab.json"), CHARS)
    expected(path, ids=ids, logits=logits(model, ids), network=kind, **more)


torch.manual_seed(1)

# A state_dict in a zip, under another name for everything.
path = folder("pytorch-zip-state-dict")
model = wider(CharModel())
torch.save(
    {f"net.{k.replace('fc', 'decoder')}": v for k, v in model.state_dict().items()},
    f"{path}/model.pth",
)
facts(path, model, "LSTM")

# The legacy format, two layers, 64-bit floats, two biases.
path = folder("pytorch-legacy-double")
model = wider(CharModel("GRU", layers=2)).double()
torch.save(model.state_dict(), f"{path}/model.pt", _use_new_zipfile_serialization=False)
facts(path, model, "GRU")

# A checkpoint as Udacity's course writes it: one-hot input, the tokens inside, an optimiser beside.
path = folder("pytorch-checkpoint-tokens")
model = wider(CharModel(embed=0, layers=2))
optimiser = torch.optim.Adam(model.parameters())
logits_now = model(torch.tensor([IDS]))
logits_now.sum().backward()
optimiser.step()
names = {"n_hidden": 6, "n_layers": 2, "tokens": tuple(CHARS)}
names.update(state_dict=model.state_dict(), optimizer=optimiser.state_dict())
torch.save(names, f"{path}/rnn_20_epoch.net")
facts(path, model, "LSTM", vocabulary=False)

# A whole module with its vocabulary in an attribute, ReLU cells.
path = folder("pytorch-whole-module")
model = wider(CharModel("RNN", nonlinearity="relu"))
model.int2char = dict(enumerate(CHARS))
torch.save(model, f"{path}/model.pt")
facts(path, model, "RNN with ReLU", vocabulary=False)

# One storage for all, matrices stored by columns, tied weights, half precision, from a GPU.
path = folder("pytorch-shared-strided")
model = wider(CharModel("GRU", hidden=5, embed=5)).half()
model.fc.weight = model.embed.weight
sizes = [p.numel() for p in model.parameters()]
whole = torch.empty(sum(sizes), dtype=torch.float16)
state, at = {}, 0
seen = {}
for name, p in model.state_dict().items():
    if p.data_ptr() in seen:
        state[name] = state[seen[p.data_ptr()]]
        continue
    seen[p.data_ptr()] = name
    part = whole[at : at + p.numel()]
    at += p.numel()
    if p.dim() == 2:
        state[name] = part.view(p.shape[1], p.shape[0]).t()
    else:
        state[name] = part
    state[name].copy_(p)
location = torch.serialization.location_tag
torch.serialization.location_tag = lambda storage: "cuda:0"
torch.save(state, f"{path}/model.pt", _use_new_zipfile_serialization=False)
torch.serialization.location_tag = location
facts(path, model, "GRU")

# Cells that are stepped by hand.
path = folder("pytorch-cells")


class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, 4)
        self.lstm1 = nn.LSTMCell(4, 5)
        self.lstm2 = nn.LSTMCell(5, 3)
        self.out = nn.Linear(3, V)

    def forward(self, ids):
        first = second = None
        for i in ids[0]:
            first = self.lstm1(self.emb(i)[None], first)
            second = self.lstm2(first[0], second)
        return self.out(second[0])


model = wider(Cells())
torch.save(model.state_dict(), f"{path}/model.pt")
facts(path, model, "LSTM cells of different widths")

# A classifier that reads both ways, one output.
path = folder("pytorch-bidirectional-classifier")
model = wider(CharModel(bidirectional=True, classes=3))
torch.save(model.state_dict(), f"{path}/model.pt")
save_json(f"{path}/labels.json", ["greeting", "farewell", "other"])
facts(path, model, "LSTM, both ways, classifier", window=True, metadata={"reads": "ends"})

# A head with a layer of its own, which a whole module tells.
path = folder("pytorch-two-layer-head")


class Head(CharModel):
    def __init__(self):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(6, 7), nn.ReLU(), nn.Dropout(0.2), nn.Linear(7, V))


model = wider(Head()).eval()
torch.save(model, f"{path}/model.pt")
facts(path, model, "LSTM, dense layer behind")

# The tutorial's network of linear layers alone, in a legacy file with its program inside.
path = folder("pytorch-tutorial-names")


class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = nn.Linear(V + 6, 6)
        self.i2o = nn.Linear(V + 6, 2)

    def forward(self, ids):
        h = torch.zeros(1, 6, dtype=self.i2h.weight.dtype)
        for i in ids[0]:
            both = torch.cat([nn.functional.one_hot(i, V)[None].to(h.dtype), h], 1)
            h, out = self.i2h(both), self.i2o(both)
        return out


model = RNN()
torch.save(model, f"{path}/model.pt", _use_new_zipfile_serialization=False)
facts(path, model, "linear RNN, classifier", window=True)

# The same names in safetensors, which Debian has no writer of.
path = folder("safetensors-other-names")
model = wider(CharModel("GRU"))
header, data = {"__metadata__": {"format": "pt"}}, b""
for name, p in model.state_dict().items():
    raw = p.numpy().tobytes()
    name = "transformerless." + name.replace("rnn", "gru").replace("fc", "out")
    offsets = [len(data), len(data) + len(raw)]
    header[name] = {"dtype": "F32", "shape": list(p.shape), "data_offsets": offsets}
    data += raw
text = json.dumps(header).encode()
save(f"{path}/model.safetensors", struct.pack("<Q", len(text)) + text + data)
facts(path, model, "GRU")

# Weights split by weight_norm, of the read-out and of a recurrent layer.
path = folder("pytorch-weight-norm")
model = CharModel()
nn.utils.weight_norm(model.fc)
nn.utils.weight_norm(model.rnn, "weight_hh_l0")
model = wider(model)
torch.save(model.state_dict(), f"{path}/model.pt")
facts(path, model, "LSTM with weight norm")

# AWD-LSTM under fastai's names: three layers, the narrowest last, a read-out that is the embedding,
# recurrent weights as they are (_raw) and as they were last dropped.
path = folder("pytorch-fastai")


class Awd(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Embedding(V, 4)
        self.rnns = nn.ModuleList([nn.LSTM(i, h) for i, h in ((4, 6), (6, 6), (6, 4))])
        self.decoder = nn.Linear(4, V)
        self.decoder.weight = self.encoder.weight

    def forward(self, ids):
        x = self.encoder(ids[0])[:, None]
        for rnn in self.rnns:
            x = rnn(x)[0]
        return self.decoder(x[-1])


model = wider(Awd())
state = {}
for name, p in model.state_dict().items():
    part = name.split(".")
    if name.startswith("rnns") and "weight_hh" in name:
        state[f"0.rnns.{part[1]}.{part[2]}_raw"] = p
        p = nn.functional.dropout(p, 0.5)
    inner = f"0.rnns.{part[1]}.module.{part[-1]}"
    state[inner if part[0] == "rnns" else f"{int(part[0] == 'decoder')}.{name}"] = p
    if name == "encoder.weight":
        state["0.encoder_dp.emb.weight"] = p
torch.save({"model": state, "opt": {}}, f"{path}/model.pth")
facts(path, model, "LSTM of three widths, tied (fastai)")

# A whole module that names what stands between its linear layers.
path = folder("pytorch-two-linear-module")


class TwoLinear(CharModel):
    def __init__(self):
        super().__init__("GRU")
        self.fc1 = nn.Linear(6, 7)
        self.relu = nn.ReLU()
        self.fc = nn.Linear(7, V)

    def forward(self, ids):
        out, _ = self.rnn(self.embed(ids))
        return self.fc(self.relu(self.fc1(out)))[:, -1]


model = wider(TwoLinear())
torch.save(model, f"{path}/model.pt")
facts(path, model, "GRU, dense layer behind")

# A checkpoint of Lightning, compiled, in bfloat16, beside a mask and a loss's weights.
path = folder("pytorch-lightning")
model = wider(CharModel()).bfloat16().float()
state = {f"model._orig_mod.{k}": v.bfloat16() for k, v in model.state_dict().items()}
state |= {"model.attn_mask": torch.ones(3, 3), "criterion.weight": torch.ones(V)}
torch.save({"epoch": 1, "state_dict": state, "pytorch-lightning_version": "1.9"}, f"{path}/m.ckpt")
facts(path, model, "LSTM, bfloat16 (Lightning)")

# States that were learned to begin with.
path = folder("pytorch-initial-states")


class Begins(CharModel):
    def __init__(self):
        super().__init__(layers=2)
        self.h0 = nn.Parameter(torch.randn(2, 1, 6))
        self.c0 = nn.Parameter(torch.randn(2, 1, 6))

    def forward(self, ids):
        return self.fc(self.rnn(self.embed(ids), (self.h0, self.c0))[0])[:, -1]


model = Begins()
torch.save(model.state_dict(), f"{path}/model.pt")
facts(path, model, "LSTM with beginning states")

# A whole module beside its optimiser, a hidden state, what it was trained on and random numbers.
path = folder("pytorch-strays")
model = wider(CharModel())
optimiser = torch.optim.Adam(model.parameters())
model(torch.tensor([IDS])).sum().backward()
optimiser.step()
optimiser.zero_grad(set_to_none=True)
beside = [optimiser, (torch.ones(1, 1, 6), torch.ones(1, 1, 6)), torch.arange(20), torch.ones(3)]
torch.save([{"net": model.state_dict(), "random": torch.ones(9)}, *beside], f"{path}/model.pt")
facts(path, model, "LSTM beside other tensors")

# TorchScript, as C++ and phones run it.
path = folder("pytorch-torchscript")


class Script(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.embed, self.gru, self.head = model.embed, model.rnn, model.fc

    def forward(self, ids):
        return self.head(self.gru(self.embed(ids))[0])


model = CharModel("GRU")
model.fc = nn.Sequential(nn.Linear(6, 7), nn.Tanh(), nn.Linear(7, V))
script = torch.jit.trace(Script(wider(model)), torch.tensor([IDS]))
whole = io.BytesIO()
torch.jit.save(script, whole)
with zipfile.ZipFile(whole) as z, zipfile.ZipFile(f"{path}/model.pt", "w") as out:
    for name in z.namelist():
        if not name.endswith(".debug_pkl"):  # where the program lay
            out.writestr(zipfile.ZipInfo(name), z.read(name))
facts(path, model, "GRU of TorchScript, dense layer behind")
