/*
 * Every "at least" and "more than" of the design in one table: what stands just on one side, on the
 * line, and just on the other side, and what must become of it (trap X22). Each row is a small feed
 * that goes through the real decoder and pipeline; what is written of a row's answer must be so,
 * and what is not written is not looked at.
 *
 * Elsewhere: the ring, the store of ids at its cap (test_dedupe), far events beyond those kept
 * (test_watermark), sessions at lateness (test_window_session), times a source may be quiet (S-23:
 * test_live_lane).
 */
#include "tests/unit/lane_bench.h"

#include <stdio.h>

enum how {
    LIVE = 0,
    BATCH = 1,
    AT_NOON = 2, /* the clock says 12:00:00 when the feed is read */
    OF_DAY = 4,  /* only 2026-01-05 is asked for */
    ENDED = 8,   /* and the feed is over */
    TWO_GROUPS = 16
};

struct row {
    const char *id;
    const char *members; /* of the definition, besides its fields */
    const char *events;  /* "12:00:00.5 amount=2 | 2026-01-06T00:00:00Z": times are of 2026-01-05 */
    const char *outcomes, *watermark, *windows, *alerts, *groups; /* NULL: not looked at */
    enum how how;
};

#define FIELDS                                                                                     \
    "{\"name\": \"x\", \"fields\": {\"time\": {\"type\": \"time\", \"required\": true},"           \
    " \"id\": {\"type\": \"text\"}, \"user\": {\"type\": \"text\"}, \"amount\": {\"type\":"        \
    " \"money\", \"places\": 2, \"positive\": true}, \"country\": {\"type\": \"text\"}, \"kind\":" \
    " {\"type\": \"text\"}, \"of\": {\"type\": \"text\"}, \"step\": {\"type\": \"text\"}},"        \
    " \"time\": \"time\", \"id\": [\"id\", \"step\"], \"measures\": [\"count\"],"                  \
    " \"lifecycle\": {\"key\": \"id\", \"field\": \"step\", \"opened\": \"open\", \"closed\":"     \
    " \"closed\"}"

#define VELOCITY                                                                                   \
    "\"rules\": [{\"name\": \"v\", \"more_than\": 5, \"per\": \"user\", \"within\": \"300s\"}]"
#define GEO                                                                                        \
    "\"rules\": [{\"name\": \"geo\", \"when\": [\"amount>500.00\", \"country in NG,RU,CN\"]},"     \
    " {\"name\": \"large\", \"when\": [\"amount>10000.00\"]}]"
#define SLA "\"rules\": [{\"name\": \"sla\", \"open_longer_than\": \"4h\"}], " ALL_DAY
#define SLA_LATE                                                                                   \
    "\"rules\": [{\"name\": \"sla\", \"open_longer_than\": \"4h\"}], \"watermark\": {\"delay\":"   \
    " \"0s\", \"lateness\": \"8h\", \"jump\": \"2d\"}"
#define PAIR                                                                                       \
    "\"rules\": [{\"name\": \"orphan\", \"within\": \"120s\", \"pair\": {\"field\": \"kind\","     \
    " \"opens\": \"refund\", \"ref\": \"of\", \"needs\": \"payment\", \"id\": \"id\"}}]"
#define QUICK    "\"watermark\": {\"delay\": \"0s\", \"lateness\": \"0s\"}"
#define ALL_DAY  "\"watermark\": {\"delay\": \"0s\", \"lateness\": \"0s\", \"jump\": \"2d\"}"
#define PATIENT  "\"watermark\": {\"delay\": \"60s\", \"lateness\": \"9m\"}"
#define HOPPING  "\"window\": {\"size\": \"10m\", \"slide\": \"5m\"}, " QUICK
#define SESSIONS "\"window\": {\"session\": \"30m\"}, \"watermark\": {\"lateness\": \"1h\"}"
#define TIERS                                                                                      \
    "\"tiers\": {\"tier\": {\"of\": \"amount\", \"steps\": [[\"high\", \"500\"], [\"mid\","        \
    " \"100\"]], \"else\": \"low\"}}, \"group_by\": [\"tier\"]"
#define WHERE(condition) "\"where\": [\"" condition "\"]"
#define FIVE             "12:00:00|12:00:00|12:01:00|12:02:00|12:03:00"

static const struct row rows[] = {
    /* S-11: [start, end) */
    {"S-11 last of a window", "", "12:00:00|12:04:59.999", .windows = "12:00 2 r0 provisional"},
    {"S-11 first of the next", "", "12:00:00|12:05:00",
     .windows = "12:00 1 r0 provisional, 12:05 1 r0 provisional"},
    {"S-11 hopping, in both", HOPPING, "12:05:00",
     .windows = "12:00 1 r0 provisional, 12:05 1 r0 provisional"},
    {"S-11 hopping, a moment before", HOPPING, "12:04:59.999",
     .windows = "11:55 1 r0 provisional, 12:00 1 r0 provisional"},
    {"S-11 hopping, late for one of two", HOPPING, "12:05:00|12:10:00|12:05:01",
     .outcomes = "counted 3",
     .windows = "12:00 1 r0 final, 12:05 3 r0 provisional, 12:10 1 r0 provisional"},
    {"S-11 hopping, late for the primary", HOPPING, "12:05:00|12:15:00|12:05:01",
     .outcomes = "counted 2 late 1"},

    /* S-12: (t - 300 s, t], more than 5 */
    {"S-12 five", VELOCITY, FIVE, .alerts = "v 0"},
    {"S-12 the sixth", VELOCITY, FIVE "|12:04:00", .alerts = "v 1"},
    {"S-12 the sixth at the same moment", VELOCITY,
     "12:00:00|12:00:00|12:00:00|12:00:00|12:00:00|12:00:00", .alerts = "v 1"},
    {"S-12 the first 299.999 s older", VELOCITY,
     "12:00:00|12:01:00|12:01:00|12:01:00|12:01:00|"
     "12:04:59.999",
     .alerts = "v 1"},
    {"S-12 the first 300 s older", VELOCITY,
     "12:00:00|12:01:00|12:01:00|12:01:00|12:01:00|12:05:00", .alerts = "v 0"},
    {"S-12 another's are not counted", VELOCITY, FIVE "|12:04:00 user=b", .alerts = "v 0"},
    {"S-12 batch, 299.999 s", VELOCITY, "12:04:59.999|12:00:00|12:01:00|12:01:00|12:01:00|12:01:00",
     .alerts = "v 1", .how = BATCH},
    {"S-12 batch, 300 s", VELOCITY, "12:05:00|12:00:00|12:01:00|12:01:00|12:01:00|12:01:00",
     .alerts = "v 0", .how = BATCH},
    {"S-12 session, at the gap", SESSIONS, "12:00:00|12:30:00",
     .windows = "12:00 2 r0 provisional"},
    {"S-12 session, beyond the gap", SESSIONS, "12:00:00|12:30:00.001",
     .windows = "12:00 1 r0 provisional, 12:30 1 r0 provisional"},
    {"S-12 session, out of order, at the gap", SESSIONS, "12:30:00|12:00:00",
     .windows = "12:00 2 r0 provisional"},
    {"S-12 session, out of order, beyond", SESSIONS, "12:30:00.001|12:00:00",
     .windows = "12:00 1 r0 provisional, 12:30 1 r0 provisional"},
    {"S-12 session, joined at both gaps", SESSIONS, "12:00:00|13:00:00|12:30:00",
     .windows = "12:00 3 r1 provisional"},

    /* S-15: up to the cap */
    {"S-15 at the cap", "\"group_by\": [\"user\"]", "12:00:00 user=b|12:00:00 user=c",
     .groups = "b 1, c 1", .how = TWO_GROUPS},
    {"S-15 one beyond", "\"group_by\": [\"user\"]",
     "12:00:00 user=b|12:00:00 user=c|12:00:00 user=a|12:00:00 user=d|12:00:00 user=b",
     .groups = "(other) 2, b 2, c 1", .outcomes = "counted 5", .how = TWO_GROUPS},
    {"S-16 a missing key", "\"group_by\": [\"user\"]", "12:00:00 user=", .groups = "(missing) 1"},

    /* S-20, S-21 */
    {"S-20 the largest time less B", PATIENT, "12:06:00|12:05:59.999", .watermark = "12:05:00"},
    {"S-20 the same time again", PATIENT, "12:06:00|12:06:00", .watermark = "12:05:00"},
    {"S-20 a moment later", PATIENT, "12:06:00|12:06:00.001", .watermark = "12:05:00.001"},
    {"S-20 filtered events move it", PATIENT ", " WHERE("user=b"), "12:06:00|12:07:00",
     .outcomes = "filtered 2", .watermark = "12:06:00"},
    {"S-20 rejected ones do not", PATIENT, "12:06:00|12:07:00 amount=0",
     .outcomes = "counted 1 rejected 1 nonpositive_amount", .watermark = "12:05:00"},
    {"S-20 nor do duplicates", PATIENT, "12:06:00 id=7|12:06:00 id=7",
     .outcomes = "counted 1 duplicate 1", .watermark = "12:05:00"},
    {"S-20 nothing yet", PATIENT, "12:00:00 amount=x", .watermark = "none"},
    {"S-24 the end", PATIENT, "12:00:00", .windows = "12:00 1 r0 final", .how = ENDED},

    /* S-30, S-31: for [12:00, 12:05), A = 9 min */
    {"S-30 W = end - 1 ms", PATIENT, "12:00:00|12:05:59.999|12:01:00", .outcomes = "counted 3",
     .windows = "12:00 2 r0 provisional, 12:05 1 r0 provisional"},
    {"S-30 W = end", PATIENT, "12:00:00|12:06:00|12:01:00", .outcomes = "counted 3",
     .windows = "12:00 2 r1 settling, 12:05 1 r0 provisional"},
    {"S-30 W = end + A - 1 ms", PATIENT, "12:00:00|12:14:59.999|12:01:00", .outcomes = "counted 3",
     .windows = "12:00 2 r1 settling, 12:10 1 r0 provisional"},
    {"S-30 W = end + A", PATIENT, "12:00:00|12:15:00|12:01:00", .outcomes = "counted 2 late 1",
     .windows = "12:00 1 r0 final, 12:15 1 r0 provisional"},
    {"S-30 the event that makes W is judged by the one before", PATIENT, "12:00:00|12:30:00",
     .outcomes = "counted 2"},
    {"S-30 a new row behind W", PATIENT, "12:06:00|12:01:00",
     .windows = "12:00 1 r1 settling, 12:05 1 r0 provisional"},
    {"S-31 W = end - 1 ms", PATIENT, "12:00:00|12:05:59.999",
     .windows = "12:00 1 r0 provisional, 12:05 1 r0 provisional"},
    {"S-31 W = end", PATIENT, "12:00:00|12:06:00",
     .windows = "12:00 1 r0 settling, 12:05 1 r0 provisional"},
    {"S-31 W = end + A - 1 ms", PATIENT, "12:00:00|12:14:59.999",
     .windows = "12:00 1 r0 settling, 12:10 1 r0 provisional"},
    {"S-31 W = end + A", PATIENT, "12:00:00|12:15:00",
     .windows = "12:00 1 r0 final, 12:15 1 r0 provisional"},
    {"S-110 batch knows no lateness", PATIENT, "12:00:00|18:00:00|12:01:00",
     .outcomes = "counted 3", .windows = "12:00 2 r0 final, 18:00 1 r0 final", .how = BATCH},

    /* S-34: wait = max(B + A, 120 s) */
    {"S-34 paid at the end of the wait", PAIR ", " QUICK,
     "12:00:00 kind=refund of=7|12:02:00 id=7 kind=payment|12:10:00", .alerts = "orphan 0"},
    {"S-34 paid a moment later", PAIR ", " QUICK,
     "12:00:00 kind=refund of=7|12:02:00.001 id=7 kind=payment|12:10:00", .alerts = "orphan 1"},
    {"S-34 the payment came first, at the end of the wait", PAIR ", " PATIENT,
     "12:10:00 id=7 kind=payment|12:00:00 kind=refund of=7", .alerts = "orphan 0", .how = ENDED},
    {"S-34 the payment came first, a moment later", PAIR ", " PATIENT,
     "12:10:00.001 id=7 kind=payment|12:00:00 kind=refund of=7", .alerts = "orphan 1",
     .how = ENDED},
    {"S-34 W a moment before the end", PAIR ", " QUICK, "12:00:00 kind=refund of=7|12:01:59.999",
     .alerts = "orphan 0"},
    {"S-34 W at the end", PAIR ", " QUICK, "12:00:00 kind=refund of=7|12:02:00",
     .alerts = "orphan 1"},
    {"S-34 45 s, the source's case", PAIR ", " PATIENT,
     "12:00:00 kind=refund of=7|12:00:45 id=7 kind=payment", .alerts = "orphan 0", .how = ENDED},
    {"S-34 B + A is more than 120 s: before its end", PAIR ", " PATIENT,
     "12:00:00 kind=refund of=7|12:10:59.999", .alerts = "orphan 0"},
    {"S-34 and at its end", PAIR ", " PATIENT, "12:00:00 kind=refund of=7|12:11:00",
     .alerts = "orphan 1"},

    /* S-41, S-42 */
    {"S-41 the same again", "", "12:00:00 id=7|12:00:00.000 id=7 amount=1",
     .outcomes = "counted 1 duplicate 1"},
    {"S-41 another content", "", "12:00:00 id=7|12:00:00 id=7 amount=1.01",
     .outcomes = "counted 2"},
    {"S-41 first", "\"on_conflict\": \"first\"", "12:00:00 id=7|12:00:00 id=7 amount=1.01",
     .outcomes = "counted 1 duplicate 1"},
    {"S-41 reject", "\"on_conflict\": \"reject\"", "12:00:00 id=7|12:00:00 id=7 amount=1.01",
     .outcomes = "counted 1 rejected 1 id_conflict"},
    {"S-41 an id of two fields", "", "12:00:00 id=7 step=open|12:00:00 id=7 step=closed",
     .outcomes = "counted 2"},
    {"S-42 time = W - H", ALL_DAY, "12:00:00 id=7|2026-01-06T12:00:00Z|12:00:00 id=7",
     .outcomes = "counted 2 duplicate 1"},
    {"S-42 time = W - H - 1 ms", ALL_DAY, "12:00:00 id=7|2026-01-06T12:00:00.001Z|12:00:00 id=7",
     .outcomes = "counted 2 late 1"},
    {"S-42 batch forgets none", ALL_DAY, "12:00:00 id=7|2026-01-08T12:00:00Z|12:00:00 id=7",
     .outcomes = "counted 2 duplicate 1", .how = BATCH},

    /* S-60: more than F ahead of the clock, which says 12:00 */
    {"S-60 clock + F", "", "12:05:00", .outcomes = "counted 1", .how = AT_NOON},
    {"S-60 clock + F + 1 ms", "", "12:05:00.001", .outcomes = "future 1", .watermark = "none",
     .how = AT_NOON},
    {"S-60 an own F", "\"watermark\": {\"future\": \"0s\"}", "12:00:00|12:00:00.001",
     .outcomes = "counted 1 future 1", .how = AT_NOON},
    {"S-60 not in batch", "", "2099-01-01T00:00:00Z", .outcomes = "counted 1",
     .how = BATCH | AT_NOON},
    {"S-60 before the duplicate check", "", "12:06:00 id=7|12:06:00 id=7", .outcomes = "future 2",
     .how = AT_NOON},

    /* S-61: more than J = 1 h ahead; K = 3 within J of it */
    {"S-61 J ahead", PATIENT, "12:00:00|13:00:00", .watermark = "12:59:00"},
    {"S-61 J + 1 ms ahead", PATIENT, "12:00:00|13:00:00.001", .outcomes = "counted 2",
     .watermark = "11:59:00"},
    {"S-61 two of them", PATIENT, "12:00:00|15:00:00|15:00:00", .watermark = "11:59:00"},
    {"S-61 the third", PATIENT, "12:00:00|15:00:00|15:00:00|15:00:00", .watermark = "14:59:00"},
    {"S-61 the third J away from the first", PATIENT, "12:00:00|15:00:00|15:30:00|16:00:00",
     .watermark = "15:59:00"},
    {"S-61 the third J + 1 ms away", PATIENT, "12:00:00|15:00:00|15:00:00|16:00:00.001",
     .watermark = "11:59:00"},
    {"S-61 J to either side: the middle one", PATIENT, "12:00:00|14:00:00|15:00:00|16:00:00",
     .watermark = "14:59:00"},
    {"S-61 J + 1 ms to one side", PATIENT, "12:00:00|14:00:00|15:00:00|16:00:00.001",
     .watermark = "11:59:00"},
    {"S-61 ordinary ones are no company", PATIENT, "12:00:00|15:00:00|15:00:00|13:00:00",
     .watermark = "12:59:00"},
    {"S-61 a repeated one is one", PATIENT, "12:00:00|15:00:00 id=7|15:00:00 id=7|15:00:00 id=7",
     .outcomes = "counted 2 duplicate 2", .watermark = "11:59:00"},

    /* S-62: [1970, 2100) */
    {"S-62 before 1970", "", "1969-12-31T23:59:59.999Z", .outcomes = "rejected 1 time_range"},
    {"S-62 1970", "", "1970-01-01T00:00:00Z", .outcomes = "counted 1"},
    {"S-62 last of 2099", "", "2099-12-31T23:59:59.999Z", .outcomes = "counted 1"},
    {"S-62 2100", "", "2100-01-01T00:00:00Z", .outcomes = "rejected 1 time_range"},
    {"S-62 finer than a millisecond", "", "2099-12-31T23:59:59.999999Z", .outcomes = "counted 1"},

    /* S-70, A1-20, A1-40 */
    {"S-70 500.00", GEO, "12:00:00 amount=500.00 country=NG", .alerts = "geo 0, large 0"},
    {"S-70 500.01", GEO, "12:00:00 amount=500.01 country=NG", .alerts = "geo 1, large 0"},
    {"S-70 500.01 elsewhere", GEO, "12:00:00 amount=500.01 country=US", .alerts = "geo 0, large 0"},
    {"S-70 10000.00", GEO, "12:00:00 amount=10000.00 country=US", .alerts = "geo 0, large 0"},
    {"S-70 10000.01", GEO, "12:00:00 amount=10000.01 country=CN", .alerts = "geo 1, large 1"},
    {"S-72 late events alert too", GEO ", " QUICK, "12:30:00|12:00:00 amount=500.01 country=RU",
     .outcomes = "counted 1 late 1", .alerts = "geo 1, large 0"},
    {"S-72 duplicates never", GEO, "12:00:00 id=7 amount=10000.01|12:00:00 id=7 amount=10000.01",
     .alerts = "geo 0, large 1"},
    {"S-72 future ones never", GEO, "12:06:00 amount=10000.01", .alerts = "geo 0, large 0",
     .how = AT_NOON},

    /* S-75: open for 4 h */
    {"S-75 closed at the limit", SLA, "08:00:00 id=7 step=open|12:00:00 id=7 step=closed|13:00:00",
     .alerts = "sla 0"},
    {"S-75 closed a moment later", SLA,
     "08:00:00 id=7 step=open|12:00:00.001 id=7 step=closed|13:00:00", .alerts = "sla 1"},
    {"S-75 W a moment before the limit", SLA, "08:00:00 id=7 step=open|11:59:59.999",
     .alerts = "sla 0"},
    {"S-75 W at the limit", SLA, "08:00:00 id=7 step=open|12:00:00", .alerts = "sla 1"},
    {"S-75 closed in time, told late: taken back", SLA,
     "08:00:00 id=7 step=open|12:00:00|12:00:00 id=7 step=closed", .alerts = "sla 0"},
    {"S-75 closed too late, told late", SLA,
     "08:00:00 id=7 step=open|12:00:01|12:00:00.001 id=7 step=closed", .alerts = "sla 1"},
    {"S-75 the close came first, at the limit", SLA_LATE,
     "12:00:00 id=7 step=closed|08:00:00 id=7 step=open", .alerts = "sla 0", .how = ENDED},
    {"S-75 the close came first, a moment later", SLA_LATE,
     "12:00:00.001 id=7 step=closed|08:00:00 id=7 step=open", .alerts = "sla 1", .how = ENDED},
    {"S-75 batch, at the limit", SLA, "12:00:00 id=7 step=closed|08:00:00 id=7 step=open",
     .alerts = "sla 0", .how = BATCH},
    {"S-75 batch, a moment later", SLA, "12:00:00.001 id=7 step=closed|08:00:00 id=7 step=open",
     .alerts = "sla 1", .how = BATCH},

    /* S-110: a day is [00:00, 24:00) */
    {"S-110 a moment before the day", "", "2026-01-04T23:59:59.999Z", .outcomes = "filtered 1",
     .how = BATCH | OF_DAY},
    {"S-110 its first moment", "", "00:00:00", .outcomes = "counted 1", .how = BATCH | OF_DAY},
    {"S-110 its last", "", "23:59:59.999", .outcomes = "counted 1", .how = BATCH | OF_DAY},
    {"S-110 the next day", "", "2026-01-06T00:00:00Z", .outcomes = "filtered 1",
     .how = BATCH | OF_DAY},

    /* A1-11, A1-12, and the comparisons of filters */
    {"A1-11 0", "", "12:00:00 amount=0", .outcomes = "rejected 1 nonpositive_amount"},
    {"A1-11 -0.01", "", "12:00:00 amount=-0.01", .outcomes = "rejected 1 nonpositive_amount"},
    {"A1-11 0.01", "", "12:00:00 amount=0.01", .outcomes = "counted 1"},
    {"A1-11 half a cent", "", "12:00:00 amount=0.005", .outcomes = "rejected 1 precision"},
    {"A1-12 99.99", TIERS, "12:00:00 amount=99.99", .groups = "low 1"},
    {"A1-12 100", TIERS, "12:00:00 amount=100", .groups = "mid 1"},
    {"A1-12 499.99", TIERS, "12:00:00 amount=499.99", .groups = "mid 1"},
    {"A1-12 500", TIERS, "12:00:00 amount=500.00", .groups = "high 1"},
    {"where >", WHERE("amount>5.00"), "12:00:00 amount=5.00|12:00:00 amount=5.01",
     .outcomes = "counted 1 filtered 1"},
    {"where >=", WHERE("amount>=5.00"), "12:00:00 amount=4.99|12:00:00 amount=5.00",
     .outcomes = "counted 1 filtered 1"},
    {"where <", WHERE("amount<5.00"), "12:00:00 amount=4.99|12:00:00 amount=5.00",
     .outcomes = "counted 1 filtered 1"},
    {"where <=", WHERE("amount<=5.00"), "12:00:00 amount=5.00|12:00:00 amount=5.01",
     .outcomes = "counted 1 filtered 1"},
};

/* --- a row's feed as CSV --- */

enum { FEED_MAX = 4096 };
static const char *const columns[] = {"id", "user", "amount", "country", "kind", "of", "step"};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* The value given for a column in the event [from, to), else its usual one. */
static int put_value(char *out, size_t room, const char *from, const char *to, int column, int line)
{
    size_t name_len = strlen(columns[column]);
    for (const char *at = from; at < to; at++) {
        if (at[0] != ' ' || strncmp(at + 1, columns[column], name_len) != 0 ||
            at[1 + name_len] != '=')
            continue;
        at += name_len + 2;
        return snprintf(out, room, ",%.*s", (int)strcspn(at, " |"), at);
    }
    switch (column) {
    case 0:
        return snprintf(out, room, ",line-%d", line);
    case 1:
        return snprintf(out, room, ",a");
    case 2:
        return snprintf(out, room, ",1.00");
    default:
        return snprintf(out, room, ",");
    }
}

static void make_csv(const char *events, char out[FEED_MAX])
{
    size_t used = (size_t)snprintf(out, FEED_MAX, "time,id,user,amount,country,kind,of,step\n");
    int line = 1;
    for (const char *from = events; *from; line++) {
        const char *to = from + strcspn(from, "|");
        int time_len = (int)strcspn(from, " |");
        bool dated = memchr(from, 'T', (size_t)time_len) != NULL;
        used += (size_t)snprintf(out + used, FEED_MAX - used, "%s%.*s%s",
                                 dated ? "" : "2026-01-05T", time_len, from, dated ? "" : "Z");
        for (int c = 0; c < COLUMNS; c++)
            used += (size_t)put_value(out + used, FEED_MAX - used, from, to, c, line);
        used += (size_t)snprintf(out + used, FEED_MAX - used, "\n");
        from = *to ? to + 1 : to;
    }
    assert_true(used < FEED_MAX - 1);
}

/* --- its answer in words --- */

enum { WORDS_MAX = 1024 };

static void say(char words[WORDS_MAX], const char *text, uint64_t count)
{
    size_t used = strlen(words);
    if (count > 0)
        snprintf(words + used, WORDS_MAX - used, "%s%s %llu", used ? " " : "", text,
                 (unsigned long long)count);
}

static void say_outcomes(const struct lane *lane, char words[WORDS_MAX])
{
    const struct outcomes *o = &lane->pipeline.outcomes;
    say(words, "counted", o->counted);
    say(words, "late", o->late);
    say(words, "duplicate", o->duplicate);
    say(words, "filtered", o->filtered);
    say(words, "rejected", o->rejected);
    for (int r = 0; r < REJECT_COUNT; r++)
        if (o->rejected_by[r][0] > 0) {
            strcat(words, " ");
            strcat(words, reject_text((enum reject_reason)r));
        }
    say(words, "future", o->future);
}

/* "12:05:00", with its fraction; of whatever day. */
static void say_time(char *out, epoch_ms time)
{
    char text[INSTANT_TEXT];
    instant_format(time, text);
    sprintf(out, "%.*s", (int)strcspn(text + 11, "Z"), text + 11);
}

static void say_watermark(const struct lane *lane, char words[WORDS_MAX])
{
    epoch_ms watermark = pipeline_watermark(&lane->pipeline);
    if (watermark == WATERMARK_NONE)
        strcpy(words, "none");
    else
        say_time(words, watermark);
}

static void say_windows(const struct lane *lane, char words[WORDS_MAX])
{
    static const char *const states[] = {"provisional", "settling", "final"};
    const struct window_row *sorted[64];
    assert_true(windows_len(lane->pipeline.windows) <= 64);
    windows_sorted(lane->pipeline.windows, sorted);
    for (size_t i = 0; i < windows_len(lane->pipeline.windows); i++) {
        char start[INSTANT_TEXT];
        size_t used = strlen(words);
        say_time(start, sorted[i]->id.start);
        snprintf(words + used, WORDS_MAX - used, "%s%.5s %d r%u %s", i ? ", " : "", start,
                 (int)sorted[i]->count, (unsigned)sorted[i]->revision, states[sorted[i]->state]);
    }
}

static void say_alerts(const struct lane *lane, char words[WORDS_MAX])
{
    for (int r = 0; r < lane->definition->rules_len; r++) {
        size_t used = strlen(words);
        snprintf(words + used, WORDS_MAX - used, "%s%s %d", r ? ", " : "",
                 lane->definition->rules[r].name, (int)rules_raised(lane->pipeline.rules, r));
    }
}

static void say_groups(const struct lane *lane, char words[WORDS_MAX])
{
    const struct tally *tally = lane->pipeline.tally;
    size_t order[16];
    assert_true(tally_len(tally) <= 16);
    tally_sorted(tally, lane->symbols, order);
    for (size_t i = 0; i < tally_len(tally); i++) {
        const struct tally_row *row = tally_row(tally, order[i]);
        size_t used = strlen(words);
        snprintf(words + used, WORDS_MAX - used, "%s%s %d", i ? ", " : "",
                 symbols_text(lane->symbols, row->key[0]), (int)row->count);
    }
}

/* --- */

/* How many of a row's words are others; each is shown. */
static int check(const struct row *row, const char *what, const char *wanted,
                 void words_of(const struct lane *lane, char words[WORDS_MAX]),
                 const struct lane *lane)
{
    char words[WORDS_MAX] = "";
    if (!wanted)
        return 0;
    words_of(lane, words);
    if (strcmp(words, wanted) == 0)
        return 0;
    print_error("%s: %s: \"%s\", wanted \"%s\"\n", row->id, what, words, wanted);
    return 1;
}

static int check_row(const struct row *row)
{
    char json[2 * FEED_MAX], csv[FEED_MAX];
    struct pipeline_config config = {.live = !(row->how & BATCH)};
    struct lane lane;
    epoch_ms day;
    int wrong = 0;
    assert_int_equal(instant_parse("2026-01-05", 10, 0, &day), INSTANT_OK);
    if (row->how & OF_DAY) {
        config.from = day;
        config.to = day + MS_PER_DAY;
    }
    if (row->how & TWO_GROUPS)
        config.groups_cap = 2;
    snprintf(json, sizeof json, "%s%s%s%s}", FIELDS, *row->members ? ", " : "", row->members,
             strstr(row->members, "\"window\"") ? "" : ", \"window\": {\"size\": \"5m\"}");
    make_csv(row->events, csv);
    lane_open(&lane, json, &config);
    if (row->how & AT_NOON)
        lane.wall = day + 12 * MS_PER_HOUR;
    lane_feed(&lane, 0, csv, strlen(csv));
    if (row->how & (BATCH | ENDED))
        pipeline_end(&lane.pipeline);
    wrong += check(row, "outcomes", row->outcomes, say_outcomes, &lane);
    wrong += check(row, "watermark", row->watermark, say_watermark, &lane);
    wrong += check(row, "windows", row->windows, say_windows, &lane);
    wrong += check(row, "alerts", row->alerts, say_alerts, &lane);
    wrong += check(row, "groups", row->groups, say_groups, &lane);
    lane_close(&lane);
    return wrong;
}

static void every_boundary(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        wrong += check_row(&rows[i]);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_boundary)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
