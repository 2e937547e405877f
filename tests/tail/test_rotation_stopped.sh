#!/bin/bash
# Guards: rotation while nobody looks, between a kill -9 and the next start (T-R3, S-92): renamed,
# several generations back, compressed, copied and truncated, written anew, saved by an editor, under a
# glob; then a kill -9 again while that is caught up with. A ledger keeps every id that was written:
# afterwards each was counted exactly once, and every record has one outcome (S-03). Each scenario runs
# with one way of looking and one format in turn; EVERY=1 runs all.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/ledger.sh"

file() { # file NAME N: a new file with the next N ids
    { head_line; rows "$2"; } >"$1"
}
go_on() { follow "${feed:-$f}" --state "$d/state"; }
killed() { # at any moment
    for ((spin = RANDOM % 30; spin > 0; spin--)); do head -c 1 /dev/null; done
    kill -9 $program
    wait $program 2>/dev/null
}

# What happens while stopped. Each begins with lines that nobody has read.
grown() { :; }
renamed() {
    mv "$f" "$f.1"
    file "$f" 2
}
renamed_late() { # the writer holds the old file a while
    exec 8>>"$f"
    mv "$f" "$f.1"
    file "$f" 2
    rows 1 >&8
    exec 8>&-
}
several_back() {
    mv "$f" "$f.4"
    file "$f.3" 1
    file "$f.2" 2
    file "$f.1" 1
    file "$f" 2
}
several_back_packed() {
    several_back
    gzip "$f.4" "$f.3" "$f.2"
}
dated() {
    mv "$f" "$f-20260101"
    file "$f-20260102" 1
    file "$f" 2
    gzip "$f-20260101"
}
copied() {
    cp "$f" "$f.1"
    file "$f" 2
}
copied_longer() {
    cp "$f" "$f.1"
    file "$f" 40
}
copied_twice() {
    cp "$f" "$f.2"
    file "$f" 2
    cp "$f" "$f.1"
    file "$f" 1
    gzip "$f.2"
}
emptied() { # before, and seen so: there is nothing, or a header, to know its content by
    cp "$f" "$f.1"
    file "$f" 0
    go_on
    caught_up "emptied"
    for ((look = 0; look < 20; look++)); do counted >/dev/null; done
    kill -TERM $program
    wait $program
    mv "$f.1" "$f.2"
    file "$f" 2
    cp "$f" "$f.1"
    file "$f" 1
}
saved() { # by an editor, through a new inode
    cp "$f" "$d/.swp"
    rows 1 >>"$d/.swp"
    mv "$d/.swp" "$f"
}
saved_in_place() {
    cp "$f" "$f~"
    cat "$f~" >"$f"
    rows 1 >>"$f"
}
linked() { # by other names, before and after
    ln "$f" "$d/b.$format"
    ln -s "a.$format" "$d/c.$format"
}
under_a_glob() {
    mv "$f" "$f.1"
    file "$f" 2
    cp "$f" "$f.0"
    file "$f" 1
}

scenario() { # scenario NAME WAY FORMAT
    local what=$1 way=$2 format=$3 id=100 d f feed= ledger out err program
    WITHIN=60
    d=$work/$1-$2-$3 f=$d/a.$3 ledger=$d/ledger out=$d/out err=$d/err
    mkdir "$d"
    : >"$ledger"
    case $what in linked | under_a_glob) feed="$d/[abc].$format*" ;; esac
    file "$f" 3
    go_on
    caught_up "$what: at first"
    rows 2 >>"$f" # counted or not
    killed
    rows 1 >>"$f"
    $what
    go_on
    killed
    go_on
    rows 1 >>"$f"
    caught_up "$what: after it"
    killed
    go_on
    rows 1 >>"$f"
    caught_up "$what: and again"
    balance 0
    same "$what $way $format: nothing is missing" 0 "$(grep -c 'may be missing' "$err")"
    echo $checks >"$d/checks"
}

names=(grown renamed renamed_late several_back several_back_packed dated copied copied_longer
    copied_twice emptied saved saved_in_place linked under_a_glob)
all=()
for ((n = 0; n < ${#names[@]}; n++)); do
    turn=0
    for way in told looked; do
        for format in csv jsonl; do
            if [ -n "${EVERY:-}" ] || [ $(((n * 3 + n / 4) % 4)) = $((turn++)) ]; then
                all+=("${names[n]} $way $format")
            fi
        done
    done
done
together=16 failed=0
for ((at = 0; at < ${#all[@]}; at += together)); do
    runs=()
    for one in "${all[@]:at:together}"; do
        scenario $one &
        runs+=($!)
    done
    for run in "${runs[@]}"; do wait "$run" || failed=1; done
done
[ $failed = 0 ] || exit 1
checks=$(awk '{ n += $1 } END { print n }' "$work"/*/checks)

# nowhere: said, with where reading had been; what is there now is read from its beginning
way=told format=csv id=100 d=$work/gone f=$work/gone/a.csv ledger=$work/gone/ledger out=$work/gone/out
err=$work/gone/err
mkdir "$d"
: >"$ledger"
file "$f" 3
go_on
caught_up "at first"
size=$(stat -c %s "$f")
killed
file "$d/n" 2
mv "$d/n" "$f"
go_on
caught_up "a new file"
same "a gap is said" yes "$(grep -q "old file not found: lines after byte $size may be missing: .*a.csv" "$err" && echo yes)"
balance 0
finish
