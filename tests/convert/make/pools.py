"""What a read-out sees of recurrent layers over a text: several pools one behind another, of Keras,
and of PyTorch with the program beside; and the last step, taken by an index.
"""
import os
import sys

import torch
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import *
from keras_files import *

r = random(31)
NAMES = ["kernel:0", "recurrent_kernel:0", "bias:0"]


def reads(kind, name, before, **config):
    nodes = [[[one, 0, 0, {}] for one in before]] if before else []
    return {**layer(kind, name, **config), "name": name, "inbound_nodes": nodes}


# The usual classifier of comments: the mean and the largest over time of both directions.
path = folder("keras-2-joined-pools")
E, w1, b1, w, b = r(V, 3), r(16, 5), r(5), r(5, 3), r(3)
ahead, back = [(r(3, 12), r(4, 12), r(12)) for _ in range(2)]
gru = layer("GRU", "gru", units=4, activation="tanh", recurrent_activation="sigmoid",
            return_sequences=True, reset_after=False)
both = {
    f"bi/{side}_gru/{n}": value
    for side, part in (("forward", ahead), ("backward", back))
    for n, value in zip(NAMES, part)
}
layers = [
    reads("InputLayer", "ids", [], batch_input_shape=[None, 30]),
    reads("Embedding", "e", ["ids"]),
    reads("SpatialDropout1D", "drop", ["e"], rate=0.2),
    reads("Bidirectional", "bi", ["drop"], layer=gru, merge_mode="concat"),
    reads("GlobalAveragePooling1D", "mean", ["bi"]),
    reads("GlobalMaxPooling1D", "most", ["bi"]),
    reads("Concatenate", "joined", ["mean", "most"], axis=-1),
    reads("Dense", "d1", ["joined"], activation="relu"),
    reads("Dense", "d", ["d1"], activation="softmax"),
]
weights = {"e": {"e/embeddings:0": E}, "bi": both, "d1": {"d1/kernel:0": w1, "d1/bias:0": b1},
           "d": {"d/kernel:0": w, "d/bias:0": b}}
write(
    f"{path}/model.h5",
    "2.2.4",
    [(one["name"], weights.get(one["name"], {})) for one in layers],
    {"class_name": "Model", "config": {"name": "model", "layers": layers}},
)
xs = [E[i] for i in IDS]
ys = [np.concatenate(p) for p in zip(keras_gru(xs, *ahead), keras_gru(xs[::-1], *back)[::-1])]
high = np.concatenate([np.mean(ys, axis=0), np.max(ys, axis=0)])
note(
    path, "GRU both ways, mean and largest joined, classifier", [relu(high @ w1 + b1)], w, b,
    window=True, metadata={"reads": "pooled", "window": "30", "task": "classifier"},
)

# Keras 3: x[:, -1], an operation of its own.
path = folder("keras-3-last-step")
E, w, b = r(V, 3), r(4, V), r(V)
lstm = r(3, 16), r(4, 16), r(16)


def called(kind, name, before, *args, **config):
    tensors = [
        {"class_name": "__keras_tensor__", "config": {"shape": [None, None], "dtype": "float32",
                                                     "keras_history": [one, 0, 0]}}
        for one in before
    ]
    nodes = [{"args": [*tensors, *args], "kwargs": {}}] if before else []
    return {**keras3(kind, name, **config), "name": name, "inbound_nodes": nodes}


every = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}
layers = [
    called("InputLayer", "ids", [], batch_shape=[None, 13]),
    called("Embedding", "embedding", ["ids"], input_dim=V, output_dim=3, mask_zero=False),
    called("LSTM", "lstm", ["embedding"], units=4, activation="tanh",
           recurrent_activation="sigmoid", return_sequences=True),
    {**called("GetItem", "get_item", ["lstm"], [every, -1]), "module": "keras.src.ops.numpy"},
    called("Dense", "dense", ["get_item"], units=V, activation="softmax"),
]
config = {
    "module": "keras.src.models.functional",
    "class_name": "Functional",
    "config": {"name": "functional", "layers": layers},
}
write_archive(
    path,
    config,
    [
        ("layers/embedding/vars", [E]),
        ("layers/lstm/cell/vars", list(lstm)),
        ("layers/dense/vars", [w, b]),
    ],
)
note(path, "LSTM, the last step by an index", keras_lstm([E[i] for i in IDS], *lstm), w, b)

# PyTorch: the end, the largest and the mean, of two layers, by the program beside.
path = folder("pytorch-joined-pools")
PROGRAM = """import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, vocab, size, hidden, classes):
        super().__init__()
        self.embedding = nn.Embedding(vocab, size)
        self.gru = nn.GRU(size, hidden, num_layers=2, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(3 * hidden, 6), nn.ReLU(),
                                  nn.Linear(6, classes))

    def forward(self, x):
        out, hidden = self.gru(self.embedding(x))
        largest, _ = torch.max(out, 1)
        pooled = torch.cat([hidden[-1], largest, out.mean(dim=1)], dim=-1)
        return self.head(pooled)
"""
names = {}
exec(PROGRAM, names)
torch.manual_seed(31)
net = names["Net"](V, 4, 5, 3).eval()
with torch.no_grad():
    for value in net.parameters():
        value.copy_(torch.randn_like(value) * 0.6)
    torch.save(net.state_dict(), f"{path}/model.pt")
    logits = net.double()(torch.tensor([IDS]))[0].tolist()
save(f"{path}/model.py", PROGRAM.encode())
save_json(f"{path}/vocab.json", {c: i for i, c in enumerate(CHARS)})
expected(
    path, ids=IDS, logits=logits, network="GRU, its end, largest and mean joined, classifier",
    window=True, metadata={"task": "classifier"},
)

# The same and others as PyTorch exports them: ONNX.


def exported(name, kind, source, reads, **facts):
    """A class as text, whose read-out reads so many values; its logits of a text."""
    path = folder(name)
    names = {"torch": torch, "nn": nn}
    exec(source, names)
    torch.manual_seed(32)
    net = names["Net"](V, 4, 5, reads).eval()
    with torch.no_grad():
        for value in net.parameters():
            value.copy_(torch.randn_like(value) * 0.6)
        torch.onnx.export(
            net, torch.tensor([IDS]), f"{path}/model.onnx", opset_version=13, input_names=["x"],
            dynamic_axes={"x": {0: "batch", 1: "time"}},
        )
        logits = net.double()(torch.tensor([IDS]))[0].tolist()
    save_json(f"{path}/vocab.json", {c: i for i, c in enumerate(CHARS)})
    expected(path, ids=IDS, logits=logits, network=kind, window=True, **facts)


NET = """
class Net(nn.Module):
    def __init__(self, vocab, size, hidden, reads):
        super().__init__()
        self.hidden = hidden
        self.embedding = nn.Embedding(vocab, size)
        self.gru = nn.GRU(size, hidden, num_layers=2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(reads, 3)

    def forward(self, x):
        y, h = self.gru(self.embedding(x))
        return self.fc({})
"""
pooled = "torch.cat([torch.cat((h[-2], h[-1]), 1), y.max(dim=1)[0], y.mean(dim=1)], 1)"
facts = {"metadata": {"reads": "pooled", "task": "classifier"}}
kind = "GRU both ways, joined pools, classifier"
exported("onnx-joined-pools", kind, NET.format(pooled), 30, **facts)
viewed = "h.view(2, 2, -1, self.hidden)[-1].sum(0)"
facts = {"metadata": {"reads": "ends", "task": "classifier"}}
kind = "GRU both ways, its ends added, classifier"
exported("onnx-ends-added", kind, NET.format(viewed), 5, **facts)

# The units of both ends in turn, which are neither end: no network here reads them so.
path = folder("onnx-turned-states")
names = {"torch": torch, "nn": nn}
turned = "h.permute(1, 2, 0).reshape(x.size(0), -1)"
exec(NET.format(turned).replace("num_layers=2", "num_layers=1"), names)
torch.manual_seed(33)
net = names["Net"](V, 4, 5, 10).eval()
with torch.no_grad():
    torch.onnx.export(
        net, torch.tensor([IDS]), f"{path}/model.onnx", opset_version=13, input_names=["x"],
        dynamic_axes={"x": {0: "batch", 1: "time"}},
    )
save_json(f"{path}/vocab.json", {c: i for i, c in enumerate(CHARS)})
save_json(f"{path}/expected.json", {"refused": "reads something else of its last layer"})
