"""The forms in which people keep a vocabulary: each of these files says the same nine characters."""
import collections
import json
import os
import pickle
import sys
import types

import numpy as np
import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import CHARS, HERE, save, save_json

path = os.path.join(os.path.dirname(HERE), "vocabularies")
os.makedirs(path, exist_ok=True)
to_id = {c: i for i, c in enumerate(CHARS)}
to_char = dict(enumerate(CHARS))
from_one = {c: i + 1 for i, c in enumerate(CHARS)}

# Keras's class, as far as a pickle knows it.
module = types.ModuleType("keras_preprocessing.text")
sys.modules["keras_preprocessing"] = types.ModuleType("keras_preprocessing")
sys.modules["keras_preprocessing.text"] = module


class Tokenizer:
    pass


Tokenizer.__module__ = module.__name__
module.Tokenizer = Tokenizer
tokenizer = Tokenizer()
tokenizer.word_counts = collections.OrderedDict((c, 9 - i) for i, c in enumerate(CHARS))
tokenizer.word_docs = collections.defaultdict(int, {c: 1 for c in CHARS})
tokenizer.word_index = from_one
tokenizer.index_word = {i + 1: c for i, c in enumerate(CHARS)}
tokenizer.char_level, tokenizer.lower, tokenizer.num_words = True, True, None

config = {"char_level": True, "lower": True, "num_words": None, "word_index": json.dumps(from_one)}
texts = {
    "list.json": CHARS,
    "string.json": "".join(CHARS),
    "to-id.json": to_id,
    "to-character.json": to_char,
    "from-one.json": from_one,
    "both.json": {"char_to_int": to_id, "int_to_char": to_char, "n_vocab": len(CHARS)},
    "torch-rnn.json": {"idx_to_token": {str(i + 1): c for i, c in enumerate(CHARS)}},
    "tokenizer.json": json.dumps({"class_name": "Tokenizer", "config": config}),
    "deep.json": {"model": {"type": "char", "vocab": to_id}, "version": "1.0"},
}
for name, value in texts.items():
    save_json(f"{path}/{name}", value)

Label = type("LabelEncoder", (), {"__module__": "keras_preprocessing.text"})
module.LabelEncoder = Label
encoder = Label()
encoder.classes_ = np.array(CHARS)
pickles = {
    "tuple": tuple(CHARS),
    "dictionary": to_id,
    "reverse": to_char,
    "two": (to_id, to_char),
    "numpy": np.array(CHARS),
    "numpy-objects": np.array(CHARS, dtype=object),
    "numpy-integers": {c: np.int64(i) for c, i in to_id.items()},
    "ordered": collections.OrderedDict(to_id),
    "tokenizer": tokenizer,
    "encoder": encoder,
    "string": "".join(CHARS),
}
for name, value in pickles.items():
    for protocol in (0, 2, 4):
        save(f"{path}/{name}-{protocol}.pkl", pickle.dumps(value, protocol))
save(f"{path}/lines.txt", "\n".join("\\n" if c == "\n" else c for c in CHARS).encode() + b"\n")

# As Python prints it; a table; one character behind another.
for name, text in {
    "printed.txt": repr(to_char),
    "tuple.txt": repr(tuple(CHARS)),
    "array.txt": repr(np.array(CHARS)),
    "table.tsv": "".join(f"{c}\t{i}\n" for c, i in to_id.items()),
    "table.csv": "".join(f'{i},"{c}"\n' for c, i in to_id.items()),
    "characters.txt": "".join(CHARS),
}.items():
    save(f"{path}/{name}", text.encode())

# What NumPy and PyTorch save.
np.save(f"{path}/array.npy", np.array(CHARS))
np.save(f"{path}/dictionary.npy", to_id)
np.savez(f"{path}/archive.npz", chars=np.array(CHARS))
save(f"{path}/set.pkl", pickle.dumps(set(CHARS)))
torch.save(to_id, f"{path}/torch.pth")
torch.save(CHARS, f"{path}/torch-legacy.pt", _use_new_zipfile_serialization=False)
