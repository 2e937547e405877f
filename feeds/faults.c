/* One roll of the dice for each fault and record, whatever the shares are, so that the fate of a
 * record under one fault does not depend on another's share. */
#include "feeds/faults.h"

#include "core/money.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

enum {
    FAULTS_STREAM = 3,
    LATE_LEAST = 30 * MS_PER_SECOND,
    LATE_MOST = 20 * MS_PER_MINUTE,
    COPY_MOST = 10 * MS_PER_MINUTE,
    AHEAD_LEAST = MS_PER_HOUR,
    AHEAD_MOST = 3 * MS_PER_HOUR
};

struct faults {
    struct simulated_faults shares;
    struct dice dice;
    struct delivery *kept; /* a heap: the earliest first, of equal ones the first kept */
    uint64_t *order;
    size_t len, room;
    uint64_t numbered;
};

struct faults *faults_new(const struct simulated_faults *shares, uint64_t seed)
{
    struct faults *faults = mem_zero(1, sizeof *faults);
    faults->shares = *shares;
    dice_seed(&faults->dice, seed, FAULTS_STREAM);
    return faults;
}

void faults_free(struct faults *faults)
{
    if (!faults)
        return;
    free(faults->kept);
    free(faults->order);
    free(faults);
}

/* --- what is kept back --- */

static bool comes_before(const struct faults *faults, size_t a, size_t b)
{
    if (faults->kept[a].due != faults->kept[b].due)
        return faults->kept[a].due < faults->kept[b].due;
    return faults->order[a] < faults->order[b];
}

static void swap(struct faults *faults, size_t a, size_t b)
{
    struct delivery delivery = faults->kept[a];
    uint64_t order = faults->order[a];
    faults->kept[a] = faults->kept[b];
    faults->order[a] = faults->order[b];
    faults->kept[b] = delivery;
    faults->order[b] = order;
}

static void keep(struct faults *faults, const struct occurrence *record, epoch_ms due, bool torn)
{
    if (faults->len == faults->room) {
        faults->room = faults->room ? faults->room * 2 : 64;
        faults->kept = mem_resize(faults->kept, faults->room * sizeof *faults->kept);
        faults->order = mem_resize(faults->order, faults->room * sizeof *faults->order);
    }
    size_t at = faults->len++;
    faults->kept[at] = (struct delivery){.due = due, .record = *record, .torn = torn};
    faults->order[at] = faults->numbered++;
    for (; at > 0 && comes_before(faults, at, (at - 1) / 2); at = (at - 1) / 2)
        swap(faults, at, (at - 1) / 2);
}

bool faults_due(struct faults *faults, epoch_ms time, struct delivery *out)
{
    if (faults->len == 0 || faults->kept[0].due > time)
        return false;
    *out = faults->kept[0];
    swap(faults, 0, --faults->len);
    for (size_t at = 0, child; (child = 2 * at + 1) < faults->len; at = child) {
        child += child + 1 < faults->len && comes_before(faults, child + 1, child);
        if (!comes_before(faults, child, at))
            break;
        swap(faults, at, child);
    }
    return true;
}

/* --- fates --- */

static bool falls(struct faults *faults, uint32_t share)
{
    return dice_below(&faults->dice, SIMULATED_FAULT_ONE) < share;
}

static int64_t between(struct faults *faults, int64_t least, int64_t most)
{
    return least + dice_below(&faults->dice, (uint32_t)(most - least + 1));
}

bool faults_pass(struct faults *faults, const struct occurrence *record, struct delivery *out)
{
    const struct simulated_faults *shares = &faults->shares;
    bool late = falls(faults, shares->late), copied = falls(faults, shares->duplicate);
    bool torn = falls(faults, shares->malformed), ahead = falls(faults, shares->future);
    *out = (struct delivery){.due = record->time, .record = *record};
    if (ahead)
        out->record.time += between(faults, AHEAD_LEAST, AHEAD_MOST);
    if (late)
        out->due += between(faults, LATE_LEAST, LATE_MOST);
    if (copied)
        keep(faults, &out->record, out->due + between(faults, 0, COPY_MOST), false);
    if (torn)
        keep(faults, &out->record, out->due, true);
    if (late)
        keep(faults, &out->record, out->due, false);
    return !late;
}

/* --- shares from words --- */

/* "1%", "0.25%", "0.5 %": a percentage with up to three decimals; false for anything else. */
static bool parse_share(const char *text, size_t len, uint32_t *out)
{
    int64_t thousandths;
    while (len > 0 && (text[len - 1] == '%' || text[len - 1] == ' '))
        len--;
    if (money_parse(text, len, 3, &thousandths) != MONEY_OK || thousandths < 0 ||
        thousandths > SIMULATED_FAULT_ONE)
        return false;
    *out = (uint32_t)thousandths;
    return true;
}

static enum status set_share(struct simulated_faults *shares, const char *word, size_t len,
                             struct error *error)
{
    const struct {
        const char *name;
        uint32_t *share;
    } names[] = {{"late", &shares->late},
                 {"duplicate", &shares->duplicate},
                 {"malformed", &shares->malformed},
                 {"future", &shares->future}};
    const char *equals = memchr(word, '=', len);
    size_t name_len = equals ? (size_t)(equals - word) : len;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        if (strlen(names[n].name) != name_len || memcmp(names[n].name, word, name_len) != 0)
            continue;
        *names[n].share = SIMULATED_FAULT_ONE / 100;
        if (equals && !parse_share(equals + 1, len - name_len - 1, names[n].share))
            return error_set(error, STATUS_USAGE,
                             "--faults %.*s: say a share from 0%% to 100%%, as late=2%%", (int)len,
                             word);
        return STATUS_OK;
    }
    return error_set(error, STATUS_USAGE,
                     "--faults %.*s: there are late, duplicate, malformed, future, or none",
                     (int)len, word);
}

enum status simulated_faults_parse(const char *text, struct simulated_faults *out,
                                   struct error *error)
{
    *out = (struct simulated_faults){0};
    if (strcmp(text, "none") == 0)
        return STATUS_OK;
    enum status status = STATUS_OK;
    for (const char *word = text; status == STATUS_OK; word++) {
        size_t len = strcspn(word, ",");
        status = set_share(out, word, len, error);
        word += len;
        if (*word == '\0')
            break;
    }
    return status;
}
