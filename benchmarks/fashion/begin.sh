# What depth.sh and transfer.sh begin with, which source this: sets GAPWISE and goes to DIRECTORY, by
# default a new temporary one, with the parts of Fashion-MNIST in it.
cd "$(dirname "$0")/.."
data=$(cd .. && pwd)/shared/data/fashion-mnist
if [ ! -e "$data" ]; then
    echo "passed over: $data is not there"
    exit
fi
if [ -z "${GAPWISE:-}" ]; then
    cargo build --release --quiet
    GAPWISE=${CARGO_TARGET_DIR:-$PWD/target}/release/gapwise
fi
parts=$PWD/benchmarks/fashion/parts.py
out=${1:-$(mktemp -d)}
mkdir -p "$out"
cd "$out"
echo "runs are in $out"
python3 "$parts" "$data" .
