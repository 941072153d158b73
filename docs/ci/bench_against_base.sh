#!/bin/sh
# Is the bundle of this checkout slower than that of a base commit? Both are measured in turn, on
# this machine, in this job, so that a slow runner slows both.
#
#     bench_against_base.sh BASE_COMMIT BUNDLE [TABLE.md]
#
# BUNDLE is a path inside the repository. The table goes to TABLE.md (default: bench.md). With
# PYTHON_A and PYTHON_B the two are measured by interpreters of two environments, to compare two
# versions of the package. Exit status: 0; 1 if the statistics say that it got slower; 2 for errors.
set -eu
[ $# -ge 2 ] || { sed -n '5p' "$0" >&2; exit 2; }
base=$1 bundle=$2 table=${3:-bench.md}
folder=$(mktemp -d)
cleanup() {
    git worktree remove --force "$folder/base" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT
git worktree add --quiet --detach "$folder/base" "$base" || exit 2
if [ ! -e "$folder/base/$bundle" ]; then
    echo "$base has no $bundle: nothing to compare with" | tee "$table"
    exit 0
fi
rm -f "$table"
status=0
# shellcheck disable=SC2086  # BENCH_OPTIONS holds several words
${TRUCKSIGHT:-trucksight} bench compare "$folder/base/$bundle" "$bundle" --markdown "$table" --quiet \
    ${PYTHON_A:+--python-a "$PYTHON_A"} ${PYTHON_B:+--python-b "$PYTHON_B"} ${BENCH_OPTIONS:-} \
    || status=$?
# A Python that breaks ends with 1, too, but leaves no table.
[ -e "$table" ] || status=2
exit "$status"
