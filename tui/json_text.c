/* One character at a time, each through the filter. */
#include "tui/json_text.h"

#include "tui/safe_text.h"

#include <string.h>

enum { UNIT = 16 };

/* The unit that stands at `from`, up to `to`. */
static size_t write_unit(const struct safe_unit *unit, const char *from, const char *to,
                         char out[UNIT])
{
    if (unit->point == '"' || unit->point == '\\')
        return (size_t)snprintf(out, UNIT, "\\%c", (int)unit->point);
    if (unit->escape[0] == '\0') {
        memcpy(out, from, (size_t)(to - from));
        return (size_t)(to - from);
    }
    if (unit->escape[1] == 'x' && (unsigned char)*from >= 0x80)
        return (size_t)snprintf(out, UNIT, "\\\\x%02x", (unsigned char)*from);
    if (unit->point < 0x10000)
        return (size_t)snprintf(out, UNIT, "\\u%04x", (unsigned)unit->point);
    return (size_t)snprintf(out, UNIT, "\\u%04x\\u%04x",
                            0xD800 + (unsigned)((unit->point - 0x10000) >> 10),
                            0xDC00 + (unsigned)((unit->point - 0x10000) & 0x3FF));
}

void json_print(FILE *out, const char *text, size_t len)
{
    struct safe_reader reader;
    struct safe_unit unit;
    char bytes[UNIT];
    safe_open(&reader, text, len, false);
    fputc('"', out);
    for (size_t at = 0; safe_next(&reader, &unit); at = reader.at)
        fwrite(bytes, 1, write_unit(&unit, text + at, text + reader.at, bytes), out);
    fputc('"', out);
}

size_t json_text(const char *text, size_t len, char *out)
{
    struct safe_reader reader;
    struct safe_unit unit;
    char *end = out, bytes[UNIT];
    safe_open(&reader, text, len, false);
    *end++ = '"';
    for (size_t at = 0; safe_next(&reader, &unit); at = reader.at) {
        size_t used = write_unit(&unit, text + at, text + reader.at, bytes);
        memcpy(end, bytes, used);
        end += used;
    }
    *end++ = '"';
    return (size_t)(end - out);
}
