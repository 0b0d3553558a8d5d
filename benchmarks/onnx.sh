#!/usr/bin/env bash
# What `gapwise export` writes, in the programs that it is for: every network is trained for an epoch on
# a few small images, and feed-forward networks on tables; their ONNX files have to answer in ONNX
# Runtime as `gapwise predict` does, and their safetensors in torchvision's networks, to 1e-4.
#
#   benchmarks/onnx.sh                   all: some minutes
#   benchmarks/onnx.sh resnet20 rows     those whose name begins so
#
# The programs come from PyPI into a virtual environment outside the repository, which stays there for
# the next time: VENV=DIRECTORY, by default ${TMPDIR:-/tmp}/gapwise-onnx. GAPWISE=FILE is a binary that is
# built already; without it the release binary is built.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=${VENV:-${TMPDIR:-/tmp}/gapwise-onnx}
if [ -z "${GAPWISE:-}" ]; then
    (cd "$here/.." && cargo build --release --quiet)
    GAPWISE=${CARGO_TARGET_DIR:-$here/../target}/release/gapwise
fi
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
if ! "$venv/bin/python" -c 'import torch, torchvision, onnx, onnxruntime, safetensors' 2>/dev/null; then
    "$venv/bin/pip" install --quiet --requirement "$here/onnx/requirements.txt"
fi
export PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" "$here/onnx/check.py" "$GAPWISE" "$@"
