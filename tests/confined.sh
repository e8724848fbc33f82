#!/bin/bash
# The host tests with each daemon under the system call filter of samples/systemd/xennet.service. tests/run.sh has built and
# published before.
#
#   bash tests/confined.sh [FILTER]      FILTER: as of dotnet test; all by default
set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/.."
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

python3 tests/rig/unit-filter.py tests/rig/analyze.sh samples/systemd/xennet.service > "$WORK/calls"
gcc -O2 -Wall -static -o "$WORK/confined" tests/rig/confined.c -lseccomp

# In the program's place: what is no daemon runs as it is, by the name that it was called.
cat > "$WORK/xennet" << EOF
#!/bin/bash
[ "\${1:-}" != serve ] || exec "$WORK/confined" "$WORK/calls" "$PWD/artifacts/bin/xennet" "\$@"
exec -a "\$0" "$PWD/artifacts/bin/xennet" "\$@"
EOF
chmod 755 "$WORK/xennet"

# These look at the program itself, which is a script here; those with the package have the unit's own filter.
XENNET_BINARY=$WORK/xennet dotnet test tests/XenNet.HostTests -c Release --no-build --nologo \
    --filter "(${1:-FullyQualifiedName~XenNet})&Category!=Package&FullyQualifiedName!~The_hook_starts_no_program"
