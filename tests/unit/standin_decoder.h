/* A stand-in until the decoders are there: id from column 2 (CSV, quotes toggle) or "id": (JSONL). */
#include "feeds/decode.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct csv_header { int x; };
struct decoder { struct decoder_config c; bool header_done; uint64_t at; uint32_t line; bool want; uint32_t got; char label[EVENT_LABEL]; };
struct decoder *decoder_new(const struct decoder_config *c) { struct decoder *d = mem_zero(1, sizeof *d); d->c = *c; d->at = c->offset; d->header_done = c->header || c->format == FORMAT_JSONL; d->line = 1; return d; }
void decoder_free(struct decoder *d) { free(d); }
void decoder_want_label(struct decoder *d) { d->want = true; d->got = 0; }
uint32_t decoder_label(struct decoder *d, char label[EVENT_LABEL]) { if (d->got) memcpy(label, d->label, EVENT_LABEL); return d->got; }
void csv_header_free(struct csv_header *h) { free(h); }
static size_t rec(const char *b, size_t len, bool csv) { bool q = false; for (size_t i = 0; i < len; i++) { if (csv && b[i] == '"') q = !q; if (b[i] == '\n' && !q) return i + 1; } return 0; }
static enum status head(const char *b, size_t n, struct error *e) { return memmem(b, n, "id", 2) ? STATUS_OK : error_set(e, STATUS_BAD_FORMAT, "no column 'id'"); }
struct csv_header *csv_header_read(const struct definition *d, const char *b, size_t len, size_t *hb, struct error *e) { (void)d; size_t n = rec(b, len, true); if (!n) { error_set(e, STATUS_CLOSED, "no line end"); return NULL; } if (head(b, n, e) != STATUS_OK) return NULL; *hb = n; return mem_zero(1, sizeof(struct csv_header)); }
enum feed_format decode_guess_format(const char *b, size_t len) { for (size_t i = 0; i < len; i++) { if (b[i] == '{') return FORMAT_JSONL; if (!strchr(" \n\r\t", b[i])) return FORMAT_CSV; } return FORMAT_ANY; }
enum status decoder_feed(struct decoder *d, const char *b, size_t len, bool final, uint64_t limit, struct event *ev, size_t cap, struct decoded *out, struct error *e)
{
    *out = (struct decoded){0};
    d->got = 0;
    while (out->events < cap && d->at < limit && out->consumed < len) {
        const char *r = b + out->consumed;
        size_t left = len - out->consumed, n = rec(r, left, d->c.format == FORMAT_CSV);
        bool torn = !n;
        if (torn && !final) break;
        if (torn) n = left;
        if (!d->header_done) { if (head(r, n, e) != STATUS_OK) return STATUS_BAD_FORMAT; d->header_done = true; out->skipped += n; }
        else if (n == 1) out->skipped++;
        else {
            struct event *v = &ev[out->events++];
            *v = (struct event){.start = d->at, .length = (uint32_t)n, .line = d->line, .present = 1, .reason = torn ? REJECT_TORN : REJECT_NONE};
            const char *c = d->c.format == FORMAT_CSV ? memchr(r, ',', n) : memmem(r, n, "\"id\":", 5);
            if (!c) v->reason = torn ? REJECT_TORN : REJECT_FIELD_COUNT; else v->value[0] = strtol(c + (*c == ',' ? 1 : 5), NULL, 10);
            if (d->want && !v->reason) { d->want = false; d->got = (uint32_t)out->events; snprintf(d->label, sizeof d->label, "%d", (int)v->value[0]); }
        }
        for (size_t i = 0; i < n; i++) { if (r[i] == '\n') { d->line++; out->lines++; } }
        out->consumed += n; d->at += n;
    }
    return STATUS_OK;
}
