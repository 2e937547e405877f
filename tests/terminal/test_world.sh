#!/bin/bash
# Guards: faults of the world, each a state on the screen with what to do, never a wrong number, and
# everything right when it is over: the wall clock set hours ahead and back (S-63), a machine that
# slept. What befalls the feed is in tests/terminal/test_world_feed.sh.
. "$(dirname "$0")/screen.sh"
. "$TESTS/world/world.sh"
case $BUILD in
*tsan) # preloading is not for its runtime
    skip "the clock, and sleep"
    finish
    exit
    ;;
esac
next_within_the_hour() { screen | grep -cE 'next run [0-9:]+, in ([0-5]?[0-9]:[0-5][0-9]|[0-9]+ s)'; }
batch_age() { screen | sed -nE '2s/.*─ ([0-9.]+ (ms|s)) old ─╮$/young/p'; } # seconds at most

# --- the clock is set
begin
start 120x40 $(spoiled "$TAILRACE" --no-state --definition tickets --every 1h "$feed")
until_same "clock: counted" 100 total 2
until_same "clock: batch too" 100 total 5
keys b
until_same "clock: batch is young" young batch_age
world set=$((5 * 3600000))
until_shown "clock: set ahead" ' CLOCK SET \+5 h 00 min, [0-9]+ s ago'
until_shown "clock: what of it" '^ ages stay right; the schedule follows the new clock '
same "clock: the age of batch is what it was" young "$(batch_age)"
until_same "clock: the next run is within the hour" 1 next_within_the_hour
world set=$((-3 * 3600000))
until_shown "clock: set back" ' CLOCK SET -8 h 00 min, [0-9]+ s ago'
same "clock: the age of batch is what it was" young "$(batch_age)"
until_same "clock: the next run is within the hour" 1 next_within_the_hour
# an event of this moment is three hours ahead of the clock now: future, and not in the total
ticket 901 now
rejects() { "$TAILRACE" batch --definition tickets --format json "$feed" | jq -c .outcomes.read; }
until_same "clock: batch has it" 101 rejects
keys b
until_same "clock: batch has the event" 101 total 5
same "clock: live holds it" 100 "$(total 2)"
world set=0
until_shown "clock: set right again" ' CLOCK SET \+3 h 00 min, [0-9]+ s ago'
ticket 902 now
until_same "clock: what comes now counts, what was held does not" 101 total 2
keys q
ended "clock" 0

# --- a schedule of seconds goes on, whatever the clock does
begin
start 120x40 $(spoiled "$TAILRACE" --no-state --definition tickets --every 1s "$feed")
until_same "schedule: counted" 100 total 5
ran() { screen | sed -nE 's/.*│ ran ([0-9:]+),.*/\1/p'; }
changed() { if [ "$(ran)" != "$before" ]; then echo changed; else ran; fi; }
for set in 3 -6 0; do
    world set=$((set * 3600000))
    until_shown "schedule: said" ' CLOCK SET [+-][0-9]+ h 00 min, '
    for again in 1 2; do
        before=$(ran)
        until_same "schedule, set to $set h: runs go on" changed changed
    done
    same "schedule, set to $set h: no overrun" 0 "$(screen | grep -ci overrun)"
done
keys q
ended "schedule" 0

# --- the machine sleeps: a feed of one's own grows older, the simulated day stands
start 120x40 $(spoiled "$TAILRACE" --no-state --definition tickets --every 1h "$feed")
until_same "sleep: counted" 100 total 5
before=$(ran)
world slept=$((8 * 3600000))
until_shown "sleep: said" ' WOKE UP after 8 h 00 min asleep '
until_same "sleep: a run that was due is made" changed changed
until_same "sleep: and is of now" young batch_age
keys q
ended "sleep" 0
world
start 120x40 $(spoiled "$TAILRACE")
until_shown "asleep, simulated: runs" '^ tailrace|^ tickets'
until_more "asleep, simulated: counts" 0 total 2
world slept=$((8 * 3600000))
until_shown "asleep, simulated: said" ' WOKE UP after 8 h 00 min asleep '
same "asleep, simulated: the same day" 1 "$(screen | head -n 1 | grep -c 'day 1')"
keys q
ended "asleep, simulated" 0
finish
