#!/usr/bin/env bash
# Gapwise against PyTorch and ONNX Runtime on the standard workloads, in one go: the same weights
# and inputs, checked losses and logits, both sides in turns with the same threads.
#
#   benchmarks/pytorch.sh                        all, into the section of BENCHMARKS.md: a quarter of an hour
#   benchmarks/pytorch.sh resnet20 lstm-256      some, to standard output
#   benchmarks/pytorch.sh --quick                3 short rounds, no torch.compile, to standard output
#   benchmarks/pytorch.sh --threads 1 --rounds 15 --seconds 0.5 --write BENCHMARKS.md
#
# PyTorch comes from PyPI into a virtual environment outside the repository, which stays there for the
# next time: VENV=DIRECTORY, by default ${TMPDIR:-/tmp}/gapwise-pytorch. GAPWISE=FILE is a binary that
# is built already; without it the release binary is built.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=${VENV:-${TMPDIR:-/tmp}/gapwise-pytorch}
if [ -z "${GAPWISE:-}" ]; then
    (cd "$here/.." && cargo build --release --quiet)
    GAPWISE=${CARGO_TARGET_DIR:-$here/../target}/release/gapwise
fi
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
if ! "$venv/bin/python" -c 'import torch, torchvision, onnx, onnxscript, onnxruntime' 2>/dev/null; then
    "$venv/bin/pip" install --quiet --requirement "$here/pytorch/requirements.txt"
fi
# What torch.compile made stays with the environment.
export TORCHINDUCTOR_CACHE_DIR=$venv/compiled TORCHINDUCTOR_COMPILE_THREADS=1
export PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" "$here/pytorch/compare.py" \
    --gapwise "$GAPWISE" --log "$venv/log.txt" "$@"
