/*
 * A text is learnt when all of its day is in the range of S-62, and nothing but its own offset or a
 * zone that is always the same decides what it means: then the clock can be added.
 */
#include "feeds/time_texts.h"

enum {
    CLOCK_END = 19,                /* "2026-01-05T08:42:17" */
    OTHER_LONGEST = CLOCK_END + 8, /* the rest is a word */
};

static bool may_be_known(size_t len, const struct zone *zone)
{
    return len >= CLOCK_END && len <= OTHER_LONGEST && (!zone || !zone->spans);
}

static uint64_t rest_of(const char *text, size_t len)
{
    return len == CLOCK_END ? 0 : usual_load(text + len - 8) >> (8 * (OTHER_LONGEST - len));
}

static bool is_known(const struct time_texts *texts, const char *text, size_t len,
                     const struct zone *zone)
{
    return len == texts->other_len && zone == texts->other_zone &&
           usual_load(text) == texts->other_date[0] &&
           usual_load(text + TIME_DATE - 8) == texts->other_date[1] &&
           rest_of(text, len) == texts->other_rest;
}

static void learn_other(struct time_texts *texts, const char *text, size_t len,
                        const struct zone *zone, epoch_ms midnight)
{
    if (midnight < INSTANT_MIN || midnight > INSTANT_END - MS_PER_DAY)
        return;
    texts->other_date[0] = usual_load(text);
    texts->other_date[1] = usual_load(text + TIME_DATE - 8);
    texts->other_rest = rest_of(text, len);
    texts->other_len = len;
    texts->other_zone = zone;
    texts->other_ms = midnight;
}

static void learn(struct time_texts *texts, const char *text, size_t len, const struct zone *zone,
                  epoch_ms time)
{
    int64_t clock_ms;
    if ((len == TIME_PLAIN || len == TIME_MS) && text[TIME_DATE - 1] == 'T' &&
        text[len - 1] == 'Z') {
        texts->date[0] = usual_load(text);
        texts->date[1] = usual_load(text + TIME_DATE - 8);
        texts->date_ms = instant_day_start(instant_day(time, NULL), NULL);
    } else if (may_be_known(len, zone) && usual_clock(text + TIME_DATE, &clock_ms)) {
        learn_other(texts, text, len, zone, time - clock_ms);
    }
}

enum instant_result time_texts_parse(struct time_texts *texts, const char *text, size_t len,
                                     const struct zone *zone, epoch_ms *out)
{
    int64_t clock_ms;
    if (time_texts_find(texts, text, len, out))
        return INSTANT_OK;
    if (may_be_known(len, zone) && is_known(texts, text, len, zone) &&
        usual_clock(text + TIME_DATE, &clock_ms)) {
        *out = texts->other_ms + clock_ms;
        return INSTANT_OK;
    }
    enum instant_result result = instant_parse(text, len, zone, out);
    if (result == INSTANT_OK)
        learn(texts, text, len, zone, *out);
    return result;
}
