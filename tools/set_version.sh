#!/usr/bin/env bash
# set_version.sh VERSION [TIME]: the version of poms, BOM and Python package, and the time of entries in jars (ISO 8601, UTC; now if left out).
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:?usage: set_version.sh VERSION [TIME]}
time=${2:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-SNAPSHOT)?$ ]] || { echo "'$version' is no version; expected 1.2.3 or 1.2.3-SNAPSHOT" >&2; exit 2; }
[[ $time =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$ ]] || { echo "'$time' is no time; expected 2026-12-01T00:00:00Z" >&2; exit 2; }

# replace PATTERN TEXT FILE...: as sed -i, which differs between systems
replace() {
  local pattern=$1 text=$2 file
  for file in "${@:3}"; do
    sed -E "s#$pattern#$text#" "$file" >"$file.new"
    cat "$file.new" >"$file"
    rm "$file.new"
  done
}

old=$(sed -n 's|^  <version>\(.*\)</version>$|\1|p' pom.xml)
was="<version>${old//./[.]}</version>"
# the indentation tells ours from a library's: a project's version, its parent's, and in the BOM those of all modules
replace "^(  |    )$was" "\1<version>$version</version>" pom.xml cola-*/pom.xml
replace "^(        )$was" "\1<version>$version</version>" cola-bom/pom.xml
replace "(<project.build.outputTimestamp>)[^<]*" "\1$time" pom.xml
replace "^__version__ = .*" "__version__ = \"${version/-SNAPSHOT/.dev0}\"" cola-spark/python/src/cola4j/version.py

echo "$old is now $version. Pages and tests that name the old version:"
grep -rlF "$old" --include=*.md --include=*.yml --include=*.yaml --include=*.py --exclude-dir=target . || echo "none"
