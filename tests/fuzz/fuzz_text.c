/*
 * Texts of a feed on their way out (D-01, D-02, D-03): whatever the bytes, what is printed has no
 * control, is UTF-8, is as wide as was said, and filtered again it stays the same; as JSON it is a
 * text that says the same again.
 */
#include "tests/fuzz/fuzz.h"

#include "feeds/utf8.h"
#include "tui/json_text.h"
#include "tui/safe_text.h"

#include <locale.h>

#include <jansson.h>

static void check_printable(const char *text, size_t len, bool ascii)
{
    must(utf8_faults(text, len) == 0, "what goes out is no UTF-8");
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        bool control =
            c < 0x20 || c == 0x7F ||
            (c == 0xC2 && (unsigned char)text[i + 1] >= 0x80 && (unsigned char)text[i + 1] <= 0x9F);
        must(!control && !(ascii && c > 0x7F), "byte %02x goes out", c);
    }
}

static void check_units(const char *text, size_t len, bool ascii)
{
    struct safe_reader reader;
    struct safe_unit unit;
    int width = 0, marks = SAFE_COMBINING_MAX;
    safe_open(&reader, text, len, ascii);
    while (safe_next(&reader, &unit)) {
        bool escaped = unit.escape[0] != '\0';
        must(unit.width >= 0 && unit.width <= (escaped ? SAFE_ESCAPE - 1 : 2), "a width of %d",
             unit.width);
        must(!escaped || unit.width == (int)strlen(unit.escape), "the width of an escape");
        marks = unit.width > 0 ? (escaped ? SAFE_COMBINING_MAX : 0) : marks + 1;
        must(marks <= SAFE_COMBINING_MAX, "marks upon marks");
        width += unit.width;
    }
    must(width == safe_width(text, len, ascii), "the sum of widths");
}

static void check_safe(const char *text, size_t len, bool ascii, size_t cut)
{
    size_t room = len * (SAFE_ESCAPE - 1) + 1;
    char *out = mem_alloc(room), *again = mem_alloc(room * (SAFE_ESCAPE - 1) + 1);
    size_t out_len = safe_text(text, len, ascii, out, room);
    must(out_len < room && out[out_len] == '\0' && strlen(out) == out_len, "its end");
    check_printable(out, out_len, ascii);
    check_units(text, len, ascii);
    size_t again_len = safe_text(out, out_len, ascii, again, room * (SAFE_ESCAPE - 1) + 1);
    must(again_len == out_len && memcmp(again, out, out_len) == 0, "filtered again it is another");
    char *small = mem_alloc(cut + 1);
    size_t small_len = safe_text(text, len, ascii, small, cut + 1);
    must(small_len <= cut && small[small_len] == '\0' && memcmp(small, out, small_len) == 0,
         "cut it is another");
    check_printable(small, small_len, ascii);
    free(small);
    free(again);
    free(out);
}

static void check_json(const char *text, size_t len)
{
    char *out = mem_alloc(2 + 6 * len);
    size_t out_len = json_text(text, len, out);
    must(out_len <= 2 + 6 * len, "more than its room");
    check_printable(out, out_len, false);
    json_t *value = json_loadb(out, out_len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    must(json_is_string(value), "it is no JSON text: %.*s", (int)out_len, out);
    if (!(utf8_faults(text, len) & BYTES_NOT_UTF8))
        must(json_string_length(value) == len && memcmp(json_string_value(value), text, len) == 0,
             "it says something else: %.*s", (int)out_len, out);
    json_decref(value);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool set;
    if (!set)
        must(setlocale(LC_CTYPE, "C.UTF-8") != NULL, "no locale C.UTF-8");
    set = true;
    struct taker taker = {data, size};
    size_t cut = (size_t)take(&taker, 1);
    char *text = exact_copy((const char *)taker.at, taker.left);
    check_safe(text, taker.left, false, cut);
    check_safe(text, taker.left, true, cut);
    check_json(text, taker.left);
    free(text);
    return 0;
}
