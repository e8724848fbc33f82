#!/bin/bash
# Builds the Debian package: artifacts/deb/xennet_VERSION_ARCH.deb. Needs the .NET SDK, debhelper, gcc, libsqlite3-dev and
# zlib1g-dev; installs what of these Debian has.
#
#   bash debian/build.sh
#   VERSION=0.2.0 bash debian/build.sh
set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/.."
OUT=$PWD/artifacts/deb
BUILD=$PWD/artifacts/deb-build
NEEDED="debhelper dpkg-dev gcc libc6-dev libsqlite3-dev python3 zlib1g-dev"

main() {
    local missing
    # shellcheck disable=SC2086
    missing=$(comm -23 <(printf '%s\n' $NEEDED | sort) \
        <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $NEEDED 2> /dev/null | awk '$1 == "ii" { print $2 }' | sort))
    # shellcheck disable=SC2086
    [ -z "$missing" ] || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing > /dev/null

    # A tree of its own, for dpkg-buildpackage puts its results beside it.
    rm -rf "$BUILD" "$OUT"
    mkdir -p "$BUILD/xennet" "$OUT"
    tar -c --exclude=./artifacts --exclude=./.git --exclude=bin --exclude=obj . | tar -x -C "$BUILD/xennet"
    cd "$BUILD/xennet"
    if [ -n "${VERSION:-}" ]; then
        sed -i "1s/([^)]*)/($VERSION)/" debian/changelog
    fi
    # -d: the .NET SDK is none of Debian's packages, and whether debhelper is there was seen to above.
    dpkg-buildpackage -us -uc -b -d
    cp ../*.deb "$OUT/"
    ls -l "$OUT"
}

main "$@"
