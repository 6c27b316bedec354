#!/bin/sh
# Makes one nkey for each service and one for operators: seeds for the services, public keys for
# the server. Needs `nk` (github.com/nats-io/nkeys, in the image natsio/nats-box).
# usage: keys.sh FOLDER     what is there already is kept
set -eu
umask 077
mkdir -p "$1"
: >"$1/keys.conf.new"
for name in orders inventory allocator notifier supplier-gateway operator; do
    [ -s "$1/$name.seed" ] || nk -gen user >"$1/$name.seed"
    variable=NKEY_$(echo "$name" | tr "a-z-" "A-Z_")
    echo "$variable = $(nk -inkey "$1/$name.seed" -pubout)" >>"$1/keys.conf.new"
done
mv "$1/keys.conf.new" "$1/keys.conf"
