#!/usr/bin/env bash
# check_reproducible.sh [COMMIT]: builds a commit (HEAD) twice, from clones in two folders with other time zones and locales, and compares
# every artifact of a release: jars, the jar for spark-submit, SBOMs and the wheel. Ends with 1 if one differs.
# KEEP: a folder in which the first build's artifacts are kept, and the second one's that differ, as NAME.second.
# Maven has to be online: SBOMs are not made offline.
set -euo pipefail
cd "$(dirname "$0")/.."
commit=$(git rev-parse "${1:-HEAD}^{commit}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build NAME TIME-ZONE LOCALE: artifacts to $work/NAME.artifacts
build() (
  export TZ=$2 LC_ALL=$3
  umask 022 # archives have the permissions of files
  clone=$work/$1/cola4j
  git clone -q --no-checkout . "$clone"
  cd "$clone"
  git checkout -q "$commit"
  mvn -B -q -Passembly,release -DskipTests -Dcompiler.lint=-g -Dspotless.check.skip=true package >&2
  python3 -m pip wheel -q --no-deps --wheel-dir "$work/$1.artifacts" ./cola-spark/python >&2
  cp cola-*/target/cola*.jar cola-*/target/*-sbom.json "$work/$1.artifacts"
)

build one UTC C.UTF-8
build another-folder Asia/Kolkata C

if [ -n "${KEEP:-}" ]; then
  mkdir -p "$KEEP"
  cp "$work"/one.artifacts/* "$KEEP"
fi
differ=0
for file in "$work"/one.artifacts/*; do
  name=$(basename "$file")
  if cmp -s "$file" "$work/another-folder.artifacts/$name"; then
    echo "same     $(sha256sum "$file" | cut -c 1-64)  $name"
  else
    echo "DIFFERS  $name"
    differ=1
    [ -z "${KEEP:-}" ] || cp "$work/another-folder.artifacts/$name" "$KEEP/$name.second"
  fi
done
if ! diff <(ls "$work/one.artifacts") <(ls "$work/another-folder.artifacts"); then
  differ=1
fi
exit "$differ"
