#!/bin/bash
# Guards: each system call that fails (the disk, its room, descriptors, threads) ends a run with
# status 1 and a message, or leaves no trace at all; interrupted and short calls never show. No crash,
# no hanging, no other number, no unfinished file under a name that counts.
. "$(dirname "$0")/scenarios.sh"
make_feeds
all eio,enospc,emfile,thread,eintr,short
close_scenarios
