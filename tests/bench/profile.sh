# Where the instructions of a path go: of its long and its short run (tests/bench/quick) the difference
# by function, a record or frame, the ten that take most. What was compiled into a function stands under
# its name, each file apart; what a library does for it, malloc and memcpy, under the library's own.
# shellcheck shell=bash disable=SC2154 # shared with quick, which reads it in
TOP=10

# functions FILE: "instructions file:name" of one run
functions() {
    callgrind_annotate --threshold=100 --auto=no "$1" | sed -nE \
        's/^ *([0-9,]+) \( *[0-9.]+%\)  ([^ ]*\/)?([^ \/]*:[^ ]+).*/\1 \3/p' | tr -d ,
}
profile() { # profile NAME
    local each=$((long - short))
    [ "$1" != screen ] || each=$((each / 200))
    echo "$1: $(cat "$work/now/$1") instructions a $(path_unit "$1")"
    { functions "$work/calls-$1-$short"; echo; functions "$work/calls-$1-$long"; } |
        awk -v each=$each '
            !NF { second = 1; next }
            { n[$2] += second ? $1 : -$1; sum += second ? $1 : -$1 }
            END { for (f in n) if (n[f] > 0) printf "%12.1f %5.1f %%  %s\n", n[f] / each, 100 * n[f] / sum, f }' |
        sort -rn | head -n $TOP
}
profile_all() { # profile_all NAME...
    local name
    for name in "$@"; do
        profile "$name"
    done
}
