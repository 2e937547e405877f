#!/bin/bash
# Guards: no allocation that fails is met by a crash, another number or silence: the run ends with
# status 1 and a message, or comes out right.
. "$(dirname "$0")/scenarios.sh"
if [[ $BUILD =~ san$ ]]; then
    echo "the sanitizers bring allocators of their own: none was made to fail"
    checks=1
    finish
    exit
fi
make_feeds
all alloc
close_scenarios
