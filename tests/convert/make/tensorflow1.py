"""TensorFlow 1's checkpoints and ml5's charRNN. TensorFlow 1 no longer installs: the tables are
written by tensorflow_files.py, the numbers are of its cells' formulas.
"""
import argparse
import os
import pickle
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import *
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
