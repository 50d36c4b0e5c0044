"""HDF5 files that no Keras writes: groups that hold themselves, and data that unpacks to far more."""
import json
import os
import sys

import h5py
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import folder, save_json


def refused(path, message):
    save_json(f"{path}/expected.json", {"refused": message})


path = folder("hostile-hdf5-circle")
with h5py.File(f"{path}/model.weights.h5", "w") as f:
    cell = f.create_group("layers/lstm/cell")
    cell["cell"] = cell  # a hard link to itself
    f["layers/lstm/again"] = f["layers"]
refused(path, "no recurrent layer")

path = folder("hostile-hdf5-soft-link")
with h5py.File(f"{path}/model.h5", "w") as f:
    f.attrs["layer_names"] = np.array([b"lstm_1"])
    f["lstm_1"] = h5py.SoftLink("/lstm_1")
refused(path, "no recurrent layer")

path = folder("hostile-hdf5-external-link")
with h5py.File(f"{path}/model.h5", "w") as f:
    f.attrs["layer_names"] = np.array([b"lstm_1"])
    f["lstm_1"] = h5py.ExternalLink("other.h5", "/secret")
refused(path, "links to other files")

path = folder("hostile-hdf5-bomb")
config = {
    "class_name": "Sequential",
    "config": [
        {
            "class_name": "LSTM",
            "config": {"name": "l", "units": 2500, "batch_input_shape": [None, None, 9]},
        },
        {"class_name": "Dense", "config": {"name": "d", "units": 9, "activation": "softmax"}},
    ],
}
with h5py.File(f"{path}/model.h5", "w") as f:
    f.attrs["model_config"] = json.dumps(config)
    f.attrs["keras_version"] = "2.2.4"
    g = f.create_group("model_weights")
    g.attrs["layer_names"] = np.array([b"l", b"d"])
    g.create_group("d").attrs["weight_names"] = np.array([b"d/kernel:0"])
    inner = g.create_group("l")
    inner.attrs["weight_names"] = np.array([b"l/kernel:0", b"l/recurrent_kernel:0"])
    # One chunk that is written, of 6 million values: 25 MB of zeros in 27 kB.
    inner.create_dataset(
        "l/kernel:0",
        (2500, 2500),
        "<f4",
        chunks=(2500, 2500),
        compression="gzip",
        compression_opts=9,
    )[0, 0] = 1
    inner.create_dataset(
        "l/recurrent_kernel:0", (1 << 20, 1 << 20), "<f4", chunks=(1, 1 << 20), compression="gzip"
    )
refused(path, "than it can hold")

# Chunks of HDF5 1.10, which libver="latest" writes.
path = folder("hostile-hdf5-latest")
with h5py.File(f"{path}/model.h5", "w", libver="latest") as f:
    f.attrs["layer_names"] = np.array([b"lstm"])
    f.create_group("lstm").attrs["weight_names"] = np.array([b"k:0", b"r:0", b"b:0"])
    for name, shape in ("k:0", (9, 20)), ("r:0", (5, 20)), ("b:0", (1, 20)):
        f["lstm"].create_dataset(name, data=np.ones(shape, np.float32), chunks=(1, 5))
refused(path, "chunks of the latest kind.*h5repack")
