#!/bin/bash
# Guards: rotation as it happens to real files, CSV and JSONL, told by inotify and by looking: rename
# with lines that come late (T-R4), copytruncate and several copies (T-R5), written anew in place as
# long as before and longer (T-R3), saved by an editor in place and through a new inode, compressed
# behind our back (T-R10), links and globs (T-R6). A ledger keeps every id that was written: afterwards
# each was counted exactly once, and every record has one outcome (S-03).
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/ledger.sh"

begin() { # begin NAME: a folder, a ledger and a file of their own
    WITHIN=60
    d=$work/$1-$way-$format f=$d/a.$format ledger=$d/ledger out=$d/out err=$d/err
    mkdir "$d"
    : >"$ledger"
    { head_line; rows 3; } >"$f"
}

by_name() { # of one way and format
    local way=$1 format=$2 id=100 d f ledger out err program
    begin named
    ln "$f" "$d/hard.$format"
    ln -s "a.$format" "$d/soft.$format"
    follow "$f" "$d/hard.$format" "$d/s*.$format"
    caught_up "one file by three names"
    rm "$d/hard.$format" "$d/soft.$format"

    # copytruncate: lines that come right before it; each copy is named on like a rotation does
    for n in 1 2 3; do
        for k in 2 1; do [ ! -e "$f.$k" ] || mv "$f.$k" "$f.$((k + 1))"; done
        rows 2 >>"$f"
        cp "$f" "$f.1"
        { head_line; rows 1; } >"$f"
        caught_up "copytruncate $n"
    done
    same "$way $format: nothing is missing" 0 "$(grep -c 'may be missing' "$err")"
    gzip "$f.1"

    # written anew in place: as long as before, then longer than where reading was
    { head_line; rows 1; } >"$f"
    caught_up "as long as before"
    { head_line; rows 4; } >"$f"
    caught_up "grown past where reading was"
    until_same "$way $format: what may be missing is said" yes \
        sh -c "grep -q 'no copy found: lines.*may be missing' '$err' && echo yes"

    # an editor: in place with a backup, then through a new inode
    cp "$f" "$f~"
    cat "$f~" >"$f"
    rows 1 >>"$f"
    caught_up "saved in place"
    { cat "$f"; rows 1; } >"$d/.a.swp"
    mv "$d/.a.swp" "$f"
    caught_up "saved through a new inode"

    # rename: the writer holds the old file a while
    exec 8>>"$f"
    mv "$f" "$f.9"
    { head_line; rows 2; } >"$f"
    rows 2 >&8
    exec 8>&-
    caught_up "renamed, with late lines"
    balance 0
    echo $checks >"$d/checks"
}

by_glob() { # that matches the copies too
    local way=$1 format=$2 id=100 d f ledger out err program
    begin globbed
    follow "$d/a.$format*"
    caught_up "a glob"
    for n in 1 2; do
        [ ! -e "$f.1" ] || mv "$f.1" "$f.2"
        rows 2 >>"$f"
        cp "$f" "$f.1"
        { head_line; rows 2; } >"$f"
        caught_up "copytruncate under a glob $n"
    done
    gzip "$f.2"
    rows 1 >>"$f"
    caught_up "compressed under a glob"
    balance 0

    # batch and backfill read the compressed one too, by content
    mv "$f.2.gz" "$d/a.$format.old"
    same "$way $format: batch" "$(wc -l <"$ledger")" \
        "$("$TAILRACE" batch --definition tickets --no-dedupe --format json "$d/a.$format*" | jq .outcomes.counted)"
    follow "$d/a.$format*"
    caught_up "backfill"
    balance 0
    echo $checks >"$d/checks"
}

runs=()
for way in told looked; do
    for format in csv jsonl; do
        by_name $way $format &
        runs+=($!)
        by_glob $way $format &
        runs+=($!)
    done
done
await_runs

# T-R9: a stray quote rejects its own line, in linear time; --csv-single-line keeps to lines
awk -v h=$header 'BEGIN { print h; for (i = 0; i < 100000; i++) printf "%d,\"1,High,2026-01-05T10:00:00Z,open\n", i }' >"$work/stray.csv"
same "100 000 stray quotes" '{"parse":100000}' \
    "$(timeout 60 "$TAILRACE" batch --definition tickets --format json "$work/stray.csv" | jq -c .rejected)"
printf '%s\n1,"a\nb",High,2026-01-05T10:00:00Z,open\n2,1,Low,2026-01-05T10:00:00Z,open\n' $header >"$work/quoted.csv"
for options in "" --csv-single-line; do
    same "a quoted line end ($options)" "$([ "$options" ] && echo '3 1 {"parse":2}' || echo '2 2 {}')" \
        "$("$TAILRACE" batch $options --definition tickets --format json "$work/quoted.csv" |
            jq -r '"\(.outcomes.read) \(.outcomes.counted) \(.rejected)"')"
done
finish
