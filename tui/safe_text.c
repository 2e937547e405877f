/* Data bytes to output, one character at a time. */
#include "tui/safe_text.h"

#include <string.h>
#include <wchar.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. On a bad byte `*used` is
 * 1, so that the bytes behind it are judged on their own. */
static bool decode(const unsigned char *text, size_t len, uint32_t *point, size_t *used)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = text[0];
    size_t size = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    *used = 1;
    *point = first;
    if (size <= 1)
        return size == 1;
    if (first > 0xF4 || size > len)
        return false;
    uint32_t value = first & (0xFFu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if (!is_continuation(text[i]))
            return false;
        value = value << 6 | (text[i] & 0x3F);
    }
    if (value < least[size] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
        return false;
    *point = value;
    *used = size;
    return true;
}

/* Characters that hide, reorder or stand for nothing, though valid (D-02). */
static bool is_deceptive(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x0080, 0x009F},    /* C1 */
        {0x00AD, 0x00AD},    /* soft hyphen */
        {0x034F, 0x034F},    /* grapheme joiner */
        {0x061C, 0x061C},    /* Arabic letter mark */
        {0x115F, 0x1160},    /* Hangul fillers */
        {0x17B4, 0x17B5},    /* invisible Khmer vowels */
        {0x180B, 0x180F},    /* Mongolian selectors and separator */
        {0x200B, 0x200F},    /* zero width, direction marks */
        {0x2028, 0x202E},    /* line and paragraph separators, bidi overrides */
        {0x2060, 0x206F},    /* word joiner, bidi isolates, invisible operators */
        {0x3164, 0x3164},    /* Hangul filler */
        {0xE000, 0xF8FF},    /* private use */
        {0xFE00, 0xFE0F},    /* variation selectors */
        {0xFEFF, 0xFEFF},    /* byte order mark */
        {0xFFA0, 0xFFA0},    /* half-width Hangul filler */
        {0xFFF0, 0xFFFB},    /* interlinear annotation */
        {0xFFFE, 0xFFFF},    /* no characters */
        {0x1BCA0, 0x1BCA3},  /* shorthand format controls */
        {0x1D173, 0x1D17A},  /* musical format controls */
        {0xE0000, 0x10FFFF}, /* tags, selectors, private use */
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

static void escape(struct safe_unit *unit, uint32_t point, bool is_byte)
{
    char *out = unit->escape;
    unit->point = point;
    unit->width = is_byte          ? snprintf(out, SAFE_ESCAPE, "\\x%02x", point)
                  : point > 0xFFFF ? snprintf(out, SAFE_ESCAPE, "\\U%08x", point)
                                   : snprintf(out, SAFE_ESCAPE, "\\u%04x", point);
}

void safe_open(struct safe_reader *reader, const char *text, size_t len, bool ascii)
{
    *reader = (struct safe_reader){.text = (const unsigned char *)text,
                                   .len = len,
                                   .ascii = ascii,
                                   .combining = SAFE_COMBINING_MAX};
}

bool safe_next(struct safe_reader *reader, struct safe_unit *unit)
{
    if (reader->at >= reader->len)
        return false;
    uint32_t point;
    size_t used;
    bool valid = decode(reader->text + reader->at, reader->len - reader->at, &point, &used);
    reader->at += used;
    *unit = (struct safe_unit){.point = point, .width = 1};
    bool is_byte = !valid || point < 0x20 || point == 0x7F;
    if (!is_byte && point < 0x7F) {
        reader->combining = 0;
        return true;
    }
    int width = is_byte || reader->ascii || is_deceptive(point) ? -1 : wcwidth((wchar_t)point);
    if (width == 0 && ++reader->combining > SAFE_COMBINING_MAX)
        width = -1;
    if (width > 0)
        reader->combining = 0;
    if (width < 0) {
        reader->combining = SAFE_COMBINING_MAX;
        escape(unit, point, is_byte);
    } else {
        unit->width = width;
    }
    return true;
}

size_t safe_encode(uint32_t point, char out[4])
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3F));
    out[0] = (char)((0xF00u >> size & 0xFF) | point);
    return size;
}

/* The unit's text; returns its length. */
static size_t unit_text(const struct safe_unit *unit, char out[SAFE_ESCAPE])
{
    if (unit->escape[0] == '\0')
        return safe_encode(unit->point, out);
    memcpy(out, unit->escape, (size_t)unit->width);
    return (size_t)unit->width;
}

size_t safe_text(const char *text, size_t len, bool ascii, char *out, size_t cap)
{
    struct safe_reader reader;
    struct safe_unit unit;
    size_t written = 0;
    safe_open(&reader, text, len, ascii);
    while (safe_next(&reader, &unit)) {
        char piece[SAFE_ESCAPE];
        size_t size = unit_text(&unit, piece);
        if (written + size >= cap)
            break;
        memcpy(out + written, piece, size);
        written += size;
    }
    if (cap > 0)
        out[written] = '\0';
    return written;
}

void safe_print(FILE *stream, const char *text, size_t len)
{
    struct safe_reader reader;
    struct safe_unit unit;
    safe_open(&reader, text, len, false);
    while (safe_next(&reader, &unit)) {
        char piece[SAFE_ESCAPE];
        fwrite(piece, 1, unit_text(&unit, piece), stream);
    }
}

int safe_width(const char *text, size_t len, bool ascii)
{
    struct safe_reader reader;
    struct safe_unit unit;
    int width = 0;
    safe_open(&reader, text, len, ascii);
    while (safe_next(&reader, &unit))
        width += unit.width;
    return width;
}
