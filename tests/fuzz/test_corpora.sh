#!/bin/bash
# Every input kept for a fuzz target (tests/fuzz/corpus/TARGET) runs once in this build, and none
# breaks a property; each target has some. What fuzzing found once stays mended.
. "$(dirname "$0")/../lib.sh"
for source in "$TESTS"/fuzz/fuzz_*.c; do
    target=$(basename "$source" .c)
    target=${target#fuzz_}
    inputs=("$TESTS/fuzz/corpus/$target"/*)
    [ -e "${inputs[0]}" ] || { echo "no input is kept for $target"; exit 1; }
    "$BUILD/tests/fuzz/fuzz_$target" "${inputs[@]}" >"$work/log" 2>&1
    status=$?
    [ $status -eq 0 ] || grep -A 30 -F "$(grep -F "$TESTS/fuzz/corpus" "$work/log" | tail -1)" "$work/log"
    same "$target: exit status" 0 "$status"
    same "$target: inputs run" "ran ${#inputs[@]}" "$(tail -1 "$work/log")"
done
same "corpora without a target" "" "$(for corpus in "$TESTS"/fuzz/corpus/*/; do
    [ -e "$TESTS/fuzz/fuzz_$(basename "$corpus").c" ] || echo "$corpus"
done)"
finish
