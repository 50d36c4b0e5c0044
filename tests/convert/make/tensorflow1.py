"""TensorFlow 1's checkpoints and ml5's charRNN. TensorFlow 1 no longer installs: the tables are
written by tensorflow_files.py, the numbers are of its cells' formulas.
"""
import argparse
import json
import os
import pickle
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import *
from keras_files import layer
from tensorflow_files import *

V = len(CHARS)


def note(path, kind, hs, w, b, **more):
    expected(
        path, ids=IDS, logits=(hs[-1] @ w + b).tolist(), network=kind, vocabulary=CHARS, **more
    )


r = random(2)

# V2 with the names of TensorFlow 1.0, vocabulary and options pickled as sherjilozair's char-rnn
# does.
path = folder("tensorflow1-v2-lstm")
E, M1, B1, M2, B2, w, b = r(V, 4), r(9, 20), r(20), r(10, 20), r(20), r(5, V), r(V)
scope = "rnnlm/multi_rnn_cell/cell_{}/basic_lstm_cell/{}"
write_v2(
    f"{path}/model.ckpt-100",
    with_slots(
        {
            "rnnlm/embedding": E,
            scope.format(0, "weights"): M1,
            scope.format(0, "biases"): B1,
            scope.format(1, "weights"): M2,
            scope.format(1, "biases"): B2,
            "rnnlm/softmax_w": w,
            "rnnlm/softmax_b": b,
        }
    ),
)
save(
    f"{path}/chars_vocab.pkl",
    pickle.dumps(tuple(CHARS), 2) + pickle.dumps({c: i for i, c in enumerate(CHARS)}, 2),
)
save(
    f"{path}/config.pkl",
    pickle.dumps(argparse.Namespace(model="lstm", rnn_size=5, num_layers=2, vocab_size=V), 2),
)
note(path, "LSTM", basic_lstm(basic_lstm([E[i] for i in IDS], M1, B1, 5), M2, B2, 5), w, b)

# V1 with the names of 0.8, packed by Snappy; the vocabulary of Python 2 in protocol 0.
path = folder("tensorflow1-v1-gru")
E, G, GB, C, CB, w, b = r(V, 4), r(9, 10), r(10), r(9, 5), r(5), r(5, V), r(V)
scope = "rnnlm/MultiRNNCell/Cell0/GRUCell/{}/Linear/{}"
write_v1(
    f"{path}/model.ckpt-2000",
    with_slots(
        {
            "rnnlm/embedding": E,
            scope.format("Gates", "Matrix"): G,
            scope.format("Gates", "Bias"): GB,
            scope.format("Candidate", "Matrix"): C,
            scope.format("Candidate", "Bias"): CB,
            "rnnlm/softmax_w": w,
            "rnnlm/softmax_b": b,
        }
    ),
    True,
)
save(f"{path}/chars_vocab.pkl", pickle.dumps({c: i for i, c in enumerate(CHARS)}, 0))
note(path, "GRU", gru([E[i] for i in IDS], G, GB, C, CB, 5), w, b, metadata={"cell": "gru-before"})

# One-hot input, peepholes, the names of 1.4.
path = folder("tensorflow1-v2-peepholes")
M, B, w, b, p = r(V + 5, 20), r(20), r(5, V), r(V), (r(5), r(5), r(5))
scope = "rnn/lstm_cell/{}"
write_v2(
    f"{path}/model",
    {
        scope.format("kernel"): M,
        scope.format("bias"): B,
        scope.format("w_i_diag"): p[0],
        scope.format("w_f_diag"): p[1],
        scope.format("w_o_diag"): p[2],
        "dense/kernel": w,
        "dense/bias": b,
        "global_step": np.float32(7),
    },
)
save_json(f"{path}/vocab.json", CHARS)
note(
    path,
    "LSTM with peepholes, one-hot",
    basic_lstm(one_hot(IDS, V), M, B, 5, p),
    w,
    b,
    metadata={"cell": "lstm-peephole"},
)

# TensorFlow 2's checkpoint of a Keras model.
path = folder("tensorflow2-checkpoint")
E, W, U, B, w, b = r(V, 4), r(4, 15), r(5, 15), r(2, 15), r(5, V), r(V)
end = "/.ATTRIBUTES/VARIABLE_VALUE"
write_v2(
    f"{path}/ckpt_30",
    {
        f"layer_with_weights-0/embeddings{end}": E,
        f"layer_with_weights-1/cell/kernel{end}": W,
        f"layer_with_weights-1/cell/recurrent_kernel{end}": U,
        f"layer_with_weights-1/cell/bias{end}": B,
        f"layer_with_weights-2/kernel{end}": w,
        f"layer_with_weights-2/bias{end}": b,
        f"layer_with_weights-2/bias/.OPTIMIZER_SLOT/optimizer/m{end}": b * 0,
        f"save_counter{end}": np.float32(3),
    },
)
save_json(f"{path}/vocab.json", CHARS)
note(path, "GRU", keras_gru([E[i] for i in IDS], W, U, B, reset_after=True), w, b)

# ml5's charRNN, its vocabulary damaged as one of ml5's own is: u and U taken for nothing.
path = folder("ml5-charrnn")
letters = sorted(set("Ut possum, uxor") | set("etaoinshrldmwcfgypbvkxjqzITASWHBMCNFDPOLEGRYJVKQZX"))
n = len(letters)
E, M, B, w, b = r(n, 4), r(9, 20), r(20), r(5, n), r(n)
variables = {
    "embedding": E,
    "rnnlm/multi_rnn_cell/cell_0/basic_lstm_cell/weights": M,
    "rnnlm/multi_rnn_cell/cell_0/basic_lstm_cell/biases": B,
    "rnnlm/softmax_w": w,
    "rnnlm/softmax_b": b,
}
manifest = {"Variable": {"filename": "Variable", "shape": []}}
for name, array in variables.items():
    manifest[name] = {"filename": name.replace("/", "_"), "shape": list(array.shape)}
    save(f"{path}/{name.replace('/', '_')}", array.astype("<f4").tobytes())
save_json(f"{path}/manifest.json", manifest)
save(f"{path}/Variable", b"\0\0\0\0")
save_json(f"{path}/vocab.json", {{"u": "  ", "U": ""}.get(c, c): i for i, c in enumerate(letters)})
ids = [letters.index(c) for c in "possum"]
expected(
    path,
    ids=ids,
    logits=(basic_lstm([E[i] for i in ids], M, B, 5)[-1] @ w + b).tolist(),
    network="LSTM",
    vocabulary=letters,
)

# Another model's vocabulary beside it.
path = folder("tensorflow1-wrong-vocabulary")
E, M, B, w, b = r(V + 2, 4), r(9, 20), r(20), r(5, V + 2), r(V + 2)
scope = "rnnlm/multi_rnn_cell/cell_0/basic_lstm_cell/{}"
write_v2(
    f"{path}/model.ckpt-1",
    {
        "rnnlm/embedding": E,
        scope.format("kernel"): M,
        scope.format("bias"): B,
        "rnnlm/softmax_w": w,
        "rnnlm/softmax_b": b,
    },
)
save(f"{path}/chars_vocab.pkl", pickle.dumps(tuple(CHARS), 2))
save_json(
    f"{path}/expected.json",
    {"refused": f"chars_vocab.pkl has {V} tokens, but the model reads {V + 2}"},
)

# A SavedModel of Keras: the way to a cell's variables is a list, their names are in the graph of
# objects, and the layers' configuration is in a file beside it.
path = folder("tensorflow2-saved-model")
E, W, U, B, w, b = r(V, 4), r(4, 20), r(5, 20), r(20), r(5, 6), r(6)
w2, b2 = r(6, V), r(V)
weights = {
    "layer_with_weights-0/embeddings": ("embedding/embeddings", E),
    "variables/1": ("lstm/lstm_cell/kernel", W),
    "variables/2": ("lstm/lstm_cell/recurrent_kernel", U),
    "variables/3": ("lstm/lstm_cell/bias", B),
    "layer_with_weights-2/kernel": ("dense/kernel", w),
    "layer_with_weights-2/bias": ("dense/bias", b),
    "layer_with_weights-3/kernel": ("dense_1/kernel", w2),
    "layer_with_weights-3/bias": ("dense_1/bias", b2),
    "keras_api/metrics/0/total": ("total", np.float32(1)),
}
write_v2(
    f"{path}/variables",
    {f"{key}{end}": array for key, (_, array) in weights.items()},
    object_graph({f"{key}{end}": name for key, (name, _) in weights.items()}),
)
layers = [
    layer("Embedding", "embedding", batch_input_shape=[None, None]),
    layer("LSTM", "lstm", recurrent_activation="hard_sigmoid", return_sequences=True),
    layer("Dense", "dense", activation="relu"),
    layer("Dense", "dense_1", activation="softmax"),
]
config = {"name": "sequential", "layers": layers}
metadata = {"keras_version": "2.6.0", "class_name": "Sequential", "config": config}
node = field(4, b"_tf_keras_sequential") + field(5, json.dumps(metadata).encode())
save(f"{path}/keras_metadata.pb", field(1, node))
save(f"{path}/saved_model.pb", field(1, 1))
save_json(f"{path}/vocab.json", CHARS)
hs = keras_lstm([E[i] for i in IDS], W, U, B, gate=hard_sigmoid)
note(path, "LSTM, SavedModel, dense layer behind", [relu(h @ w + b) for h in hs], w2, b2)

# TensorFlow's tutorial on Shakespeare as it exports it, by a version that has the configurations in
# the graph: a class of its own, and a layer that looks characters up, id 0 being none of them.
path = folder("tensorflow2-tutorial")
n = V + 1
E, W, U, B, w, b = r(n, 4), r(4, 15), r(5, 15), r(2, 15), r(5, n), r(n)
weights = {
    "model/embedding/embeddings": ("my_model/embedding/embeddings", E),
    "variables/1": ("my_model/gru/gru_cell/kernel", W),
    "variables/2": ("my_model/gru/gru_cell/recurrent_kernel", U),
    "variables/3": ("my_model/gru/gru_cell/bias", B),
    "model/dense/kernel": ("my_model/dense/kernel", w),
    "model/dense/bias": ("my_model/dense/bias", b),
    "prediction_mask": ("Variable", np.zeros(n, np.float32)),
}
write_v2(
    f"{path}/variables",
    {f"{key}{end}": array for key, (_, array) in weights.items()},
    object_graph({f"{key}{end}": name for key, (name, _) in weights.items()}),
)
lookup = {"vocabulary": CHARS, "num_oov_indices": 1, "mask_token": None, "invert": False}
objects = [
    ("_tf_keras_model", {"class_name": "OneStep", "model_config": {"class_name": "OneStep"}}),
    ("_tf_keras_layer", {"class_name": "StringLookup", "config": lookup}),
]
nodes = b"".join(
    field(1, field(4, field(1, kind.encode()) + field(3, json.dumps(one).encode())))
    for kind, one in objects
)
save(f"{path}/saved_model.pb", field(1, 1) + field(2, field(7, nodes)))
ids = [i + 1 for i in IDS]
expected(
    path,
    ids=ids,
    logits=(keras_gru([E[i] for i in ids], W, U, B, reset_after=True)[-1] @ w + b).tolist(),
    network="GRU, SavedModel with its characters",
    vocabulary=["\ue000", *CHARS],
)

# What Keras 3 exports has no names at all.
path = folder("tensorflow2-without-names")
E, W, U, B, w, b = r(V, 4), r(4, 15), r(5, 15), r(2, 15), r(5, V), r(V)
arrays = [E, W, U, B, w, b]
write_v2(
    f"{path}/variables",
    {f"variables/{k}{end}": array for k, array in enumerate(arrays)},
    object_graph({f"variables/{k}{end}": f"Variable_{k}" for k in range(len(arrays))}),
)
save_json(f"{path}/vocab.json", CHARS)
hs = keras_gru([E[i] for i in IDS], W, U, B, reset_after=True)
note(path, "GRU, variables without names", hs, w, b)
