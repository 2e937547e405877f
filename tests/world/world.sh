# Shared by tests that spoil the program's world (world.c): "$@" behind `spoiled` runs in it, and
# `world set=MS slept=MS read=ERRNO open=ERRNO hold=BYTES` says how it is from now on.
export WORLD=$work/world WORLD_FOLDER=$work/feeds
mkdir -p "$WORLD_FOLDER"
world() { printf '%-127s\n' "$*" | dd of="$WORLD" bs=128 conv=notrunc status=none; }
world
spoiled() { # spoiled COMMAND...: the words of a command line
    echo env LD_PRELOAD="$BUILD/tests/world/world.so" \
        ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" WORLD="$WORLD" \
        WORLD_FOLDER="$WORLD_FOLDER" "$@"
}

# A feed of tickets in that folder, for the definition of the same name.
feed=$WORLD_FOLDER/tickets.csv
at() { date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ; } # at MOMENT
ticket() { echo "$1,$(at "$2"),High,open,7" >>"$feed"; } # ticket ID MOMENT
rows() { seq "$1" "$2" | awk -v at="$(at now)" '{ print $1 "," at ",High,open,7" }'; }
begin() {
    world
    { echo ticket_id,submitted_at,priority,status,customer_id; rows 1 100; } >"$feed"
}
