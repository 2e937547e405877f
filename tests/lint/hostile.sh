# Hostile input, part of tests/lint/lint: what a feed, a name or a file says goes out through the one
# filter, decides nothing by its path, and is never a format, a command or a path (D-01 … D-22).
sources=(core/*.c feeds/*.c tui/*.c)

# Bytes that are no literals are written by few: the filter and what stands behind it, what writes
# lines of JSON made by json_text.h, the simulator's records, the terminal's own restoring. With --raw, changes as the state has them.
grep -nE '\b(fwrite|write|dprintf|vfprintf|puts|putp|tputs|perror) ?\(' "${sources[@]}" |
    grep -vE '\bputs\("|\bprofile->write\(|->write\(' |
    grep -vE '^(core/(status|wake)|tui/(safe_text|json_text|compare_svg|hook_output|alert_file|alert_hook|report_folder|loop|outgoing|terminal_curses|dumps|command_replay|command_simulate|command_stream|change_log|change_outbox|output)|feeds/gunzip)\.c:' |
    grep -vE '^[^:]*:[0-9]+: *(/?\*|//)' | fault 'not the way out: tui/safe_text.h (D-01)'

# Where text of a feed, or a name that is not ours, is asked for, nobody prints in the same breath.
awk 'FNR == 1 { line = ""; start = 0 }
    { text = $0; sub(/^[ \t]+/, "", text); if (!start) start = FNR; line = line " " text }
    /[;{}]$|^$|\*\/$|^#/ {
        if (line ~ /[^a-z_](f?printf|fputs)\(/ &&
            line ~ /symbols_text\(|[.>](label|subject)[^a-z_(]|[.>]text\.|feed_name|source_name|[.>]message[^a-z_]|error[.>-]+text|options->(output|definition|alerts|on_alert|theme|time|state)[^a-z_]|argv\[|getenv|[.>]path[^a-z_]/)
            print FILENAME ":" start ":" line
        line = ""; start = 0
    }' "${sources[@]}" | fault 'through tui/safe_text.h (D-01)'

# Controls are the terminal library's; progress clears its line.
grep -nE '\\(033|x1[bB]|e\[|a")|\b(beep|flash) ?\(' "${sources[@]}" | grep -vE '^tui/(progress|safe_text)\.c:' |
    fault 'only curses controls the terminal (D-01, D-16)'

# No data as a command or a format; no memory by a number from outside on the stack.
grep -nE '\b(system|popen|exec[lv]p?e?|fork|mktemp|tmpnam|tempnam|strtok|atoi|atol|alloca) ?\(' "${sources[@]}" |
    grep -v '^feeds/siblings\.c:.*atoi' | # of few digits
    fault 'not in this house (D-13, D-18, D-22)'
grep -nE '\bposix_spawnp? ?\(' "${sources[@]}" | grep -v '^tui/alert_hook\.c:' | fault 'commands belong to alert_hook.c (D-22)'
grep -q -- '-Wformat-nonliteral' Makefile || echo 'Makefile:1: -Wformat-nonliteral is missing' | fault 'D-18'

# A path says nothing of what it will be of: files are opened without waiting, judged by descriptor.
grep -nE 'O_RDONLY' "${sources[@]}" | grep -vE 'O_DIRECTORY|O_NONBLOCK' | fault 'open without waiting, then fstat (D-14, D-21)'
grep -nE '\b(access|l?stat) ?\(' "${sources[@]}" |
    grep -vE '^(core/zone|feeds/(folder|generation|paths|descriptor|source_[a-z]+)|tui/(alert_file|command_feed|command_target|inputs|new_file|output_file))\.c:' |
    fault 'decide by a descriptor (D-21)'
grep -nE '\bfopen ?\(' "${sources[@]}" |
    grep -vE '^(core/definition_json|tui/(command_repair|output_file|terminal_curses))\.c:' |
    fault "a user's own file, or open and fstat (D-14)"

# Random keys for every hash of what a feed chose.
grep -nE '0x9E3779B97F4A7C15' "${sources[@]}" |
    grep -vE '^(core/(pipeline|distinct|checksum)|feeds/validate)\.c:' | fault 'a keyed hash: core/siphash.h (D-08)'
