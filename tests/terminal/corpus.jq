# The escape corpus (D-01, D-02), as records of a feed: jq -nc -f corpus.jq.
# With --arg twin 1 the same as it should be seen: text instead of what is hostile.

def hex($digits): . as $n | "0123456789abcdef" as $d
    | [range($digits) | $n / pow(16; $digits - 1 - .) | floor % 16 | $d[.:. + 1]] | add;
def hidden: . >= 128 and . < 160 or . == 173 or (. >= 8203 and . <= 8207) or (. >= 8232 and . <= 8238)
    or (. >= 8288 and . <= 8303) or . == 65279 or (. >= 57344 and . <= 63743);
def visible: explode | map(
    if . < 32 or . == 127 then "\\x" + hex(2)
    elif hidden then "\\u" + hex(4)
    else [.] | implode end) | add;

# each control by itself, then what terminals understand, ended and not
def controls: range(1; 32), range(127; 160) | [.] | implode;
def sequences:
    "\u001b[2J", "\u001b[H", "\u001b[6n", "\u001b[c", "\u001b[>c", "\u001b[?1049l", "\u001b[5i", "\u001b[21t",
    "\u001b[8;3;3t", "\u001b[?25h", "\u001b[1;31m", "\u001bc", "\u001bZ", "\u001b#8", "\u001b(0", "\u000e",
    "\u001b]0;t\u0007", "\u001b]2;t\u001b\\", "\u001b]52;c;aGk=\u0007", "\u001b]8;;x:y\u0007", "\u001b]10;?\u0007",
    "\u001bP$qm\u001b\\", "\u001bP+q544e\u001b\\", "\u001b_a\u001b\\", "\u001b^p\u001b\\", "\u001bXs\u001b\\",
    "\u001b]2;open", "\u001bPopen", "\u001b_open", "\u001b[12;3", "\u001b", "\u0005", "\u009b2J", "\u009b6n",
    "\u009d2;t\u009c", "\u0090$qm\u009c", "\u009fa\u009c", "\u009d52;c;aGk=";
def deceptive:
    "\u202eabc", "\u2066abc", "a\u200bb", "\ufeff", "\u00ad", "\u2028", "\u206f", "\ue000";

[controls, sequences, deceptive]
| to_entries
| map((.key + 100) as $n | {id: "\($n)\(.value)", name: "\($n)\(.value)", part: "x"})
    # one sequence over two fields
    + [{id: "300", name: "300\u001b", part: "[2J"}, {id: "301", name: "301\u001b]2;t", part: "\u0007x"}]
| map(if $ARGS.named.twin then map_values(visible) else . end)
| to_entries[]
| .key as $n
| {at: "2026-01-05T10:\(if $n % 60 < 10 then "0" else "" end)\($n % 60):00Z"} + .value
    + {amount: "7.00"}
