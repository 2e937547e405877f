# W1 to W4: the work that all do, what tailrace is told, and the form in which answers are compared.
#
#     W1  count by priority, of tickets in CSV
#     W2  completed orders by date and region, of CSV: count, sum, average
#     W3  payments over 500 from NG, RU, CN, of JSONL: count and sum by country
#     W4  by priority the count and how many different ids, of tickets of which 5 % come twice
# shellcheck shell=bash disable=SC2034,SC2154 # shared with those who read it in

declare -A work_says=(
    [W1]="tickets CSV, count by priority"
    [W2]="orders CSV, by date and region"
    [W3]="payments JSONL, large, by country"
    [W4]="tickets CSV, different ids")
declare -A work_goal=([W1]=4 [W2]=5 [W3]=4 [W4]=4) # times as fast as the fastest peer

work_file() { # work_file W: its data
    case $1 in
    W1) feed "$rows" ;;
    W2) made "orders-$((rows / 2)).csv" orders -n $((rows / 2)) ;;
    W3) made "payments-$((rows / 2)).jsonl" payments -n $((rows / 2)) --format jsonl ;;
    W4) made "tickets-twice-$rows.csv" tickets -n "$rows" --faults duplicate=5% ;;
    esac
}

# The words of a command line. Each counts every record, as the peers do.
declare -A work_words=(
    [W1]="--no-dedupe --group-by priority --measure count"
    [W2]="--no-dedupe --where status=completed --group-by date,region
          --measure count,sum:order_value_gbp,avg:order_value_gbp"
    [W3]="--no-dedupe --where amount>500 --where country_code~in~NG,RU,CN --group-by country_code
          --measure count,sum:amount"
    [W4]="--no-dedupe --group-by priority --measure count,distinct:ticket_id")
own_command() { # own_command W FILE: into the array `command`
    local word
    command=("$tailrace" batch --format csv)
    for word in ${work_words[$1]}; do
        command+=("${word//\~/ }")
    done
    command+=("$2")
}

# Answers come as lines of keys and figures, with commas, blanks or tabs, perhaps a heading; they are
# compared as sorted lines, sums with two decimals. An average must be that of sum and count: then it
# is left away; else it stays, and the answers differ.
declare -A work_keys=([W1]=1 [W2]=2 [W3]=1 [W4]=1)
answer_normal() { # answer_normal W
    tr -d '"\r' | tr ',\t' '  ' | awk -v keys="${work_keys[$1]}" -v work="$1" '
        NF <= keys || $(keys + 1) !~ /^[0-9]/ { next }
        {
            line = $1
            for (k = 2; k <= keys; k++)
                line = line " " $k
            line = line " " $(keys + 1)
            if (work == "W4")
                line = line " " $(keys + 2)
            else if (work != "W1")
                line = line sprintf(" %.2f", $(keys + 2))
            off = work == "W2" ? $(keys + 3) - $(keys + 2) / $(keys + 1) : 0
            print line (off * off > 0.0051 ^ 2 ? " average " $(keys + 3) : "")
        }' | sort
}
