"""Keras's files, in the layout of keras_files.py; the numbers are of the plain cells in common.py."""
import json
import os
import sys

import h5py
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import *
from keras_files import *

# Version 1, a matrix a gate, hard sigmoid, windows of 8.
r = random(1)
path = folder("keras-1-per-gate")
W, U, B = r(V, 20), r(5, 20), r(20)
w, b = r(5, V), r(V)
gates = dict(i=0, f=1, c=2, o=3)
weights = {}
for g in "icfo":
    at = slice(gates[g] * 5, gates[g] * 5 + 5)
    weights[f"lstm_1_W_{g}"], weights[f"lstm_1_U_{g}"], weights[f"lstm_1_b_{g}"] = (
        W[:, at],
        U[:, at],
        B[at],
    )
config = {
    "class_name": "Sequential",
    "config": [
        layer(
            "LSTM",
            "lstm_1",
            output_dim=5,
            batch_input_shape=[None, 8, V],
            activation="tanh",
            inner_activation="hard_sigmoid",
            return_sequences=False,
            stateful=False,
            go_backwards=False,
            input_dim=V,
            input_length=None,
            consume_less="cpu",
        ),
        layer("Dropout", "dropout_1", p=0.2),
        layer("Dense", "dense_1", output_dim=V, activation="linear"),
        layer("Activation", "activation_1", activation="softmax"),
    ],
}
write(
    f"{path}/model.h5",
    "1.2.2",
    [
        ("lstm_1", weights),
        ("dropout_1", {}),
        ("dense_1", {"dense_1_W": w, "dense_1_b": b}),
        ("activation_1", {}),
    ],
    config,
)
note(
    path,
    "LSTM, a matrix a gate",
    keras_lstm(one_hot(IDS, V), W, U, B, hard_sigmoid),
    w,
    b,
    metadata={"window": "8", "cell": "lstm-hard"},
)

# Version 1 GRU without names that say anything (0.3's "param_0").
path = folder("keras-0-parameters")
W, U, B = r(V, 12), r(4, 12), r(12)
w, b = r(4, V), r(V)
with h5py.File(f"{path}/weights.h5", "w") as f:
    f.attrs["nb_layers"] = 2
    parts = [p[..., k * 4 : k * 4 + 4] for k in range(3) for p in (W, U, B)]
    for n, values in enumerate([parts, [w, b]]):
        g = f.create_group(f"layer_{n}")
        g.attrs["nb_params"] = len(values)
        for k, value in enumerate(values):
            g.create_dataset(f"param_{k}", data=value)
note(path, "GRU, weights alone", keras_gru(one_hot(IDS, V), W, U, B, hard_sigmoid), w, b)

# Version 2, weights alone, GRU with the reset in front, hard sigmoid because of the version.
path = folder("keras-2-weights")
E, W, U, B = r(V, 4), r(4, 15), r(5, 15), r(15)
W2, U2, B2 = r(5, 9), r(3, 9), r(9)
w, b = r(3, V), r(V)
write(
    f"{path}/weights.hdf5",
    "2.2.4",
    [
        ("embedding_1", {"embedding_1/embeddings:0": E}),
        ("gru_1", {"gru_1/kernel:0": W, "gru_1/recurrent_kernel:0": U, "gru_1/bias:0": B}),
        ("dropout_1", {}),
        ("gru_2", {"gru_2/kernel:0": W2, "gru_2/recurrent_kernel:0": U2, "gru_2/bias:0": B2}),
        ("dense_1", {"dense_1/kernel:0": w, "dense_1/bias:0": b}),
    ],
)
hs = keras_gru(keras_gru([E[i] for i in IDS], W, U, B, hard_sigmoid), W2, U2, B2, hard_sigmoid)
note(path, "GRU of different widths, weights alone", hs, w, b, metadata={"cell": "gru-before-hard"})

# tf.keras, functional, TimeDistributed, reset after, batch normalisation, states kept.
path = folder("keras-2-functional")
E, W, U, B = r(V, 4), r(4, 15), r(5, 15), r(2, 15)
gamma, beta, mean, var = r(5), r(5), r(5), np.abs(r(5)) + 0.1
w, b = r(5, V), r(V)
chain = [
    layer("InputLayer", "input_1", batch_input_shape=[1, None]),
    layer("Embedding", "embedding", input_dim=V, output_dim=4, mask_zero=False),
    layer(
        "GRU",
        "gru",
        units=5,
        activation="tanh",
        recurrent_activation="sigmoid",
        return_sequences=True,
        stateful=True,
        reset_after=True,
        use_bias=True,
    ),
    layer("BatchNormalization", "bn", epsilon=0.001, scale=True, center=True),
    layer("TimeDistributed", "td", layer=layer("Dense", "dense", units=V, activation="softmax")),
]
for k, one in enumerate(chain):
    one["name"] = one["config"]["name"]
    one["inbound_nodes"] = [[[chain[k - 1]["config"]["name"], 0, 0, {}]]] if k else []
config = {
    "class_name": "Functional",
    "config": {
        "name": "model",
        "layers": chain,
        "input_layers": [["input_1", 0, 0]],
        "output_layers": [["td", 0, 0]],
    },
}
write(
    f"{path}/model.h5",
    "2.4.0-tf",
    [
        ("embedding", {"embedding/embeddings:0": E}),
        (
            "gru",
            {
                "gru/gru_cell/kernel:0": W,
                "gru/gru_cell/recurrent_kernel:0": U,
                "gru/gru_cell/bias:0": B,
            },
        ),
        (
            "bn",
            {
                "bn/gamma:0": gamma,
                "bn/beta:0": beta,
                "bn/moving_mean:0": mean,
                "bn/moving_variance:0": var,
            },
        ),
        ("td", {"td/kernel:0": w, "td/bias:0": b}),
    ],
    config,
)
hs = keras_gru([E[i] for i in IDS], W, U, B, reset_after=True)
hs = [(h - mean) / np.sqrt(var + 0.001) * gamma + beta for h in hs]
note(path, "GRU, functional, normalised", hs, w, b)

# The scalar id / V, as a well-known tutorial feeds it; a dense layer with ReLU behind; weights in
# 64 bits.
path = folder("keras-2-scalar")
W, U, B = r(1, 16).astype(np.float64) * 3, r(4, 16).astype(np.float64), r(16).astype(np.float64)
w1, b1, w, b = r(4, 6), r(6), r(6, V), r(V)
config = {
    "class_name": "Sequential",
    "config": {
        "name": "s",
        "layers": [
            layer(
                "LSTM",
                "lstm",
                units=4,
                batch_input_shape=[None, 10, 1],
                activation="tanh",
                recurrent_activation="sigmoid",
                return_sequences=False,
            ),
            layer("Dense", "d1", units=6, activation="relu"),
            layer("Dense", "d2", units=V, activation="softmax"),
        ],
    },
}
write(
    f"{path}/model.h5",
    "2.3.1",
    [
        ("lstm", {"lstm/kernel:0": W, "lstm/recurrent_kernel:0": U, "lstm/bias:0": B}),
        ("d1", {"d1/kernel:0": w1, "d1/bias:0": b1}),
        ("d2", {"d2/kernel:0": w, "d2/bias:0": b}),
    ],
    config,
)
hs = [relu(h @ w1 + b1) for h in keras_lstm([[i / V] for i in IDS], W, U, B)]
note(path, "LSTM, fed a scalar, dense layer behind", hs, w, b)

# CuDNN's layout: per gate the input matrix row by row as [H, in], the recurrent one turned, two
# biases.
path = folder("keras-2-cudnn")
W, U, B1, B2 = r(V, 16), r(4, 16), r(16), r(16)
w, b = r(4, V), r(V)
split = lambda m: [m[:, k * 4 : k * 4 + 4] for k in range(4)]
Wc = np.concatenate([g.T.reshape(g.shape) for g in split(W)], 1)
Uc = np.concatenate([g.T for g in split(U)], 1)
config = {
    "class_name": "Sequential",
    "config": [
        layer(
            "CuDNNLSTM", "lstm", units=4, batch_input_shape=[None, None, V], return_sequences=True
        ),
        layer(
            "TimeDistributed", "td", layer=layer("Dense", "dense", units=V, activation="softmax")
        ),
    ],
}
write(
    f"{path}/model.h5",
    "2.1.6",
    [
        (
            "lstm",
            {
                "lstm/kernel:0": Wc,
                "lstm/recurrent_kernel:0": Uc,
                "lstm/bias:0": np.concatenate([B1, B2]),
            },
        ),
        ("td", {"td/kernel:0": w, "td/bias:0": b}),
    ],
    config,
)
note(path, "CuDNN LSTM", keras_lstm(one_hot(IDS, V), W, U, B1 + B2), w, b)

# A stack of SimpleRNN, one sigmoid: a classifier; chunked and compressed weights.
path = folder("keras-2-classifier")
E, W, U, B = r(V, 3), r(3, 4), r(4, 4), r(4)
w, b = r(4, 1), r(1)
config = {
    "class_name": "Sequential",
    "config": [
        layer("Embedding", "e", batch_input_shape=[None, None], input_dim=V, output_dim=3),
        layer("SimpleRNN", "rnn", units=4, activation="relu", return_sequences=False),
        layer("Dense", "d", units=1, activation="sigmoid"),
    ],
}
with h5py.File(f"{path}/model.h5", "w") as f:
    f.attrs["model_config"] = json.dumps(config)
    f.attrs["keras_version"] = "2.2.0"
    g = f.create_group("model_weights")
    write_group(g, [("e", {}), ("rnn", {}), ("d", {})])
    for name, weights in [
        ("e", {"e/embeddings:0": E}),
        ("rnn", {"rnn/kernel:0": W, "rnn/recurrent_kernel:0": U, "rnn/bias:0": B}),
        ("d", {"d/kernel:0": w, "d/bias:0": b}),
    ]:
        g[name].attrs["weight_names"] = np.array([n.encode() for n in weights])
        for n, value in weights.items():
            g[name].create_dataset(
                n,
                data=value,
                compression="gzip",
                shuffle=True,
                chunks=tuple(max(1, s // 2) for s in value.shape),
            )
hs = keras_rnn([E[i] for i in IDS], W, U, B, relu)
save_json(f"{path}/vocab.json", CHARS)
expected(
    path,
    ids=IDS,
    logits=[0, float((hs[-1] @ w + b)[0])],
    network="SimpleRNN, one sigmoid, classifier",
    window=True,
    metadata={"task": "classifier"},
)

# Bidirectional in windows, padded on the left.
path = folder("keras-2-bidirectional")
E = r(V, 3)
f1, b1 = (r(3, 16), r(4, 16), r(16)), (r(3, 16), r(4, 16), r(16))
w, b = r(8, V), r(V)
inner = layer(
    "LSTM",
    "lstm",
    units=4,
    activation="tanh",
    recurrent_activation="sigmoid",
    return_sequences=False,
)
config = {
    "class_name": "Sequential",
    "config": [
        layer(
            "Embedding",
            "e",
            batch_input_shape=[None, 13],
            input_dim=V,
            output_dim=3,
            input_length=13,
        ),
        layer("Bidirectional", "bi", layer=inner, merge_mode="concat"),
        layer("Dense", "d", units=V, activation="softmax"),
    ],
}
names = ["kernel:0", "recurrent_kernel:0", "bias:0"]
bi = {
    f"bi/{side}_lstm/{n}": value
    for side, part in (("forward", f1), ("backward", b1))
    for n, value in zip(names, part)
}
write(
    f"{path}/model.h5",
    "2.3.0",
    [("e", {"e/embeddings:0": E}), ("bi", bi), ("d", {"d/kernel:0": w, "d/bias:0": b})],
    config,
)
xs = [E[i] for i in IDS]
h = np.concatenate([keras_lstm(xs, *f1)[-1], keras_lstm(xs[::-1], *b1)[-1]])
facts = {"reads": "ends", "window": "13"}
note(path, "bidirectional LSTM in windows", [h], w, b, window=True, metadata=facts)

# textgenrnn: weights, vocabulary and configuration in three files.
path = folder("textgenrnn")
tokens = {"<s>": V + 1, **{c: i + 1 for i, c in enumerate(CHARS)}}
n = len(tokens) + 1
E = r(n, 3)
l1, l2 = (r(3, 16), r(4, 16), r(16)), (r(4, 16), r(4, 16), r(16))
att = r(11, 1)
w, b = r(11, n), r(n)
write(
    f"{path}/mine_weights.hdf5",
    "2.2.4",
    [
        ("input", {}),
        ("embedding", {"embedding/embeddings:0": E}),
        ("rnn_1", dict(zip(["rnn_1/kernel:0", "rnn_1/recurrent_kernel:0", "rnn_1/bias:0"], l1))),
        ("rnn_2", dict(zip(["rnn_2/kernel:0", "rnn_2/recurrent_kernel:0", "rnn_2/bias:0"], l2))),
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
        "rnn_bidirectional": False,
        "max_length": 20,
        "max_words": 10000,
        "dim_embeddings": 3,
        "word_level": False,
        "single_text": False,
    },
)
ids = [0] * 6 + [V + 1] + [i + 1 for i in IDS]
xs = [E[i] for i in ids]
h1 = keras_lstm(xs, *l1)
h2 = keras_lstm(h1, *l2)
every = [np.concatenate(p) for p in zip(xs, h1, h2)]
scores = np.array([float((e @ att)[0]) for e in every])
weights = np.exp(scores - scores.max())
read = sum(e * s for e, s in zip(every, weights / (weights.sum() + 1e-7)))
expected(
    path,
    ids=ids,
    logits=(read @ w + b).tolist(),
    network="LSTM, weighted average",
    window=True,
    metadata={"window": "20", "reads": "all"},
)

# Keras 3: config.json and numbered variables; a hard sigmoid of its own slope; a GRU.
path = folder("keras-3-archive")
E, W, U, B = r(V, 4), r(4, 15), r(5, 15), r(2, 15)
w, b = r(5, V), r(V)


config = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {
        "name": "sequential_7",
        "layers": [
            keras3("InputLayer", "input_layer", batch_shape=[None, None]),
            keras3("Embedding", "embedding_7", input_dim=V, output_dim=4, mask_zero=False),
            keras3(
                "GRU",
                "gru_7",
                units=5,
                activation="tanh",
                recurrent_activation="hard_sigmoid",
                return_sequences=True,
                reset_after=True,
            ),
            keras3("Dense", "dense_7", units=V, activation="softmax"),
        ],
    },
}


write_archive(
    path,
    config,
    [
        ("layers/embedding/vars", [E]),
        ("layers/gru/cell/vars", [W, U, B]),
        ("layers/dense/vars", [w, b]),
        ("optimizer/vars", [E * 0, W * 0]),
    ],
)
note(
    path,
    "GRU with Keras 3's hard sigmoid",
    keras_gru([E[i] for i in IDS], W, U, B, hard_sigmoid_3, True),
    w,
    b,
    metadata={"cell": "gru-hard"},
)

# A model inside the model, and a dense layer with an activation behind.
path = folder("keras-3-nested")
E, W, U, B = r(V, 4), r(4, 20), r(5, 20), r(20)
w1, b1, w, b = r(5, 6), r(6), r(6, V), r(V)
recurrent = dict(units=5, activation="tanh", recurrent_activation="sigmoid")
inner = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {
        "name": "encoder",
        "layers": [
            keras3("Embedding", "embedding", input_dim=V, output_dim=4, mask_zero=False),
            keras3("LSTM", "lstm", return_sequences=False, **recurrent),
        ],
    },
}
config = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {
        "name": "sequential",
        "layers": [
            keras3("InputLayer", "input_layer", batch_shape=[None, None]),
            inner,
            keras3("Dense", "dense", units=6, activation="relu"),
            keras3("Dense", "dense_1", units=V, activation="softmax"),
        ],
    },
}
write_archive(
    path,
    config,
    [
        ("layers/sequential/layers/embedding/vars", [E]),
        ("layers/sequential/layers/lstm/cell/vars", [W, U, B]),
        ("layers/dense/vars", [w1, b1]),
        ("layers/dense_1/vars", [w, b]),
    ],
)
hs = keras_lstm([E[i] for i in IDS], W, U, B)
note(path, "LSTM inside a model of its own, dense layer", [relu(h @ w1 + b1) for h in hs], w, b)
