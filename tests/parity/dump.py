"""Dumps what PyTorch computes for small networks, for tests/c/test_parity.c and
test_layers_parity.c.

    python3 tests/parity/dump.py        (Debian: python3-torch)

For every cell and one or two layers it writes tests/parity/CELL-LAYERS.safetensors: the initial
weights under their state_dict names, then under "training.*" (which a model reader passes over)

    training.ids        [steps+1][batch]  tokens of one long window per stream
    training.logits     [nchars][batch][V]  of the first window
    training.gradient.* the gradient of the first window's mean cross-entropy, per parameter
    training.losses     [10]  of ten AdamW steps over ten successive windows, state carried

tests/parity/convolution.safetensors and attention.safetensors are layers alone: inputs, parameters,
the output y, and for each under "gradient." that of sum(y * r). Maps have their channels last,
[B,H,W,C].

The files are written here by the format's own rules, without a library, so that nothing but PyTorch
is needed. Sizes are small and odd on purpose.
"""

import json
import os
import struct

import torch

VOCABULARY, EMBED, HIDDEN, BATCH, NCHARS, STEPS = 11, 6, 13, 3, 7, 10
LEARNING_RATE, WEIGHT_DECAY, CLIP = 0.01, 0.05, 0.5


class Generator(torch.nn.Module):
    def __init__(self, cell, layers, embed):
        super().__init__()
        self.embed = embed
        if embed:
            self.embedding = torch.nn.Embedding(VOCABULARY, embed)
        recurrent = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
        self.rnn = recurrent(embed or VOCABULARY, HIDDEN, layers)
        self.fc = torch.nn.Linear(HIDDEN, VOCABULARY)

    def forward(self, ids, state=None):
        x = (
            self.embedding(ids)
            if self.embed
            else torch.nn.functional.one_hot(ids, VOCABULARY).float()
        )
        y, state = self.rnn(x, state)
        return self.fc(y), state


def write_safetensors(path, tensors, metadata=None):
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    names = {torch.float32: "F32", torch.uint8: "U8"}
    for name, tensor in tensors.items():
        raw = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {
            "dtype": names[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def detach(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def dump(cell, layers, embed):
    torch.manual_seed(1000 + layers)
    model = Generator(cell, layers, embed)
    ids = torch.randint(0, VOCABULARY, (STEPS * NCHARS + 1, BATCH))
    tensors = {name: value.clone() for name, value in model.state_dict().items()}
    tensors["vocab"] = torch.tensor(
        list(b"\0".join(b"%c" % (97 + i) for i in range(VOCABULARY)) + b"\0"), dtype=torch.uint8
    )
    tensors["training.ids"] = ids.float()
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.99), eps=1e-8, weight_decay=WEIGHT_DECAY
    )
    state, losses = None, []
    for step in range(STEPS):
        window = ids[step * NCHARS : (step + 1) * NCHARS + 1]
        logits, state = model(window[:-1], state)
        loss = torch.nn.functional.cross_entropy(
            logits.reshape(-1, VOCABULARY), window[1:].reshape(-1)
        )
        optimiser.zero_grad()
        loss.backward()
        if step == 0:
            tensors["training.logits"] = logits.detach().clone()
            for name, parameter in model.named_parameters():
                tensors["training.gradient." + name] = parameter.grad.clone()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimiser.step()
        state = detach(state)
        losses.append(loss.item())
    tensors["training.losses"] = torch.tensor(losses)
    here = os.path.dirname(os.path.abspath(__file__))
    write_safetensors(os.path.join(here, f"{cell}-{layers}.safetensors"), tensors)
    print(cell, layers, "losses", " ".join(f"{x:.6f}" for x in losses))


def dump_layers(name, inputs, modules, y, arrange=lambda tensor: tensor):
    """y of `inputs` and of the modules' parameters; `arrange` puts inputs and outputs in the file's order."""
    r = torch.randn(y.shape)
    (y * r).sum().backward()
    tensors = {"y": arrange(y), "r": arrange(r)}
    for key, value in inputs.items():
        tensors[key], tensors["gradient." + key] = arrange(value), arrange(value.grad)
    for key, value in modules.named_parameters():
        tensors[key], tensors["gradient." + key] = value, value.grad
    here = os.path.dirname(os.path.abspath(__file__))
    write_safetensors(os.path.join(here, f"{name}.safetensors"), tensors)
    print(name, "y", " ".join(f"{x:.6f}" for x in y.flatten()[:4].tolist()))


def dump_convolution():
    """Two blocks of convolution, group norm, ReLU and pooling on pictures of 9 by 11."""
    torch.manual_seed(7)
    x = torch.randn(3, 3, 9, 11, requires_grad=True)
    modules = torch.nn.ModuleDict(
        {
            "conv0": torch.nn.Conv2d(3, 10, 3, padding=1),
            "norm0": torch.nn.GroupNorm(5, 10),
            "conv1": torch.nn.Conv2d(10, 12, 3, padding=1),
            "norm1": torch.nn.GroupNorm(3, 12),
        }
    )
    with torch.no_grad():
        for name in ("norm0", "norm1"):  # else all ones and zeros
            modules[name].weight.uniform_(0.5, 1.5)
            modules[name].bias.uniform_(-0.5, 0.5)
    y = x
    for i in ("0", "1"):
        y = torch.relu(modules["norm" + i](modules["conv" + i](y)))
        y = torch.nn.functional.max_pool2d(y, 2)
    dump_layers("convolution", {"x": x}, modules, y, lambda tensor: tensor.permute(0, 2, 3, 1))


def dump_attention():
    """Four states of three streams over memories of five positions."""
    torch.manual_seed(8)
    steps, batch, hidden, positions, width = 4, 3, 13, 5, 11
    h = torch.randn(steps, batch, hidden, requires_grad=True)
    memory = torch.randn(positions, batch, width, requires_grad=True)
    modules = torch.nn.ModuleDict(
        {
            "key": torch.nn.Linear(width, hidden, bias=False),
            "output": torch.nn.Linear(width + hidden, hidden),
        }
    )
    scores = torch.einsum("tbh,sbh->tbs", h, modules["key"](memory)) / hidden**0.5
    context = torch.einsum("tbs,sba->tba", torch.softmax(scores, 2), memory)
    y = torch.tanh(modules["output"](torch.cat((context, h), 2)))
    dump_layers("attention", {"h": h, "memory": memory}, modules, y)


if __name__ == "__main__":
    torch.set_num_threads(1)
    dump_convolution()
    dump_attention()
    for cell in ("rnn", "gru", "lstm"):
        dump(cell, 1, 0)
        dump(cell, 2, EMBED)
