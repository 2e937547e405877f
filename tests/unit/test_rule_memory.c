/*
 * Protects: what rules remember, against a list searched from end to end: chains by subject in the
 * order of time and position, whatever comes and goes between, with subjects that crowd one corner
 * of the table; what is due first; room given back.
 */
#include "tests/unit/support.h"

#include "core/rule_memory.h"

enum { ROOM = 40, STEPS = 400000 };

struct kept {
    struct note note;
    epoch_ms due;
    bool used;
};

static struct kept list[ROOM];

/* Of a dozen whose homes are the last four places of the table, so that they push each other on and
 * round its end. */
static uint64_t random_subject(uint64_t *seed)
{
    uint64_t number = random_below(seed, 12);
    return number * 64 + 60 + number % 4;
}

static epoch_ms first_due(void)
{
    epoch_ms first = INT64_MAX;
    for (int i = 0; i < ROOM; i++)
        if (list[i].used && list[i].due < first)
            first = list[i].due;
    return first;
}

/* Its place in the list. */
static const struct kept *kept_of(const struct note *note)
{
    for (int i = 0; i < ROOM; i++)
        if (list[i].used && list[i].note.position.start == note->position.start)
            return &list[i];
    fail_msg("a note that is not in the list");
    return NULL;
}

static bool is(const struct note *note, const struct kept *kept)
{
    return note->position.start == kept->note.position.start;
}

/* The chain, walked both ways, is the subject's notes in order. */
static void check_subject(const struct rule_memory *memory, uint64_t subject)
{
    size_t wanted = 0, forth = 0, back = 0;
    for (int i = 0; i < ROOM; i++)
        wanted += list[i].used && list[i].note.subject == subject;
    const struct note *before = NULL;
    for (const struct note *note = rule_memory_oldest(memory, subject); note;
         note = rule_memory_newer(memory, note), forth++) {
        assert_int_equal(note->subject, subject);
        assert_true(!before || note_before(before, note));
        assert_ptr_equal(rule_memory_older(memory, note), before);
        before = note;
    }
    for (const struct note *note = rule_memory_newest(memory, subject); note;
         note = rule_memory_older(memory, note))
        back++;
    assert_int_equal(forth, wanted);
    assert_int_equal(back, wanted);
    assert_int_equal(rule_memory_subject(memory, subject), wanted);
}

static struct note *find(const struct rule_memory *memory, const struct kept *kept)
{
    struct note *note = rule_memory_newest(memory, kept->note.subject);
    while (note && !is(note, kept))
        note = rule_memory_older(memory, note);
    assert_non_null(note);
    return note;
}

static void step(struct rule_memory *memory, uint64_t *seed, uint64_t number)
{
    struct kept *kept = &list[random_below(seed, ROOM)];
    if (kept->used && random_below(seed, 3) > 0) {
        rule_memory_remove(memory, find(memory, kept));
        kept->used = false;
    } else if (kept->used) {
        kept->due = random_below(seed, 50);
        rule_memory_reschedule(memory, find(memory, kept), kept->due);
    } else {
        kept->used = true;
        kept->due = random_below(seed, 50);
        kept->note = (struct note){.subject = random_subject(seed),
                                   .time = random_below(seed, 20),
                                   .position = {random_below(seed, 3), 0, number}};
        assert_true(is(rule_memory_insert(memory, &kept->note, kept->due), kept));
    }
}

static void test_against_a_list(void **state)
{
    (void)state;
    uint64_t seed = 1;
    struct rule_memory *memory = rule_memory_new(ROOM);
    bool full = false, empty = false;
    for (uint64_t i = 0; i < STEPS; i++) {
        epoch_ms due = -1;
        size_t used = 0;
        step(memory, &seed, i);
        const struct note *got = rule_memory_first_due(memory, &due);
        assert_true(got ? kept_of(got)->due == due && due == first_due()
                        : first_due() == INT64_MAX);
        for (int k = 0; k < ROOM; k++)
            used += list[k].used;
        assert_int_equal(rule_memory_len(memory), used);
        assert_int_equal(rule_memory_full(memory), used == ROOM);
        check_subject(memory, random_subject(&seed));
        while (i % 5000 == 4999 && (got = rule_memory_first_due(memory, &due)))
            rule_memory_remove(memory, rule_memory_first_due(memory, &due));
        if (i % 5000 == 4999)
            memset(list, 0, sizeof list);
        full |= used > ROOM * 2 / 3;
        empty |= used == 0;
    }
    assert_true(full && empty);
    rule_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
