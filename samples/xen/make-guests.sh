#!/bin/bash
# Makes descriptions of guests from guest.cfg.in and registers the guests, so that their addresses and names are known
# before the first start. Each gets a MAC that no machine has had; called again, it writes the same files.
#
#   make-guests.sh DIR [COUNT [NAME]]      DIR/NAME1.cfg to DIR/NAME10.cfg; XENNET names the program
set -euo pipefail

directory=${1:?usage: make-guests.sh DIR [COUNT [NAME]]}
count=${2:-10}
prefix=${3:-guest}
xennet=${XENNET:-xennet}
template=$(dirname "$(readlink -f "$0")")/guest.cfg.in

mkdir -p "$directory"
for ((i = 1; i <= count; i++)); do
    name=$prefix$i
    "$xennet" machine add "$name"
    mac=$("$xennet" mac "$name")
    sed -e "s/@NAME@/$name/g" -e "s/@MAC@/$mac/g" "$template" > "$directory/$name.cfg"
done
