#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""drop-variances.py VAE AE: a trained VAE as the plain autoencoder that is shipped.

The second half of the encoder's last layer gives the log variances, which only
training needs; without it the file is a third smaller and encodes and decodes
the same.
"""

import re
import sys

from safetensors import safe_open
from safetensors.numpy import save_file


def main():
    source, target = sys.argv[1:]
    with safe_open(source, "numpy") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    recipe, n = re.subn(r"(?m)^kind=VAE$", "kind=AE", metadata["recipe"])
    assert n == 1, "not a VAE"
    metadata["recipe"] = recipe
    z_dim = tensors["latents.axes"].shape[1]
    last = max((int(name.split(".")[1]) for name in tensors if name.startswith("encoder.")))
    for part in ("kernel", "bias"):
        name = f"encoder.{last}.{part}"
        assert tensors[name].shape[-1] == 2 * z_dim, f"{name} has {tensors[name].shape}"
        tensors[name] = tensors[name][..., :z_dim].copy()
    save_file(tensors, target, metadata)


main()
