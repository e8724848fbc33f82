#!/bin/bash
# systemd-analyze, which install.sh unpacks, where no systemd is installed.
CLIENTS=${XENNET_RIG_CACHE:-/var/cache/xennet-rig}/clients
LIBRARIES=usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$CLIENTS/$LIBRARIES/systemd:$CLIENTS/$LIBRARIES:$CLIENTS/lib/x86_64-linux-gnu \
    exec "$CLIENTS/usr/bin/systemd-analyze" "$@"
