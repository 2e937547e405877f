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

/* The next text must get the next number: it is new, and there is room. Those read back before, for
 * a decoder that was made in between, are there already. */
static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    struct symbols *symbols = context;
    struct unpack unpack = unpack_of(key, key_len);
    uint32_t number = unkey_u32(&unpack);
    return unpack_done(&unpack) && number >= SYMBOL_FIRST && number <= symbols_len(symbols) &&
           value_len > 0 && value_len <= SYMBOL_TEXT_MAX &&
           memchr(value, '\0', value_len) == NULL &&
           symbols_intern(symbols, value, value_len) == number;
}

/* Texts that a decoder added meanwhile were not saved. */
static bool note_saved(void *context, const void *key, size_t key_len, const void *value,
                       size_t value_len)
{
    size_t *saved = context;
    (void)key, (void)key_len, (void)value, (void)value_len;
    ++*saved;
    return true;
}

enum status symbols_state_restore(size_t *saved, struct symbols *symbols,
                                  const struct restoring *restoring)
{
    *saved = SYMBOL_FIRST;
    enum status status = restoring_each(restoring, STATE_SYMBOL, take, symbols);
    return status == STATUS_OK ? restoring_each(restoring, STATE_SYMBOL, note_saved, saved)
                               : status;
}
