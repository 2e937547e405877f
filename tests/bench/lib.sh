# Shared by the sections of the bench: data that is made once, measuring, and judging a figure
# against its goal. Every figure becomes a line on the screen and a line of JSON in $figures.
# shellcheck shell=bash disable=SC2034,SC2154 # shared with those who read it in
tools=$build/tests/bench
data=${BENCH_DATA:-build/bench}
figures=$data/figures.jsonl
missed=0
mkdir -p "$data"
export LC_ALL=C

# --- data, seeded and kept under build/bench ---

# made FILE SIMULATE-ARGUMENT...: the file, made when it is not there
made() {
    local file=$data/$1
    shift
    [ -s "$file" ] || { "$tailrace" simulate "$@" --seed 42 -o "$file.new" && mv "$file.new" "$file"; } ||
        exit 1
    echo "$file"
}
feed() { made "tickets-$1.csv" tickets -n "$1"; } # feed N: a tickets CSV of N rows
warm() { cat "$@" >/dev/null; }                   # the page cache holds it

# --- measuring ---

median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
spread() { sort -g | awk '{ v[NR] = $1 } END { printf "%.2f to %.2f s", v[1], v[NR] }'; }
ratio() { awk -v a="${1:-0}" -v b="${2:-0}" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }'; }
column() { cut -d' ' -f"$1"; } # of what `measure` prints: 1 wall s, 2 processor s, 3 KiB at most

# --- judging ---

section=none
# figure WHAT VALUE UNIT WORD GOAL MET DETAIL: WORD is "at most" or "at least"; MET true or false
figure() {
    local shown=ok
    $6 || { shown=MISSED; missed=$((missed + 1)); }
    printf '%-46s %8s %-8s %-8s %-6s %-7s %s\n' "$1" "$2" "$3" "$4" "$5" "$shown" "$7"
    jq -nc --arg section "$section" --arg what "$1" --arg value "$2" --arg unit "$3" --arg word "$4" \
        --arg goal "$5" --argjson met "$6" --arg detail "$7" \
        '{section: $section, what: $what, value: ($value | tonumber? // null), unit: $unit,
          goal: "\($word) \($goal)", met: $met, detail: $detail}' >>"$figures"
}
holds() { awk "BEGIN { exit !($1) }" && echo true || echo false; }
number() { [[ ${1:-} =~ ^[0-9.eE+-]+$ ]]; }
judge() { # judge WHAT FIGURE UNIT LIMIT DETAIL: no more than that
    local met=false
    ! number "$2" || met=$(holds "$2 <= $4")
    figure "$1" "${2:-none}" "$3" "at most" "$4" "$met" "${5:-}"
}
judge_least() { # judge_least WHAT FIGURE UNIT GOAL DETAIL: no less than that
    local met=false
    ! number "$2" || met=$(holds "$2 >= $4")
    figure "$1" "${2:-none}" "$3" "at least" "$4" "$met" "${5:-}"
}

wanted() { [ -z "${ONLY:-}" ] || [[ " $ONLY " == *" $1 "* ]]; }
