"""Dumps what PyTorch computes for small networks, for tests/c/test_parity.c.

    python3 tests/parity/dump.py        (Debian: python3-torch)

For every cell and one or two layers it writes tests/parity/CELL-LAYERS.safetensors: the initial weights
under their state_dict names, then under "training.*" (which a model reader passes over)

    training.ids        [steps+1][batch]  tokens of one long window per stream
    training.logits     [nchars][batch][V]  of the first window
    training.gradient.* the gradient of the first window's mean cross-entropy, per parameter
    training.losses     [10]  of ten AdamW steps over ten successive windows, state carried

The file is written here by the format's own rules, without a library, so that nothing but PyTorch is
needed. Sizes are small and odd on purpose.
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
        x = self.embedding(ids) if self.embed else torch.nn.functional.one_hot(ids, VOCABULARY).float()
        y, state = self.rnn(x, state)
        return self.fc(y), state


def write_safetensors(path, tensors):
    header, data = {}, b""
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
    tensors["vocab"] = torch.tensor(list(b"\0".join(b"%c" % (97 + i) for i in range(VOCABULARY)) + b"\0"),
                                    dtype=torch.uint8)
    tensors["training.ids"] = ids.float()
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.99), eps=1e-8,
                                  weight_decay=WEIGHT_DECAY)
    state, losses = None, []
    for step in range(STEPS):
        window = ids[step * NCHARS:(step + 1) * NCHARS + 1]
        logits, state = model(window[:-1], state)
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, VOCABULARY), window[1:].reshape(-1))
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


if __name__ == "__main__":
    torch.set_num_threads(1)
    for cell in ("rnn", "gru", "lstm"):
        dump(cell, 1, 0)
        dump(cell, 2, EMBED)
