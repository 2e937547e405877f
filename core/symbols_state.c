/* Texts by their number, those added since. A decoder may be ahead of what was counted: it finds
 * its texts again. */
#include "core/state_parts.h"

void symbols_state_save(size_t *saved, struct symbols *symbols, struct saver *saver)
{
    size_t len = symbols_len(symbols);
    for (size_t s = *saved < SYMBOL_FIRST ? SYMBOL_FIRST : *saved; s < len; s++) {
        key_u32(&saver->key, (uint32_t)s);
        pack_bytes(&saver->value, symbols_text(symbols, (symbol)s),
                   symbols_text_len(symbols, (symbol)s));
        saver_put(saver, STATE_SYMBOL);
    }
    *saved = len;
}

struct taking {
    struct symbols *symbols;
    size_t saved;
};

/* The next text must get the next number: it is new, and there is room. Those read back before, for
 * a decoder that was made in between, are there already. Texts that a decoder added meanwhile were
 * not saved. */
static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    struct taking *taking = context;
    struct unpack unpack = unpack_of(key, key_len);
    uint32_t number = unkey_u32(&unpack);
    return unpack_done(&unpack) && number == taking->saved++ && value_len > 0 &&
           value_len <= SYMBOL_TEXT_MAX && memchr(value, '\0', value_len) == NULL &&
           symbols_intern(taking->symbols, value, value_len) == number;
}

enum status symbols_state_restore(size_t *saved, struct symbols *symbols,
                                  const struct restoring *restoring)
{
    struct taking taking = {.symbols = symbols, .saved = SYMBOL_FIRST};
    enum status status = restoring_each(restoring, STATE_SYMBOL, take, &taking);
    *saved = taking.saved;
    return status;
}
