#!/bin/bash
# Guards: what is written for people is what the program does. README's screen is a golden screen;
# options, keys and definitions are the same in the help, the manual and README; every help fits one
# 80x24 screen; README's commands run; its tables of speed are those of the kept result; `make help`
# and `make install` do what they say.
. "$(dirname "$0")/../lib.sh"
root=$(cd "$TESTS/.." && pwd)
cd "$root" || exit 1
manual=$root/tui/tailrace.1
section() { awk -v head=".SH $1" '/^\.SH/ { inside = $0 == head; next } inside' "$manual"; }

# --- the screen
same "README's screen is tests/screens/120x24.txt" "$(cat tests/screens/120x24.txt)" \
    "$(sed -n '/^<!-- screen -->$/,/^<!-- \/screen -->$/p' README.md | sed '1,2d' | head -n -2)"

# --- speed: the tables are those of the kept result
same "README's tables of speed" "$(tests/bench/table)" \
    "$(sed -n '/^<!-- bench -->$/,/^<!-- \/bench -->$/p' README.md | sed '1d;$d')"
same "they are dated, and name the machine" 1 "$(tests/bench/table | grep -cE '^20[0-9-]{8}, tailrace .* on .+, [0-9]+ cores')"

# --- options: the helps of the commands together, and the manual
commands="watch stream batch compare replay rejects simulate savepoint"
named() { for c in $commands; do "$TAILRACE" "$c" --help; done | grep -E '^  +-' | sed -E 's/^ +//; s/ {2,}.*//'; }
in_help() { named | grep -oE -- '(^|, )--[a-z-]+' | sed 's/^[^-]*--//' | sort -u; }
in_manual() { section OPTIONS | grep -A1 '^\.TP' | grep '^\.B' | sed 's/\\-/-/g' | grep -oE -- '--[a-z-]+' | cut -c3- | sort -u; }
same "options of --help and of the manual" "$(in_help)" "$(in_manual)"
letters_in_help() { named | grep -oE -- '(^|, )-[a-zA-Z], ' | grep -oE -- '-[a-zA-Z]' | sort -u; }
letters_in_manual() { section OPTIONS | grep -A1 '^\.TP' | sed 's/\\-/-/g' | grep -oE -- '(^|[ "])-[a-zA-Z]\b' | grep -oE -- '-[a-zA-Z]' | sort -u; }
same "their letters" "$(letters_in_help)" "$(letters_in_manual)"
for c in "" $commands; do
    help=$("$TAILRACE" $c --help)
    same "tailrace $c --help fits 80x24" fits "$(awk 'length($0) > 80 { print; wide = 1 }
        END { if (NR > 23) print NR " lines"; else if (!wide) print "fits" }' <<<"$help")"
done
for c in $commands; do
    same "the program's help names $c" 1 "$("$TAILRACE" --help | grep -cE "^  tailrace \[?$c\]? ")"
    same "the manual names $c" 1 "$(section COMMANDS | grep -cx ".B $c")"
done

# --- compare: README's page, but for what is measured anew each time
shape() { sed -E 's/[0-9][0-9 .]*/# /g; s/# (ms|s|min|h)( #  ?(ms|s|min))?/# U/g; s/ +/ /g'; }
(cd "$work" && "$TAILRACE" simulate tickets -n 4000 -o tickets.csv && "$TAILRACE" compare tickets.csv) \
    >"$work/page" 2>/dev/null
same "README's page of compare" "$(awk '/^ALERTS/ { on = 1 } /^$/ && on { exit } { print }' "$work/page" | shape)" \
    "$(sed -n '/^<!-- compare -->$/,/^<!-- \/compare -->$/p' README.md | sed '1,2d' | head -n -2 | shape)"

# --- keys: the table of keys, README, the manual, the help screen
keys=$(sed -nE 's/.*\.label = "(.*)",/\1/p' tui/keymap.c | sort -u)
same "keys in README" "$keys" "$(awk '/^\| key \|/ { on = 1; getline; next } !/^\|/ { on = 0 }
    on { split($0, cell, "|"); print cell[2] }' README.md | sed 's/ and / /; s/^ *//; s/ *$//' | sort -u)"
same "keys in the manual" "$keys" "$(section KEYS | grep -A1 '^\.TP' | sed -nE '/^\.B/ {
    s/^\.BR? //; s/[",\\]//g; s/ +/ /g; p }' | sort -u)"
while read -r key; do
    same "key in the help screen: $key" 1 \
        "$(grep -cF -- "│ $key  " tests/screens/help_120x40.txt | sed 's/^[1-9].*/1/')"
done <<<"$keys"

# --- definitions and profiles: files, help, manual
named=$("$TAILRACE" batch --help | sed -nE 's/.*--definition FILE\|NAME (.*), or a file of yours/\1/p' |
    tr -d ' ' | tr , '\n' | sort)
same "definitions named and there" "$(cd sample_data/definitions && ls | sed 's/\.json$//')" "$named"
for name in $named; do
    same "the manual names $name" 1 "$(section OPTIONS | grep -cE "^\.BR? $name ,$" | sed 's/^[1-9].*/1/')"
    "$TAILRACE" simulate "$name" -n 5 >"$work/$name" 2>&1 &&
        "$TAILRACE" batch --definition "$name" --format json "$work/$name" >"$work/answer"
    same "$name: simulated, and read by name" "$name 5" \
        "$(jq -r '"\(.definition) \(.outcomes.counted)"' "$work/answer")"
done

# --- one version
version=$(sed -nE 's/^VERSION := //p' Makefile)
same "tailrace --version" "tailrace $version" "$("$TAILRACE" --version)"
same "version of the changelog" "$version" "$(sed -nE '/^## /{ s/^## ([^ ]+).*/\1/p; q }' CHANGELOG.md)"
same "version of the manual" 1 "$(head -n 1 "$manual" | grep -cF "\"Tailrace $version\"")"

# --- files that are named are there
while read -r name; do
    same "named, and there: $name" there "$([ -e "$name" ] && echo there)"
done < <(grep -ohE '`[a-z_]+/[a-z_0-9/]+(\.[a-z0-9]+)?/?`|\]\([A-Za-z/_.]+\)' README.md CONTRIBUTING.md |
    tr -d '`]()' | sort -u | grep -vE '^build/|^application/')

# --- make help: the public targets, no more; make install
same "targets of make help" \
    "all bench bench-peers bench-profile bench-quick bench-table clean faults fmt fuzz help install lint run soak test test-asan test-decoders test-tsan valgrind" \
    "$(make -s help | awk '{ print $2 }' | sort | xargs)"
while read -r target; do
    same "a target that is written of: make $target" 1 "$(make -s help | grep -c "^make $target ")"
done < <(grep -ohE '(^    |`)make [a-z-]+' README.md CONTRIBUTING.md | sed 's/.*make //' | sort -u)
env -u MAKEFLAGS -u MAKELEVEL make -s MODE="${BUILD##*/}" install PREFIX=/usr DESTDIR="$work/root" \
    >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
same "make install: the files" "/usr/bin/tailrace /usr/share/man/man1/tailrace.1" \
    "$(cd "$work/root" && find . -type f | sed 's/^\.//' | sort | xargs)"
same "make install: the program runs" "tailrace $version" "$("$work/root/usr/bin/tailrace" --version)"
same "make install: the manual" "$(cat "$manual")" "$(cat "$work/root/usr/share/man/man1/tailrace.1")"

# --- README's commands, as they stand there, on samples
feeds=$work/feeds
mkdir -p "$feeds/shop"
cp sample_data/tickets.csv sample_data/payments.csv sample_data/payments.jsonl sample_data/orders.csv "$feeds"
cp sample_data/payments.jsonl "$feeds/shop/payments-1.jsonl"
awk '/^## On your own feed/ { on = 1 } /^```$/ { json = 0 } on && json; /^```json/ { json = 1 }' README.md \
    >"$feeds/visits.json"
printf '{"at":"2026-01-05T10:00:0%dZ","page":"/","paid":"%d.00"}\n' 1 9 2 11 3 12 >"$feeds/visits.log"
some-system() { cat "$feeds/tickets.csv"; }
tailrace() { # the dashboard, without a terminal, ends by itself
    case $1 in
    stream | batch | replay | simulate | savepoint | rejects) "$TAILRACE" "$@" ;;
    *) "$TAILRACE" "$@" --for 2s ;;
    esac
}
mapfile -t lines < <(awk '/^## / { on = 0 } /^## On your own feed/ { on = 1 } on && /^    [a-z]/' README.md)
same "README has commands" 14 "${#lines[@]}"
run() { # run I
    (cd "$feeds" && eval "${lines[$1]//\/var\/log\/shop/$feeds/shop}" >"$work/$1.out" 2>"$work/$1.err"
        echo $? >"$work/$1.status")
}
for i in "${!lines[@]}"; do # what looks at a state waits until there is one
    [[ ${lines[i]} =~ --read-only|savepoint ]] || run "$i" &
done
wait
for i in "${!lines[@]}"; do
    [[ ! ${lines[i]} =~ --read-only ]] || run "$i"
    [[ ! ${lines[i]} =~ savepoint ]] || { run "$i" && "$TAILRACE" savepoint | grep -q monday &&
        echo "is listed: 1 rows written" >"$work/$i.out"; }
done
for i in "${!lines[@]}"; do
    same "README:${lines[i]}" "0 counts" \
        "$(cat "$work/$i.status") $(grep -qE 'total +[1-9]|"counted": *[1-9]|^[0-9]+,| [1-9][0-9]* rows written|not understood, |\([1-9][0-9]* counted|final revision' "$work/$i.out" && echo counts || cat "$work/$i.out" "$work/$i.err")"
done
same "README's own definition: what its filter leaves" 1 "$(tail -n 1 "$work/$((${#lines[@]} - 1)).out" | grep -c 'total 2 ')"
finish
