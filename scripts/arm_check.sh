#!/usr/bin/env bash
# Run the built wheel in an emulated arm64 Debian bookworm, the userland of 64-bit Raspberry Pi OS:
# verify, predict and run with every engine, what the guide of the Raspberry Pi says, and the older
# NumPy and OpenCV that picamera2 needs. It says that things work there, never how fast.
#
#   scripts/arm_check.sh [FOLDER]     FOLDER keeps the Debian between calls (default build/arm)
#
# Needs root, Debian or Ubuntu, and qemu-user-static, debootstrap and proot:
#   apt-get install -y qemu-user-static debootstrap proot
# Where the kernel hands arm64 programs to qemu by itself (/proc/sys/fs/binfmt_misc/qemu-aarch64), it
# takes a chroot instead of proot, whose version 5.1 does not know every call of newer kernels.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(realpath -m "${1:-build/arm}")
debian=$work/debian
python=${PYTHON:-python3}
site=site # folder of packages under /opt that `inside` uses
packages=(ai-edge-litert onnxruntime opencv-python-headless numpy paho-mqtt prometheus-client)

for tool in qemu-aarch64-static debootstrap proot; do
    command -v "$tool" >/dev/null || {
        echo "$tool is missing; run: apt-get install -y qemu-user-static debootstrap proot" >&2
        exit 2
    }
done
mkdir -p "$work"

# The host's /proc/cpuinfo is of another processor, and engines choose their kernels by it.
for core in 0 1 2 3; do
    printf '%s\t: %s\n' processor "$core" BogoMIPS 108.00 \
        Features "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp" \
        "CPU implementer" 0x41 "CPU architecture" 8 "CPU variant" 0x4 "CPU part" 0xd0b "CPU revision" 1
    echo
done >"$work/cpuinfo"

# In the emulated system.
inside() {
    local clean=(/usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/srv LC_ALL=C.UTF-8
        OMP_NUM_THREADS=1 QEMU_CPU=cortex-a76 PYTHONPATH="/opt/$site")
    if [ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ]; then
        in_chroot "${clean[@]}" "$@"
    else
        in_proot "${clean[@]}" "$@"
    fi
}

# The mounts end with the command.
in_chroot() {
    unshare --mount sh -c '
        set -e
        debian=$1 cpuinfo=$2
        shift 2
        mount --rbind /dev "$debian/dev"
        mount --rbind /sys "$debian/sys"
        mount --rbind /proc "$debian/proc"
        mount --bind "$cpuinfo" "$debian/proc/cpuinfo"
        exec chroot "$debian" /bin/sh -c "cd /srv 2>/dev/null; exec \"\$@\"" sh "$@"
    ' sh "$debian" "$work/cpuinfo" "$@"
}

# proot itself says 0 when the command was killed by a signal.
in_proot() {
    rm -f "$debian/status"
    proot -0 -q qemu-aarch64-static -r "$debian" -b /dev -b /proc -b /sys \
        -b "$work/cpuinfo:/proc/cpuinfo" -w /srv \
        /bin/sh -c '"$@"; echo $? >/status' sh "$@" || true
    return "$(cat "$debian/status" 2>/dev/null || echo 125)"
}

if ! [ -e "$debian/.made" ]; then
    rm -rf "$debian"
    debootstrap --arch=arm64 --variant=minbase --foreign \
        --include=python3,ca-certificates bookworm "$debian" >"$work/debootstrap.log"
    # in some containers debootstrap links it to the host's, which proot cannot bind
    if [ -L "$debian/proc" ]; then
        rm "$debian/proc"
        mkdir "$debian/proc"
    fi
    inside /debootstrap/debootstrap --second-stage >>"$work/debootstrap.log"
    touch "$debian/.made"
fi

install() { # FOLDER PACKAGE...
    "$python" -m pip install --quiet --target "$debian/opt/$1" --only-binary=:all: \
        --python-version 3.11 --implementation cp \
        --platform manylinux_2_28_aarch64 --platform manylinux_2_27_aarch64 \
        --platform manylinux_2_26_aarch64 --platform manylinux_2_17_aarch64 \
        --platform manylinux2014_aarch64 --platform any \
        "${@:2}" "$work"/dist/trucksight-*.whl
}

echo "== the wheel and its dependencies for arm64, CPython 3.11"
rm -rf "$work/dist" "$debian/opt/site" "$debian/opt/csi"
"$python" -m pip wheel --quiet --no-deps --wheel-dir "$work/dist" .
install site "${packages[@]}"
install csi "${packages[@]}" 'numpy<2' 'opencv-python-headless<4.12'
mkdir -p "$debian/srv/pictures"
cp runtime/default_bundle/golden/*.jpg "$debian/srv/pictures/"
pictures=("$debian"/srv/pictures/*.jpg)
pictures=("${pictures[@]#"$debian"}")

trucksight() {
    echo "== trucksight $*"
    inside python3 -m trucksight.runtime "$@"
}
inside python3 -c 'import platform; print(platform.machine(), platform.python_version())'
trucksight verify default
for engine in litert onnxruntime opencv; do
    trucksight predict --backend "$engine" "${pictures[@]}"
    trucksight run --backend "$engine" --source fake:4
done
trucksight run --source fault:all --max-frames 200
trucksight service install --print
trucksight doctor || [ $? = 1 ] # it may find something to say about an emulated board
site=csi
for engine in litert onnxruntime opencv; do
    trucksight verify default --backend "$engine"
done
echo "== everything ran"
