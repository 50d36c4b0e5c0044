"""ONNX graphs: those that PyTorch's exporter writes (Debian's python3-torch), and those that others
write, made with onnx's own helper (python3-onnx).
"""
import os
import sys

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import *

V = len(CHARS)
torch.manual_seed(4)


def exported(name, kind, **more):
    path = folder(name)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(V, 4)
            self.rnn = getattr(nn, kind)(4, 5, batch_first=True, **more)
            self.fc = nn.Linear(5, V)

        def forward(self, ids):
            return torch.log_softmax(self.fc(self.rnn(self.embed(ids))[0]), 2)

    model = Model()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(3)
        logits = model.double()(torch.tensor([IDS]))[0, -1].tolist()
        torch.onnx.export(
            model.float(),
            torch.tensor([IDS]),
            f"{path}/model.onnx",
            input_names=["ids"],
            dynamic_axes={"ids": {0: "batch", 1: "steps"}},
            opset_version=13,
        )
    save_json(f"{path}/vocab.json", CHARS)
    expected(
        path, ids=IDS, logits=logits, network=f"{kind}, exported by PyTorch", probabilities=True
    )


exported("onnx-pytorch-lstm", "LSTM", num_layers=2)
exported("onnx-pytorch-gru", "GRU")
exported("onnx-pytorch-relu", "RNN", nonlinearity="relu")


def constant(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def write(path, nodes, constants, ids_type=TensorProto.INT64, shape=("steps", 1)):
    graph = helper.make_graph(
        nodes,
        "text",
        [helper.make_tensor_value_info("ids", ids_type, list(shape))],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [constant(n, v) for n, v in constants.items()],
    )
    model = helper.make_model(
        graph, producer_name="by hand", opset_imports=[helper.make_opsetid("", 14)]
    )
    onnx.save(model, f"{path}/model.onnx")


r = random(5)

# OneHot in front; a GRU with the reset in front and a steeper hard sigmoid; MatMul, Add, Softmax
# behind.
path = folder("onnx-onehot-gru")
W, R, B, w, b = r(1, 15, V), r(1, 15, 5), r(1, 30), r(5, V), r(V)
write(
    path,
    [
        helper.make_node("OneHot", ["ids", "depth", "values"], ["x"]),
        helper.make_node(
            "GRU",
            ["x", "W", "R", "B"],
            ["y", ""],
            hidden_size=5,
            activations=["HardSigmoid", "Tanh"],
            activation_alpha=[0.25],
        ),
        helper.make_node("Squeeze", ["y", "axis"], ["s"]),
        helper.make_node("MatMul", ["s", "w"], ["m"]),
        helper.make_node("Add", ["m", "b"], ["a"]),
        helper.make_node("Softmax", ["a"], ["out"], axis=-1),
    ],
    dict(
        depth=np.array([V]), values=np.float32([0, 1]), W=W, R=R, B=B, axis=np.array([1]), w=w, b=b
    ),
)
gate = lambda x: np.clip(0.25 * x + 0.5, 0, 1)
first, second = B[0, :15], B[0, 15:]
h = np.zeros(5)
for x in one_hot(IDS, V):
    a = W[0] @ x + first
    z = gate(a[:5] + R[0][:5] @ h + second[:5])
    reset = gate(a[5:10] + R[0][5:10] @ h + second[5:10])
    h = z * h + (1 - z) * np.tanh(a[10:] + R[0][10:] @ (reset * h) + second[10:])
save_json(f"{path}/vocab.json", CHARS)
expected(path, ids=IDS, logits=(h @ w + b).tolist(), network="GRU, one-hot, hard sigmoid")

# Everything an LSTM node may have: peepholes, coupled gates, a state to begin with, cut and joined
# weights.
path = folder("onnx-lstm-attributes")
E, W, R, B, P, h0, c0, w, b = (
    r(V, 4),
    r(1, 20, 4),
    r(1, 20, 5),
    r(1, 40),
    r(1, 15),
    r(1, 1, 5),
    r(1, 1, 5),
    r(V, 5),
    r(V),
)
write(
    path,
    [
        helper.make_node("Gather", ["E", "ids"], ["x"]),
        helper.make_node("Unsqueeze", ["W2", "zero"], ["W3"]),
        helper.make_node("Concat", ["R1", "R2"], ["R"], axis=1),
        helper.make_node(
            "LSTM",
            ["x", "W3", "R", "B", "", "h0", "c0", "P"],
            ["y", "yh", "yc"],
            hidden_size=5,
            input_forget=1,
        ),
        helper.make_node("Squeeze", ["y", "axis"], ["s"]),
        helper.make_node("Gemm", ["s", "w", "b"], ["out"], transB=1, alpha=0.5),
    ],
    dict(
        E=E,
        W2=W[0],
        zero=np.array([0]),
        R1=R[:, :7],
        R2=R[:, 7:],
        B=B,
        h0=h0,
        c0=c0,
        P=P,
        axis=np.array([1]),
        w=w,
        b=b,
    ),
)
h, c = h0[0, 0], c0[0, 0]
pi, po, pf = P[0][:5], P[0][5:10], P[0][10:]
for i in IDS:
    z = W[0] @ E[i] + R[0] @ h + B[0, :20] + B[0, 20:]
    gi = sigmoid(z[:5] + pi * c)
    c = (1 - gi) * c + gi * np.tanh(z[15:])
    h = sigmoid(z[5:10] + po * c) * np.tanh(c)
save_json(f"{path}/vocab.json", CHARS)
expected(
    path,
    ids=IDS,
    logits=(0.5 * (w @ h) + b).tolist(),
    network="LSTM with peepholes and a beginning state",
    metadata={"cell": "lstm-peephole"},
)

# What a text model cannot mean.
path = folder("onnx-fixed-lengths")
write(
    path,
    [
        helper.make_node("Gather", ["E", "ids"], ["x"]),
        helper.make_node("LSTM", ["x", "W", "R", "B", "lengths"], ["y"], hidden_size=5),
        helper.make_node("MatMul", ["y", "w"], ["out"]),
    ],
    dict(E=E, W=W, R=R, B=B, lengths=np.int32([3]), w=w.T.copy()),
)
save_json(f"{path}/vocab.json", CHARS)
save_json(f"{path}/expected.json", {"refused": "fixed sequence_lens"})

# Weights that join themselves thirty times would be a billion.
path = folder("hostile-onnx-doubling")
nodes = [helper.make_node("Concat", [f"c{i}", f"c{i}"], [f"c{i + 1}"], axis=0) for i in range(30)]
nodes.append(helper.make_node("LSTM", ["ids", "c30", "R"], ["y"], hidden_size=1))
nodes.append(helper.make_node("MatMul", ["y", "w"], ["out"]))
write(path, nodes, dict(c0=r(1, 4, 2), R=r(1, 4, 1), w=r(1, 2)), TensorProto.FLOAT)
save_json(f"{path}/expected.json", {"refused": "makes more of its weights than it has"})
