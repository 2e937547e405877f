/* The last answers of both lanes, number by number. */
#include "core/compare_parts.h"

#include <stdio.h>
#include <string.h>

struct answers {
    const struct compare_config *config;
    struct compare_difference *out;
};

static void compare_number(const struct answers *answers, const struct tally_row *row,
                           const struct measure *measure, wide_int live, wide_int batch)
{
    struct compare_difference *out = answers->out;
    char a[MONEY_TEXT], b[MONEY_TEXT];
    out->compared++;
    if (live == batch)
        return;
    out->differing++;
    out->unexplained++;
    if (out->why[0])
        return;
    int places = tally_measure_places(measure);
    money_format(live, places, a);
    money_format(batch, places, b);
    snprintf(out->why, sizeof out->why, "%.40s of %.40s: live %s, batch %s", measure->name,
             answers->config->definition->group_by_len
                 ? symbols_text(answers->config->symbols, row->key[0])
                 : "all",
             a, b);
}

static void compare_rows(const struct answers *answers, const struct tally_row *live,
                         const struct tally_row *batch)
{
    static const struct tally_row none = {.count = 0};
    const struct definition *definition = answers->config->definition;
    const struct tally_row *named = live ? live : batch;
    for (int m = 0; m < definition->measures_len; m++) {
        const struct measure *measure = &definition->measures[m];
        wide_int a = 0, b = 0;
        if (measure->kind != MEASURE_COUNT && measure->kind != MEASURE_SUM)
            continue;
        tally_measure(live ? live : &none, measure, &a);
        tally_measure(batch ? batch : &none, measure, &b);
        compare_number(answers, named, measure, a, b);
    }
}

void compare_answers(const struct compare_config *config, struct compare *out)
{
    const struct tally *live = out->live.tally, *batch = out->last.pipeline.tally;
    const struct answers answers = {config, &out->difference};
    for (size_t i = 0; i < tally_len(live); i++)
        compare_rows(&answers, tally_row(live, i), tally_find(batch, tally_row(live, i)->key));
    for (size_t i = 0; i < tally_len(batch); i++)
        if (!tally_find(live, tally_row(batch, i)->key))
            compare_rows(&answers, NULL, tally_row(batch, i));
}
