"""How Keras lays out its files. Its writers of versions 0 to 2 no longer install, so it is written
here with h5py, from what they did: groups a layer, weight_names, a configuration in an
attribute; and Keras 3's archive.
"""
import io
import json
import zipfile

import h5py
import numpy as np
from common import CHARS, expected, save_json, IDS

V = len(CHARS)


def layer(kind, name, **config):
    return {"class_name": kind, "config": {"name": name, **config}}


def write_group(group, layers):
    group.attrs["layer_names"] = np.array([n.encode() for n, _ in layers])
    for name, weights in layers:
        g = group.create_group(name)
        g.attrs["weight_names"] = (
            np.array([n.encode() for n in weights]) if weights else np.zeros(0)
        )
        for n, value in weights.items():
            g.create_dataset(n, data=value)


def write(path, version, layers, config=None, compress=False):
    with h5py.File(path, "w") as f:
        if config:
            f.attrs["model_config"] = json.dumps(config).encode()
            f.attrs["keras_version"] = version.encode()
            group = f.create_group("model_weights")
            opt = f.create_group("optimizer_weights")
            opt.attrs["weight_names"] = np.array([b"training/Adam/Variable:0"])
            opt.create_dataset("training/Adam/Variable:0", data=np.ones((3, 4), np.float32))
        else:
            group = f
        if version:
            group.attrs["keras_version"] = version.encode()
            group.attrs["backend"] = b"tensorflow"
        write_group(group, layers)


def note(path, kind, hs, w, b, ids=IDS, vocabulary=True, **more):
    if vocabulary:
        save_json(f"{path}/vocab.json", {c: i for i, c in enumerate(CHARS)})
    expected(path, ids=ids, logits=(hs[-1] @ w + b).tolist(), network=kind, **more)


def keras3(kind, name, **config):
    return {
        "module": "keras.layers",
        "class_name": kind,
        "config": {"name": name, **config},
        "registered_name": None,
    }


def write_archive(path, config, variables):
    memory = io.BytesIO()
    with h5py.File(memory, "w") as f:
        for where, values in variables:
            for k, value in enumerate(values):
                f.create_dataset(f"{where}/{k}", data=value)
    with zipfile.ZipFile(f"{path}/model.keras", "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in [
            ("metadata.json", json.dumps({"keras_version": "3.4.1"})),
            ("config.json", json.dumps(config)),
            ("model.weights.h5", memory.getvalue()),
        ]:
            z.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)

