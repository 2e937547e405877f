#!/bin/bash
# Guards D-01, D-02, D-03: nothing that a feed holds, nor any name, reaches a terminal as anything
# but text. The corpus (corpus.jq): every C0 and C1 control by itself, sequences ended and not, one
# split over two fields, invisible and reordering characters; in JSON escapes and as bytes of CSV;
# in names of feeds, definitions, reports, alert files; in what the alert command prints; in
# messages. A judge answers as a terminal does and finds no query, string, other control, or bell
# in all that is written, in every view and headless; and where a twin feed holds the visible text
# instead, every cell is the same, in tmux too.
. "$(dirname "$0")/screen.sh"
judge=$BUILD/tests/terminal/judge
export TERM=xterm-256color
nothing=$'queries 0\nstrings 0\ncontrols 0\ninvisible 0\nbells 0\nmodes same\nscreen left'

# clean WHAT ENDED JUDGE-ARGUMENTS...: the judge finds nothing, and the command ended so
clean() {
    local what=$1 ended=$2
    shift 2
    same "$what" "ended with $ended"$'\n'"$nothing" "$("$judge" "$@")"
}

# --- the judge sees what there is to see
found() { "$judge" -- printf "$1" | sed -n "${2}p"; }
same "judge: device attributes" "queries 1" "$(found '\033[c' 2)"
same "judge: cursor position" "queries 1" "$(found '\033[6n' 2)"
same "judge: title" "strings 1" "$(found '\033]2;a\007' 3)"
same "judge: device control, no end" "strings 1" "$(found '\033Pabc' 3)"
same "judge: reset" "controls 1" "$(found '\033c' 4)"
same "judge: ENQ" "controls 1" "$(found '\005' 4)"
same "judge: raw C1" "controls 1" "$(found '\233' 4)"
same "judge: C1" "invisible 1" "$(found '\302\233' 5)"
same "judge: bidi" "invisible 1" "$(found '\342\200\256' 5)"
same "judge: bell" "bells 1" "$(found '\007' 6)"
same "judge: alternate screen" "screen not left" "$(found '\033[?1049h' 8)"

# --- the feeds
mkdir "$work/evil" "$work/twin"
records() { jq -nc "$@" -f "$TESTS/terminal/corpus.jq"; }
records >"$work/evil/feed.jsonl"
records --arg twin 1 >"$work/twin/feed.jsonl"
cells() { jq -r '["at", "id", "name", "part", "amount"] as $names | (. [0] | $names), (.[] | [.[$names[]]]) | @csv' -s "$1"; }
for side in evil twin; do cells "$work/$side/feed.jsonl" >"$work/$side/feed.csv"; done
same "as many records" "112 112" "$(wc -l <"$work/evil/feed.jsonl") $(wc -l <"$work/twin/feed.jsonl")"
same "the bytes are there" 33 "$(LC_ALL=C grep -c $'\e' "$work/evil/feed.csv")"
# by itself: what cannot be understood, an id that comes again with another content, the future
{ printf '{"at":"2026-01-05T11:00:00Z","name":"\e[2J\n"\x9b2J\x9d2;t\x9c"\n{"\x1b]2;t\a":\n'
  printf '{"at":"2026-01-05T11:00:00Z","id":"1\\u001b","name":"4\\u001b[6n","part":"x","amount":"8.00"}\n'
  printf '{"at":"2026-01-05T11:00:00Z","id":"1\\u001b","name":"4\\u001b[c","part":"\\u009b","amount":"9.00"}\n'
  printf '{"at":"2099-01-05T11:00:00Z","id":"2\\u001b","name":"4\\u001b[c","part":"\\u009b","amount":"9.00"}\n'
} >"$work/evil/broken.jsonl"
cat >"$work/corpus.json" <<'END'
{"name": "corpus",
 "fields": {"at": {"type": "time", "required": true}, "id": {"type": "text"},
            "name": {"type": "text"}, "part": {"type": "text"},
            "amount": {"type": "money", "places": 2}},
 "time": "at", "id": ["id"], "group_by": ["name", "part"], "measures": ["count", "sum:amount"],
 "rules": [{"name": "big", "when": ["amount>5.00"], "per": "name", "alert": "BIG"},
           {"name": "many", "more_than": 1, "per": "name", "within": "5m"}]}
END
def=(--definition "$work/corpus.json")

# --- headless: a terminal gets text alone, the same as from the twin
lanes=(batch "stream --until-eof" "stream --until-eof --window 5m --changes append"
    "stream --until-eof --window 5m --changes update --trigger 10")
for feed in feed.jsonl feed.csv; do
    for lane in "${lanes[@]}"; do
        run() { (cd "$work/$1" && "$TAILRACE" $lane "${def[@]}" $feed 2>&1); }
        same "$lane $feed: as the twin" "$(run twin)" "$(run evil)"
    done
done
cd "$work/evil" || exit
for lane in "${lanes[@]}" "batch --format json --window 5m" "batch --format csv" compare \
    "stream --until-eof --format json" "stream --until-eof --format csv --changes append" \
    "compare --format json" "compare --format html"; do
    for feed in feed.jsonl feed.csv broken.jsonl; do
        clean "$lane $feed" 0 -- "$TAILRACE" $lane "${def[@]}" $feed
    done
done
clean "batch -o" 0 -- "$TAILRACE" batch "${def[@]}" feed.jsonl --day 2026-01-05 -o "$work/reports"
clean "replay" 0 -- "$TAILRACE" replay "${def[@]}" feed.jsonl -o "$work/answer"
for file in "$work"/reports/* "$work"/answer/*; do clean "${file##*/}" 0 -- cat "$file"; done

# --- alerts: the file, and a command that decodes what it gets
for feed in feed.jsonl feed.csv; do
    clean "alert command $feed" 0 -- "$TAILRACE" stream --until-eof "${def[@]}" $feed \
        --alerts "$work/alerts.jsonl" --on-alert 'jq -r ".label, .subject" | tee said; tail -c 7 said >&2'
done
clean "alert file" 0 -- cat "$work/alerts.jsonl"
same "a line each" "224 224" "$(wc -l <"$work/alerts.jsonl") $(jq -r .id "$work/alerts.jsonl" | wc -l)"
same "what the command decoded is shown as text" yes "$("$TAILRACE" stream --until-eof "${def[@]}" feed.csv \
    --on-alert 'jq -r .label' 2>&1 >/dev/null | grep -qF '164\x1b[2J' && echo yes)"

# --- names and words of ours
evil=$'e\e[2J\e[6n\e]2;t\a\x9b6n\xc2\x9b6n\xe2\x80\xae\n'
cp feed.jsonl "$evil.jsonl"
cp "$work/corpus.json" "$evil.json"
sed "s/\"corpus\"/\"c\\\\u001b[6n\"/" "$work/corpus.json" >named.json
sed "s/\"part\": {/\"p\\\\u009b6n\": {/" "$work/corpus.json" >fielded.json
clean "feed's name" 0 -- "$TAILRACE" batch "${def[@]}" "$evil.jsonl"
clean "feed's name in compare" 0 -- "$TAILRACE" compare "${def[@]}" "$evil.jsonl"
clean "feed's name in JSON" 0 -- "$TAILRACE" batch "${def[@]}" --format json "$evil.jsonl"
clean "definition's file" 0 -- "$TAILRACE" batch --definition "$evil.json" feed.jsonl
clean "no such feed" 1 -- "$TAILRACE" batch "${def[@]}" "$evil"
clean "no such definition" 2 -- "$TAILRACE" batch --definition "$evil" feed.jsonl
clean "no definition" 2 -- "$TAILRACE" batch --definition "$evil.jsonl" feed.jsonl
clean "definition's name" 2 -- "$TAILRACE" batch --definition named.json feed.jsonl
clean "field's name" 2 -- "$TAILRACE" batch --definition fielded.json feed.jsonl
clean "report" 2 -- "$TAILRACE" batch "${def[@]}" --report "$evil" feed.jsonl
clean "report's folder" 0 -- "$TAILRACE" batch "${def[@]}" --day 2026-01-05 feed.jsonl -o "$evil.d"
clean "replay's folder" 0 -- "$TAILRACE" replay "${def[@]}" feed.jsonl -o "$evil.r"
clean "alert file's name" 1 -- "$TAILRACE" stream "${def[@]}" --alerts "nowhere/$evil" --until-eof feed.jsonl
clean "alert command's words" 0 -- "$TAILRACE" stream "${def[@]}" --until-eof feed.jsonl \
    --on-alert "cat >/dev/null; printf '$evil'; exit 3"
for option in --where --group-by --measure --window --theme --format --from --day --as-of --faults "--$evil"; do
    clean "${option%%$'\e'*}" 2 -- "$TAILRACE" $([ "$option" = --theme ] || echo batch) "${def[@]}" "$option" "$evil" feed.jsonl
done
clean "a feed that is not there yet" 0 -w "no event yet" -k q -- "$TAILRACE" "${def[@]}" "$evil"
clean "TERM" 0 -- env TERM="$evil" "$TAILRACE" --for 100ms
clean "header" 1 -- "$TAILRACE" batch --definition tickets feed.csv
clean "plain lines" 0 -- "$TAILRACE" --plain "${def[@]}" feed.jsonl --for 1s

# --- the dashboard, view by view; twenty groups a time, so that each is seen
for side in evil twin; do split -a 1 -d -l 20 "$work/$side/feed.jsonl" "$work/$side/part"; done
views() {
    "$judge" -w LIVE -w total -k d -w DIFFERENCE -k d -k l -w CORRECTIONS -k l -k e -w EXPLAIN -k $'\eOB' -k e \
        -k m -w never -k m -w replay -k m -w MICRO -k m -k ' ' -k '?' -w keys -k '?' -k q -- \
        "$TAILRACE" "${def[@]}" "$1" >"$work/seen.$2"
}
feeds=(part? feed.csv broken.jsonl "$evil.jsonl")
for n in "${!feeds[@]}"; do views "${feeds[n]}" $n & done
wait
for n in "${!feeds[@]}"; do
    same "dashboard ${feeds[n]%%$'\e'*}" $'ended with 0\n'"$nothing" "$(cat "$work/seen.$n")"
done

# --- the same in tmux, beside the twin: no cell outside the panels differs
server set -s set-clipboard on
frame() { # frame SIDE KEY PATTERN: what stands still of the screen
    start 120x40 "$TAILRACE" "${def[@]}" "$work/$1/part3"
    until_shown "$1: both lanes" '^╭─ LIVE .*╭─ BATCH '
    until_shown "$1: all groups" 'total +20 +140\.00.*total +20 +140\.00'
    [ -z "$2" ] || keys "$2"
    until_shown "$1: $2" "$3"
    same "$1: title" 0 "$(state '#{pane_title}' | grep -cE '^(t|open)')"
    same "$1: modes" "1 0 0" "$(state '#{alternate_on} #{cursor_flag} #{mouse_any_flag}')"
}
for view in :LIVE d:DIFFERENCE l:CORRECTIONS e:EXPLAIN; do
    frame twin "${view%:*}" "${view#*:}"
    boxes >"$work/boxes"
    labels() { screen | grep -oE '^│ [1-3][0-9]{2}[^ │]*' | sort -u; }
    labels >"$work/labels"
    frame evil "${view%:*}" "${view#*:}"
    until_same "${view#*:}: frame" "$(cat "$work/boxes")" boxes
    until_same "${view#*:}: labels" "$(cat "$work/labels")" labels
done
same "nothing in the clipboard" 0 "$(server list-buffers | wc -l)"
finish
