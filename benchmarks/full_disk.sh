#!/usr/bin/env bash
# Trains on small file systems that fill up at different moments, then makes room and resumes: the
# last checkpoint has to be whole, the message has to name the disk, and the finished run has to be
# that of an undisturbed one.
#
#   benchmarks/full_disk.sh
#
# Needs Linux and the right to mount (root, or user namespaces).
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

gapwise=$PWD/target/release/gapwise
digits=$PWD/examples/digits
if [[ ${IN_NAMESPACE:-} != yes ]]; then
    cargo build --release --locked --quiet
    IN_NAMESPACE=yes exec unshare --map-root-user --mount "$0"
fi

desk=$(mktemp -d)
mkdir "$desk/small"
trap 'umount "$desk/small" 2> /dev/null || true; rm -rf "$desk"' EXIT
options=(--set train.epochs=12 --checkpoint-every 0.01 -q)
(cd "$desk" && "$gapwise" run "$digits" "${options[@]}" -o whole/run > /dev/null)

stopped=0
for kib in 64 128 256 512 640 768 896 1024 1152 1280 2048; do
    mount -t tmpfs -o "size=${kib}k" tmpfs "$desk/small"
    run=$desk/small/run
    set +e
    (cd "$desk" && "$gapwise" run "$digits" "${options[@]}" -o "$run" > /dev/null 2> said)
    status=$?
    set -e
    if ((status != 0)); then
        stopped=$((stopped + 1))
        if ((status != 1)) || ! grep -qi 'no space left' "$desk/said"; then
            cat "$desk/said"
            echo "$kib KiB: ended with $status and did not name the disk"
            exit 1
        fi
        left="before its first files"
        if [[ -f $run/checkpoints/state.safetensors ]]; then left="with a checkpoint"; elif
            [[ -f $run/config.toml ]]; then left="before a checkpoint"; fi
        echo "$kib KiB: stopped $left; $(head -1 "$desk/said" | sed "s|$desk/||g")"
        mount -o remount,size=64m "$desk/small"
        if [[ -f $run/config.toml ]]; then
            "$gapwise" train --resume "$run" -q > /dev/null
        else
            if [[ -d $run ]]; then rmdir "$run"; fi
            (cd "$desk" && "$gapwise" run "$digits" "${options[@]}" -o "$run" > /dev/null)
        fi
    else
        echo "$kib KiB: enough"
    fi
    for file in predictions.csv history.csv gradients.csv split.csv worst.json model.json \
        checkpoints/best.safetensors checkpoints/last.safetensors; do
        cmp "$desk/whole/run/$file" "$run/$file"
    done
    umount "$desk/small"
done
echo "$stopped runs stopped by a full disk, all of them finished to the same files"
