"""Networks that read from both ends, of Keras and textgenrnn (as in keras.py) and of PyTorch."""
import os
import sys

import torch
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import *
from keras_files import *

NAMES = ["kernel:0", "recurrent_kernel:0", "bias:0"]


def both(name, kind, forward, backward):
    """The weights of a Bidirectional layer as Keras 2 names them."""
    return {
        f"{name}/{side}_{kind}/{n}": value
        for side, part in (("forward", forward), ("backward", backward))
        for n, value in zip(NAMES, part)
    }


def sequences(cell, forward, backward, xs, join=np.concatenate):
    """What a Bidirectional layer gives on every step."""
    ahead, back = cell(xs, *forward), cell(xs[::-1], *backward)[::-1]
    return [join(pair) for pair in zip(ahead, back)]


def ends(cell, forward, backward, xs, join=np.concatenate):
    """And what it gives at the end of both directions."""
    return join([cell(xs, *forward)[-1], cell(xs[::-1], *backward)[-1]])


def embedding(width, length, **more):
    return layer(
        "Embedding", "e", batch_input_shape=[None, length], input_dim=V, output_dim=width,
        input_length=length, **more,
    )


def lstm(units, sequences=False, kind="LSTM", **more):
    return layer(
        kind, kind.lower(), units=units, activation="tanh", recurrent_activation="sigmoid",
        return_sequences=sequences, **more,
    )


def sequential(*layers):
    return {"class_name": "Sequential", "config": list(layers)}


r = random(21)

# The course on poems: both ways, then one way of other width, a dense layer; padded on the left.
path = folder("keras-2-both-then-one")
E, w1, b1, w, b = r(V, 3), r(3, 6), r(6), r(6, V), r(V)
forward, backward, above = (
    (r(3, 20), r(5, 20), r(20)),
    (r(3, 20), r(5, 20), r(20)),
    (r(10, 12), r(3, 12), r(12)),
)
write(
    f"{path}/model.h5",
    "2.4.0-tf",
    [
        ("e", {"e/embeddings:0": E}),
        ("bi", both("bi", "lstm", forward, backward)),
        ("lstm", {f"lstm/{n}": value for n, value in zip(NAMES, above)}),
        ("d1", {"d1/kernel:0": w1, "d1/bias:0": b1}),
        ("d", {"d/kernel:0": w, "d/bias:0": b}),
    ],
    sequential(
        embedding(3, 16),
        layer("Bidirectional", "bi", layer=lstm(5, True), merge_mode="concat"),
        layer("Dropout", "dropout", rate=0.2),
        lstm(3),
        layer("Dense", "d1", units=6, activation="relu"),
        layer("Dense", "d", units=V, activation="softmax"),
    ),
)
ids = [0] * (16 - len(IDS)) + IDS
ys = keras_lstm(sequences(keras_lstm, forward, backward, [E[i] for i in ids]), *above)
note(
    path, "LSTM both ways, then one way", [relu(ys[-1] @ w1 + b1)], w, b, ids=ids, window=True,
    metadata={"reads": "last", "window": "16", "dense": "relu"},
)

# One-hot windows of characters; the ends added up; two layers.
path = folder("keras-2-both-sum")
w, b = r(4, V), r(V)
first = [(r(V, 15), r(5, 15), r(15)), (r(V, 15), r(5, 15), r(15))]
second = [(r(10, 12), r(4, 12), r(12)), (r(10, 12), r(4, 12), r(12))]
one = lstm(5, True, "GRU", reset_after=False, batch_input_shape=[None, 13, V])
two = lstm(4, False, "GRU", reset_after=False)
write(
    f"{path}/model.h5",
    "2.3.1",
    [
        ("bi1", both("bi1", "gru", *first)),
        ("bi2", both("bi2", "gru", *second)),
        ("d", {"d/kernel:0": w, "d/bias:0": b}),
    ],
    sequential(
        layer("Bidirectional", "bi1", layer=one, batch_input_shape=[None, 13, V]),
        layer("Bidirectional", "bi2", layer=two, merge_mode="sum"),
        layer("Dense", "d", units=V, activation="softmax"),
    ),
)
ys = sequences(keras_gru, *first, one_hot(IDS, V))
add = lambda pair: pair[0] + pair[1]
note(
    path, "GRU both ways, ends added", [ends(keras_gru, *second, ys, add)], w, b, window=True,
    metadata={"reads": "ends", "window": "13", "cell": "gru-before"},
)

# A classifier: the largest over time of the ends' mean; masked padding.
path = folder("keras-2-both-classifier")
E, w, b = r(V, 3), r(8, 3), r(3)
part = [(r(3, 16), r(4, 16), r(16)), (r(3, 16), r(4, 16), r(16))]
write(
    f"{path}/model.h5",
    "2.3.1",
    [
        ("e", {"e/embeddings:0": E}),
        ("bi", both("bi", "lstm", *part)),
        ("pool", {}),
        ("d", {"d/kernel:0": w, "d/bias:0": b}),
    ],
    sequential(
        embedding(3, 30, mask_zero=True),
        layer("Bidirectional", "bi", layer=lstm(4, True)),
        layer("GlobalMaxPooling1D", "pool"),
        layer("Dense", "d", units=3, activation="softmax"),
    ),
)
ids = [i for i in IDS if i > 0]
high = np.max(sequences(keras_lstm, *part, [E[i] for i in ids]), axis=0)
save_json(f"{path}/vocab.json", {c: i for i, c in enumerate(CHARS) if i > 0})
expected(
    path, ids=ids, logits=(high @ w + b).tolist(), network="LSTM both ways, pooled, classifier",
    window=True, metadata={"reads": "pooled", "window": "30", "task": "classifier"},
)

# Keras 3, whose tree names the directions; the ends' mean.
path = folder("keras-3-both")
E, w, b = r(V, 3), r(4, V), r(V)
part = [(r(3, 16), r(4, 16), r(16)), (r(3, 16), r(4, 16), r(16))]
recurrent = dict(units=4, activation="tanh", recurrent_activation="sigmoid", return_sequences=False)
inner = keras3("LSTM", "lstm", **recurrent)
config = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {
        "name": "sequential",
        "layers": [
            keras3("InputLayer", "input_layer", batch_shape=[None, 13]),
            keras3("Embedding", "embedding", input_dim=V, output_dim=3, mask_zero=False),
            keras3("Bidirectional", "bidirectional", layer=inner, merge_mode="ave"),
            keras3("Dense", "dense", units=V, activation="softmax"),
        ],
    },
}
write_archive(
    path,
    config,
    [
        ("layers/embedding/vars", [E]),
        ("layers/bidirectional/forward_layer/cell/vars", list(part[0])),
        ("layers/bidirectional/backward_layer/cell/vars", list(part[1])),
        ("layers/dense/vars", [w, b]),
    ],
)
mean = lambda pair: (pair[0] + pair[1]) / 2
note(
    path, "LSTM both ways, mean of the ends", [ends(keras_lstm, *part, [E[i] for i in IDS], mean)],
    w, b, window=True, metadata={"reads": "ends", "window": "13"},
)

# textgenrnn with rnn_bidirectional.
path = folder("textgenrnn-both")
tokens = {"<s>": V + 1, **{c: i + 1 for i, c in enumerate(CHARS)}}
n = len(tokens) + 1
E, att, w, b = r(n, 3), r(19, 1), r(19, n), r(n)
first = [(r(3, 16), r(4, 16), r(16)), (r(3, 16), r(4, 16), r(16))]
second = [(r(8, 16), r(4, 16), r(16)), (r(8, 16), r(4, 16), r(16))]
write(
    f"{path}/mine_weights.hdf5",
    "2.2.4",
    [
        ("input", {}),
        ("embedding", {"embedding/embeddings:0": E}),
        ("rnn_1", both("rnn_1", "lstm_1", *first)),
        ("rnn_2", both("rnn_2", "lstm_2", *second)),
        ("rnn_concat", {}),
        ("attention", {"attention/attention_W:0": att}),
        ("output", {"output/kernel:0": w, "output/bias:0": b}),
    ],
)
save_json(f"{path}/mine_vocab.json", tokens)
save_json(
    f"{path}/mine_config.json",
    {
        "rnn_layers": 2,
        "rnn_size": 4,
        "rnn_bidirectional": True,
        "max_length": 20,
        "max_words": 10000,
        "dim_embeddings": 3,
        "word_level": False,
        "single_text": False,
    },
)
ids = [0] * 6 + [V + 1] + [i + 1 for i in IDS]
xs = [E[i] for i in ids]
h1 = sequences(keras_lstm, *first, xs)
h2 = sequences(keras_lstm, *second, h1)
every = [np.concatenate(p) for p in zip(xs, h1, h2)]
scores = np.array([float((e @ att)[0]) for e in every])
weights = np.exp(scores - scores.max())
read = sum(e * s for e, s in zip(every, weights / (weights.sum() + 1e-7)))
expected(
    path, ids=ids, logits=(read @ w + b).tolist(), network="LSTM both ways, weighted average",
    window=True, metadata={"window": "20", "reads": "all"},
)

# PyTorch: two layers, whose read-out reads the last step of both directions.
torch.manual_seed(21)


class BothWays(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, 5)
        self.gru = nn.GRU(5, 4, 2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(8, V)

    def forward(self, ids):
        return self.fc(self.gru(self.embedding(ids))[0][:, -1])


path = folder("pytorch-both")
model = BothWays()
with torch.no_grad():
    for p in model.parameters():
        p.mul_(2)
    kept = {"epoch": 3, "seq_length": 30, "model_state_dict": model.state_dict()}
    torch.save(kept, f"{path}/model.pth")
    save_json(f"{path}/vocab.json", CHARS)
    expected(
        path, ids=IDS, logits=model.double()(torch.tensor([IDS]))[0].tolist(),
        network="GRU both ways", window=True, metadata={"reads": "last", "window": "30"},
    )


# ONNX as PyTorch exports it: every step's output, and the ends of the last of two layers.
class Exported(nn.Module):
    def __init__(self, ends):
        super().__init__()
        self.ends = ends
        self.embedding = nn.Embedding(V, 5)
        self.rnn = nn.GRU(5, 4, 2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(8, V)

    def forward(self, ids):
        out, h = self.rnn(self.embedding(ids))
        return self.fc(torch.cat([h[-2], h[-1]], 1) if self.ends else out)


for name, is_ends in (("onnx-both-last", False), ("onnx-both-ends", True)):
    path = folder(name)
    model = Exported(is_ends).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(2)
        example = torch.tensor([IDS])
        axes = {"ids": {1: "time"}}
        torch.onnx.export(
            model, example, f"{path}/model.onnx", input_names=["ids"], dynamic_axes=axes
        )
        save_json(f"{path}/vocab.json", CHARS)
        logits = model(example).reshape(-1, V)[-1].tolist()
    reads = "ends" if is_ends else "last"
    kind = f"GRU both ways, {'their ends' if is_ends else 'the last step'}"
    expected(path, ids=IDS, logits=logits, network=kind, window=True, metadata={"reads": reads})
