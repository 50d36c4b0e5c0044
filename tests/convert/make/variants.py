"""Files as people have them beside the plain ones: weights of models that are a class of one's own,
layers that only a trained program's habits explain, and names that say nothing.
"""
import io
import json
import os
import pickle
import sys
import zipfile

import yaml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import *
from keras_files import *
import tensorflow_files
from tensorflow_files import *

r = random(41)
END = "/.ATTRIBUTES/VARIABLE_VALUE"
NAMES = ["kernel", "recurrent_kernel", "bias"]


def part(inputs, units, gates=4, biases=()):
    return [r(inputs, gates * units), r(units, gates * units), r(*biases, gates * units)]


def write_tree(path, variables):
    """Keras 3's weights alone."""
    with h5py.File(path, "w") as file:
        for where, values in variables:
            group = file.create_group(where)
            for k, value in enumerate(values):
                group.create_dataset(str(k), data=value)


# A class of one's own in Keras 3: folders are its attributes.
path = folder("keras-3-subclass")
E, gru, w, b = r(V, 4), part(4, 5, 3, (2,)), r(5, V), r(V)
tree = [("embedding/vars", [E]), ("gru/cell/vars", gru), ("dense/vars", [w, b])]
write_tree(f"{path}/my.weights.h5", [*tree, ("optimizer/vars", [np.int64(3)]), ("vars", [])])
hs = keras_gru([E[i] for i in IDS], *gru, reset_after=True)
note(path, "GRU, weights of a class of one's own", hs, w, b)

# Weights alone, whose order only their sizes tell: from both ends, then one way.
path = folder("keras-3-weights")
ahead, back, above = part(4, 5), part(4, 5), part(10, 3)
w, b = r(3, V), r(V)
inner = "layers/bidirectional"
write_tree(
    f"{path}/model.weights.h5",
    [
        ("layers/dense/vars", [w, b]),
        (f"{inner}/backward_layer/cell/vars", back),
        (f"{inner}/forward_layer/cell/vars", ahead),
        ("layers/lstm/cell/vars", above),
        ("layers/embedding/vars", [E]),
    ],
)
xs = [E[i] for i in IDS]
ys = [np.concatenate(p) for p in zip(keras_lstm(xs, *ahead), keras_lstm(xs[::-1], *back)[::-1])]
hs = keras_lstm(ys, *above)
note(path, "LSTM both ways, then one way, weights alone", hs, w, b, window=True)

# A leaky ReLU behind a dense layer; the text that it was trained on lies beside it.
path = folder("keras-2-leaky")
lstm, w1, b1, w, b = part(4, 5), r(5, 6), r(6), r(6, V), r(V)
write(
    f"{path}/model.h5",
    "2.11.0",
    [
        ("e", {"e/embeddings:0": E}),
        ("lstm", {f"lstm/lstm_cell/{n}:0": value for n, value in zip(NAMES, lstm)}),
        ("d1", {"d1/kernel:0": w1, "d1/bias:0": b1}),
        ("leaky", {}),
        ("d", {"d/kernel:0": w, "d/bias:0": b}),
    ],
    {
        "class_name": "Sequential",
        "config": [
            layer("Embedding", "e", batch_input_shape=[None, None], input_dim=V, output_dim=4),
            layer("LSTM", "lstm", units=5, recurrent_activation="sigmoid", return_sequences=False),
            layer("Dense", "d1", units=6, activation="linear"),
            layer("LeakyReLU", "leaky", alpha=0.3),
            layer("Dense", "d", units=V, activation="softmax"),
        ],
    },
)
hs = [h @ w1 + b1 for h in keras_lstm(xs, *lstm)]
note(path, "LSTM, leaky ReLU", [np.where(h > 0, h, 0.3 * h) for h in hs], w, b, vocabulary=False)
save(f"{path}/input.txt", (TEXT * 5).encode())

# Weights alone, and beside them what to_yaml() wrote, by PyYAML as it was then and as it is now.
for flow, name in [(None, "keras-2-yaml"), (False, "keras-2-yaml-block")]:
    path = folder(name)
    write(
        f"{path}/weights.h5",
        "2.2.4",
        [
            ("e", {"e/embeddings:0": E}),
            ("lstm", {f"lstm/{n}:0": value for n, value in zip(NAMES, lstm)}),
            ("d1", {"d1/kernel:0": w1, "d1/bias:0": b1}),
            ("d", {"d/kernel:0": w, "d/bias:0": b}),
        ],
    )
    zeros = {"class_name": "Zeros", "config": {}}
    model = {
        "backend": "tensorflow",
        "class_name": "Sequential",
        "config": [
            layer("Embedding", "e", batch_input_shape=(None, None), input_dim=V, output_dim=4),
            layer(
                "LSTM", "lstm", units=5, recurrent_activation="sigmoid", return_sequences=False,
                bias_initializer=zeros, dropout=0.2, kernel_regularizer=None,
            ),
            layer("Dense", "d1", units=6, activation="relu", note="it's: a 'test', #1"),
            layer("Dense", "d", units=V, activation="softmax"),
        ],
        "keras_version": "2.2.4",
    }
    with open(f"{path}/model.yaml", "w", encoding="utf-8") as file:
        yaml.dump(model, file, default_flow_style=flow)
    hs = [np.maximum(h @ w1 + b1, 0) for h in keras_lstm(xs, *lstm)]
    note(path, "LSTM, its configuration in YAML", hs, w, b)

# A generator whose read-out sees the largest of every unit over the window.
path = folder("keras-2-pooled")
w, b = r(5, V), r(V)
write(
    f"{path}/model.h5",
    "2.11.0",
    [
        ("e", {"e/embeddings:0": E}),
        ("lstm", {f"lstm/lstm_cell/{n}:0": value for n, value in zip(NAMES, lstm)}),
        ("pool", {}),
        ("d", {"d/kernel:0": w, "d/bias:0": b}),
    ],
    {
        "class_name": "Sequential",
        "config": [
            layer("Embedding", "e", batch_input_shape=[None, 13], input_dim=V, output_dim=4),
            layer("LSTM", "lstm", units=5, recurrent_activation="sigmoid", return_sequences=True),
            layer("GlobalMaxPooling1D", "pool"),
            layer("Dense", "d", units=V, activation="softmax"),
        ],
    },
)
high = np.max(keras_lstm(xs, *lstm), axis=0)
facts = {"reads": "pooled", "window": "13"}
note(path, "LSTM, pooled over its window", [high], w, b, window=True, metadata=facts)

# TensorFlow 2's checkpoint of a layer that reads from both ends.
path = folder("tensorflow2-both")
w, b = r(10, V), r(V)
variables = {
    f"layer_with_weights-0/embeddings{END}": E,
    f"layer_with_weights-2/kernel{END}": w,
    f"layer_with_weights-2/bias{END}": b,
}
for side, values in (("forward", ahead), ("backward", back)):
    for name, value in zip(NAMES, values):
        variables[f"layer_with_weights-1/{side}_layer/cell/{name}{END}"] = value
write_v2(f"{path}/ckpt_10", variables)
ends = np.concatenate([keras_lstm(xs, *ahead)[-1], keras_lstm(xs[::-1], *back)[-1]])
note(path, "LSTM both ways", [ends], w, b, window=True, metadata={"reads": "ends"})

# An embedding whose variable has no name of its own.
path = folder("tensorflow1-unnamed")
M, B, w, b = r(9, 20), r(20), r(5, V), r(V)
scope = "rnn/multi_rnn_cell/cell_0/basic_lstm_cell"
variables = {"Variable": E, f"{scope}/kernel": M, f"{scope}/bias": B}
write_v2(f"{path}/model.ckpt-5", {**variables, "softmax_w": w, "softmax_b": b})
note(path, "LSTM", basic_lstm(xs, M, B, 5), w, b)

# A functional model that is given its states, and gives them back: for a text in several calls.
path = folder("keras-2-states")
w, b = r(5, V), r(V)
weights = {f"lstm/lstm_cell/{name}:0": value for name, value in zip(NAMES, lstm)}
head = {"dense/kernel:0": w, "dense/bias:0": b}


def reads(kind, name, before, **config):
    nodes = [[[one, 0, 0, {}] for one in before]] if before else []
    return {**layer(kind, name, **config), "name": name, "inbound_nodes": nodes}


sequence = dict(return_sequences=True, return_state=True, recurrent_activation="sigmoid")
layers = [
    reads("InputLayer", "ids", [], batch_input_shape=[None, None]),
    reads("InputLayer", "h", [], batch_input_shape=[None, 5]),
    reads("InputLayer", "c", [], batch_input_shape=[None, 5]),
    reads("Embedding", "embedding", ["ids"]),
    reads("LSTM", "lstm", ["embedding", "h", "c"], **sequence),
    reads("Dense", "dense", ["lstm"], activation="softmax"),
]
write(
    f"{path}/model.h5",
    "2.4.0",
    [("embedding", {"embedding/embeddings:0": E}), ("lstm", weights), ("dense", head)],
    {"class_name": "Functional", "config": {"name": "model", "layers": layers}},
)
note(path, "LSTM, given its states", keras_lstm(xs, *lstm), w, b)

# Keras 2.13's archive as Windows writes it: a group's name has the whole path.
path = folder("keras-3-windows")
memory = io.BytesIO()
with h5py.File(memory, "w") as f:
    for where, values in [(["embedding"], [E]), (["lstm", "cell"], lstm), (["dense"], [w, b])]:
        group = f.create_group("\\".join(["_layer_checkpoint_dependencies", *where]))
        for k, value in enumerate(values):
            group.create_dataset(f"vars/{k}", data=value)
layers = [
    layer("Embedding", "embedding"),
    layer("LSTM", "lstm", return_sequences=True, recurrent_activation="sigmoid"),
    layer("Dense", "dense", activation="softmax"),
]
config = {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}}
with zipfile.ZipFile(f"{path}/model.keras", "w") as z:
    for name, data in {
        "metadata.json": '{"keras_version": "2.13.1"}',
        "config.json": json.dumps(config),
        "model.weights.h5": memory.getvalue(),
    }.items():
        z.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data)
note(path, "LSTM, written on Windows", keras_lstm(xs, *lstm), w, b)

# model.get_weights(), a list.
path = folder("numpy-get-weights")
ahead, back = part(4, 5), part(4, 5)
w, b = r(10, V), r(V)
with open(f"{path}/weights.pkl", "wb") as file:
    pickle.dump([E, *ahead, *back, w, b], file, protocol=2)
ends = np.concatenate([keras_lstm(xs, *ahead)[-1], keras_lstm(xs[::-1], *back)[-1]])
note(path, "Keras's list of weights, both ways", [ends], w, b, window=True)

# CuDNN's LSTM in TensorFlow 1, which adds nothing to the forget gate, and sums its two biases.
path = folder("tensorflow1-cudnn")
M, B, w, b = r(9, 20), r(20), r(5, V), r(V)
scope = "cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell"
variables = {"embedding": E, f"{scope}/kernel": M, f"{scope}/bias": B}
variables |= {f"{scope}/bias_cudnn_{k}": B * (1 - k) for k in range(2)}
write_v2(f"{path}/model.ckpt-7", {**variables, "dense/kernel": w, "dense/bias": b})
B = B - np.repeat(np.float32([0, 0, 1, 0]), 5)
note(path, "LSTM of CuDNN", basic_lstm(xs, M, B, 5), w, b)

# tf.keras in TensorFlow 1, saved by its Saver.
path = folder("tensorflow1-keras")
w, b = r(5, V), r(V)
variables = {f"lstm/{name}": value for name, value in zip(NAMES, lstm)}
variables |= {f"training/Adam/lstm/{name}/m": value for name, value in zip(NAMES, lstm)}
head = {"dense/kernel": w, "dense/bias": b}
write_v2(f"{path}/model.ckpt-9", {"embedding/embeddings": E, **variables, **head})
note(path, "LSTM of Keras", keras_lstm(xs, *lstm, gate=hard_sigmoid), w, b)

# tensorflow-rnn-shakespeare's, whose alphabet is in no file.
path = folder("tensorflow1-alphabet")
gates, gate_bias, candidate, bias = r(100, 4), r(4), r(100, 2), r(2)
w, b = r(2, 98), r(98)
scope = "rnn/multi_rnn_cell/cell_0/gru_cell"
variables = {f"{scope}/gates/kernel": gates, f"{scope}/gates/bias": gate_bias}
variables |= {f"{scope}/candidate/kernel": candidate, f"{scope}/candidate/bias": bias}
head = {"fully_connected/weights": w, "fully_connected/biases": b}
write_v2(f"{path}/rnn_train_1495455686-0", {**variables, **head})
ids = [ord(c) - 30 for c in "KING"] + [97]
hs = tensorflow_files.gru(one_hot(ids, 98), gates, gate_bias, candidate, bias, 2)
alphabet = ["\ue000", "\t", *map(chr, range(32, 127)), "\n"]
facts = {"ids": ids, "vocabulary": alphabet}
expected(path, logits=(hs[-1] @ w + b).tolist(), network="GRU with an alphabet of its own", **facts)


def book_lstm(xs, kernel, recurrent, bias):
    n = recurrent.shape[0]
    h, c, out = np.zeros(n), np.zeros(n), []
    for x in xs:
        forget, candidate, i, o = np.split(x @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(forget) * c + sigmoid(i) * np.tanh(candidate)
        h = sigmoid(o) * np.tanh(c)
        out.append(h)
    return out


# What the language model of the book Deep Learning from Scratch 2 saves: its arrays in 16 bits.
path = folder("numpy-from-scratch")
arrays = [r(V, 5), *part(5, 4), *part(4, 5), r(5, V), r(V)]
arrays = [array.astype(np.float16) for array in arrays]
with open(f"{path}/BetterRnnlm.pkl", "wb") as file:
    pickle.dump(arrays, file)
E, *layers, w, b = [array.astype(np.float32) for array in arrays]
hs = book_lstm(book_lstm([E[i] for i in IDS], *layers[:3]), *layers[3:])
note(path, "LSTM of Deep Learning from Scratch 2", hs, w, b)

# Keras 3 after quantize("int8"): a kernel of 8 bits, and a scale a column.
path = folder("keras-3-quantised")
w, b = r(5, V), r(V)
scale = np.abs(w).max(0) / 127
dense = [np.round(w / scale).astype(np.int8), b, 1 / scale]
tree = [("embedding/vars", [E]), ("lstm/cell/vars", part(5, 5)), ("dense/vars", dense)]
write_tree(f"{path}/model.weights.h5", tree)
save_json(f"{path}/expected.json", {"refused": "quantised, to 8 bits"})
