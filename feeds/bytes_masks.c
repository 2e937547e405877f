/*
 * Plain C takes eight bytes at a time, with tests that are exact for every byte; AVX2 takes
 * thirty-two.
 */
#include "feeds/bytes_masks.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (unsigned char)(b))

/* --- for both --- */

static inline void cut(struct bytes_masks *mask, size_t len)
{
    uint64_t there = (UINT64_C(1) << len) - 1;
    for (int w = 0; w < BYTES_WANTED; w++)
        mask->of[w] &= there;
    mask->control &= there;
    mask->high &= there;
}

/* The last bytes, copied to where 64 may be read. */
static inline void pad(char block[BYTES_MASK], const char *rest, size_t len)
{
    memset(block, 0, BYTES_MASK);
    memcpy(block, rest, len);
}

static inline void cut_text(struct bytes_text masks, size_t w, size_t len)
{
    uint64_t there = (UINT64_C(1) << len) - 1;
    masks.quotes[w] &= there;
    masks.newlines[w] &= there;
    masks.odd[w] &= there;
    masks.high[w] &= there;
}

/* --- plain C --- */

static inline uint64_t load(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return le64toh(word);
}

/* The high bit of each of eight bytes as one byte, the first byte's lowest. */
static inline uint64_t gather(uint64_t highs)
{
    return (highs >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static inline uint64_t high_where_zero(uint64_t word)
{
    uint64_t low = EACH_BYTE(0x7F);
    return ~(((word & low) + low) | word | low);
}

static inline uint64_t high_where_control(uint64_t word)
{
    uint64_t low = EACH_BYTE(0x7F);
    return ~(((word & low) + EACH_BYTE(0x80 - ' ')) | word | low);
}

static inline void plain_block(const struct bytes_wanted *wanted, const char *block,
                               struct bytes_masks *mask)
{
    struct bytes_masks all = {.control = 0};
    for (unsigned at = 0; at < BYTES_MASK; at += 8) {
        uint64_t word = load(block + at);
        for (int w = 0; w < BYTES_WANTED; w++)
            all.of[w] |= gather(high_where_zero(word ^ EACH_BYTE(wanted->byte[w]))) << at;
        all.control |= gather(high_where_control(word)) << at;
        all.high |= gather(word & EACH_BYTE(0x80)) << at;
    }
    *mask = all;
}

static void scan_plain(const struct bytes_wanted *wanted, const char *bytes, size_t len,
                       struct bytes_masks *masks)
{
    for (; len >= BYTES_MASK; bytes += BYTES_MASK, len -= BYTES_MASK)
        plain_block(wanted, bytes, masks++);
    if (len == 0)
        return;
    char block[BYTES_MASK];
    pad(block, bytes, len);
    plain_block(wanted, block, masks);
    cut(masks, len);
}

static size_t places_plain(const uint64_t *words, size_t len, uint16_t *places)
{
    uint16_t *out = places;
    for (size_t w = 0; w < len; w++)
        for (uint64_t word = words[w]; word; word &= word - 1)
            *out++ = (uint16_t)(w * BYTES_MASK + (unsigned)__builtin_ctzll(word));
    return (size_t)(out - places);
}

static inline void text_plain_block(const char *block, struct bytes_text masks, size_t w)
{
    uint64_t quotes = 0, newlines = 0, odd = 0, high = 0;
    for (unsigned at = 0; at < BYTES_MASK; at += 8) {
        uint64_t word = load(block + at);
        uint64_t ends = high_where_zero(word ^ EACH_BYTE('\n'));
        uint64_t others = high_where_control(word) | high_where_zero(word ^ EACH_BYTE('\\'));
        quotes |= gather(high_where_zero(word ^ EACH_BYTE('"'))) << at;
        newlines |= gather(ends) << at;
        odd |= gather(others ^ ends) << at;
        high |= gather(word & EACH_BYTE(0x80)) << at;
    }
    masks.quotes[w] = quotes;
    masks.newlines[w] = newlines;
    masks.odd[w] = odd;
    masks.high[w] = high;
}

static void text_plain(const char *bytes, size_t len, struct bytes_text masks)
{
    size_t w = 0;
    for (; len >= BYTES_MASK; bytes += BYTES_MASK, len -= BYTES_MASK)
        text_plain_block(bytes, masks, w++);
    if (len == 0)
        return;
    char block[BYTES_MASK];
    pad(block, bytes, len);
    text_plain_block(block, masks, w);
    cut_text(masks, w, len);
}

static const struct bytes_tools plain_tools = {.scan = scan_plain,
                                               .places = places_plain,
                                               .few_places = places_plain,
                                               .many_places = places_plain,
                                               .text = text_plain};

/* --- x86-64 with AVX2 --- */

#ifdef __x86_64__
#include <immintrin.h>

#define NATIVE __attribute__((target("avx2,bmi,popcnt")))

/* As two halves: shifted together, they are sent through vector registers once more. */
NATIVE static inline void keep_bits(uint64_t *mask, __m256i low, __m256i high)
{
    const int low_bits = _mm256_movemask_epi8(low), high_bits = _mm256_movemask_epi8(high);
    memcpy(mask, &low_bits, sizeof low_bits);
    memcpy((char *)mask + sizeof low_bits, &high_bits, sizeof high_bits);
}

struct native_wanted {
    __m256i byte[BYTES_WANTED];
};

NATIVE static inline struct native_wanted native_wanted(const struct bytes_wanted *wanted)
{
    struct native_wanted all;
    for (int w = 0; w < BYTES_WANTED; w++)
        all.byte[w] = _mm256_set1_epi8(wanted->byte[w]);
    return all;
}

NATIVE static inline void keep_equal(uint64_t *mask, __m256i low, __m256i high, __m256i byte)
{
    keep_bits(mask, _mm256_cmpeq_epi8(low, byte), _mm256_cmpeq_epi8(high, byte));
}

/* Written out: a loop over so few is not unrolled, and costs as much again. */
NATIVE static inline void native_block(const struct native_wanted *wanted, const char *block,
                                       struct bytes_masks *mask)
{
    const __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)block);
    const __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(block + 32));
    const __m256i last_control = _mm256_set1_epi8(' ' - 1);
    keep_equal(&mask->of[0], low, high, wanted->byte[0]);
    keep_equal(&mask->of[1], low, high, wanted->byte[1]);
    keep_equal(&mask->of[2], low, high, wanted->byte[2]);
    keep_equal(&mask->of[3], low, high, wanted->byte[3]);
    keep_equal(&mask->of[4], low, high, wanted->byte[4]);
    keep_bits(&mask->control, _mm256_cmpeq_epi8(_mm256_min_epu8(low, last_control), low),
              _mm256_cmpeq_epi8(_mm256_min_epu8(high, last_control), high));
    keep_bits(&mask->high, low, high);
}

NATIVE static void scan_native(const struct bytes_wanted *wanted, const char *bytes, size_t len,
                               struct bytes_masks *masks)
{
    const struct native_wanted all = native_wanted(wanted);
    for (; len >= BYTES_MASK; bytes += BYTES_MASK, len -= BYTES_MASK)
        native_block(&all, bytes, masks++);
    if (len == 0)
        return;
    char block[BYTES_MASK];
    pad(block, bytes, len);
    native_block(&all, block, masks);
    cut(masks, len);
}

/* Without a bit some number, which nobody reads. */
NATIVE static inline uint64_t write_two(uint16_t *out, uint64_t word, unsigned first)
{
    out[0] = (uint16_t)(first + (unsigned)_tzcnt_u64(word));
    word = _blsr_u64(word);
    out[1] = (uint16_t)(first + (unsigned)_tzcnt_u64(word));
    return _blsr_u64(word);
}

NATIVE static inline uint64_t write_four(uint16_t *out, uint64_t word, unsigned first)
{
    return write_two(out + 2, write_two(out, word, first), first);
}

/* The first few are written without asking whether there are so many: a loop that ends now here,
 * now there, costs more than numbers written in vain. */
NATIVE static size_t places_native(const uint64_t *words, size_t len, uint16_t *places)
{
    uint16_t *out = places;
    for (size_t w = 0; w < len; w++) {
        unsigned first = (unsigned)w * BYTES_MASK;
        uint16_t *end = out + _mm_popcnt_u64(words[w]);
        uint64_t left = write_four(out + 4, write_four(out, words[w], first), first);
        for (out += 8; left; out += 2)
            left = write_two(out, left, first);
        out = end;
    }
    return (size_t)(out - places);
}

NATIVE static size_t many_places_native(const uint64_t *words, size_t len, uint16_t *places)
{
    uint16_t *out = places;
    for (size_t w = 0; w < len; w++) {
        unsigned first = (unsigned)w * BYTES_MASK;
        uint16_t *end = out + _mm_popcnt_u64(words[w]);
        uint64_t left = write_four(out + 4, write_four(out, words[w], first), first);
        left = write_four(out + 12, write_four(out + 8, left, first), first);
        for (out += 16; left; out += 2)
            left = write_two(out, left, first);
        out = end;
    }
    return (size_t)(out - places);
}

NATIVE static size_t few_places_native(const uint64_t *words, size_t len, uint16_t *places)
{
    uint16_t *out = places;
    for (size_t w = 0; w < len; w++) {
        unsigned first = (unsigned)w * BYTES_MASK;
        uint16_t *end = out + _mm_popcnt_u64(words[w]);
        uint64_t left = write_two(out, words[w], first);
        for (out += 2; left; out += 2)
            left = write_two(out, left, first);
        out = end;
    }
    return (size_t)(out - places);
}

NATIVE static inline __m256i odd_bytes(__m256i half, __m256i newlines)
{
    const __m256i last_control = _mm256_set1_epi8(' ' - 1);
    __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(half, last_control), half);
    return _mm256_or_si256(_mm256_andnot_si256(newlines, control),
                           _mm256_cmpeq_epi8(half, _mm256_set1_epi8('\\')));
}

NATIVE static inline void text_native_block(const char *block, struct bytes_text masks, size_t w)
{
    const __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)block);
    const __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(block + 32));
    const __m256i low_newlines = _mm256_cmpeq_epi8(low, _mm256_set1_epi8('\n'));
    const __m256i high_newlines = _mm256_cmpeq_epi8(high, _mm256_set1_epi8('\n'));
    keep_equal(&masks.quotes[w], low, high, _mm256_set1_epi8('"'));
    keep_bits(&masks.newlines[w], low_newlines, high_newlines);
    keep_bits(&masks.odd[w], odd_bytes(low, low_newlines), odd_bytes(high, high_newlines));
    keep_bits(&masks.high[w], low, high);
}

NATIVE static void text_native(const char *bytes, size_t len, struct bytes_text masks)
{
    size_t w = 0;
    for (; len >= BYTES_MASK; bytes += BYTES_MASK, len -= BYTES_MASK)
        text_native_block(bytes, masks, w++);
    if (len == 0)
        return;
    char block[BYTES_MASK];
    pad(block, bytes, len);
    text_native_block(block, masks, w);
    cut_text(masks, w, len);
}

static const struct bytes_tools native_tools = {.scan = scan_native,
                                                .places = places_native,
                                                .few_places = few_places_native,
                                                .many_places = many_places_native,
                                                .text = text_native};

/* --- x86-64 with AVX-512 --- */

#define WIDE __attribute__((target("avx512f,avx512bw,avx512vbmi2,bmi,popcnt")))

/* A whole block, or what there is of the last. */
WIDE static inline __m512i wide_load(const char *block, size_t len)
{
    if (len >= BYTES_MASK)
        return _mm512_loadu_si512(block);
    return _mm512_maskz_loadu_epi8((UINT64_C(1) << len) - 1, block);
}

WIDE static inline __m512i each_byte(char byte)
{
    return _mm512_set1_epi8(byte);
}

WIDE static void scan_wide(const struct bytes_wanted *wanted, const char *bytes, size_t len,
                           struct bytes_masks *masks)
{
    for (; len > 0; bytes += BYTES_MASK, masks++) {
        __m512i block = wide_load(bytes, len);
        for (int w = 0; w < BYTES_WANTED; w++)
            masks->of[w] = _mm512_cmpeq_epi8_mask(block, each_byte(wanted->byte[w]));
        masks->control = _mm512_cmplt_epu8_mask(block, each_byte(' '));
        masks->high = _mm512_movepi8_mask(block);
        if (len < BYTES_MASK)
            cut(masks, len);
        len -= len < BYTES_MASK ? len : BYTES_MASK;
    }
}

WIDE static void text_wide(const char *bytes, size_t len, struct bytes_text masks)
{
    for (size_t w = 0; len > 0; bytes += BYTES_MASK, w++) {
        __m512i block = wide_load(bytes, len);
        masks.quotes[w] = _mm512_cmpeq_epi8_mask(block, each_byte('"'));
        masks.newlines[w] = _mm512_cmpeq_epi8_mask(block, each_byte('\n'));
        masks.odd[w] = (_mm512_cmplt_epu8_mask(block, each_byte(' ')) & ~masks.newlines[w]) |
                       _mm512_cmpeq_epi8_mask(block, each_byte('\\'));
        masks.high[w] = _mm512_movepi8_mask(block);
        if (len < BYTES_MASK)
            cut_text(masks, w, len);
        len -= len < BYTES_MASK ? len : BYTES_MASK;
    }
}

WIDE static inline void write_half(uint16_t *out, __m256i places, unsigned first)
{
    _mm512_storeu_si512(
        out, _mm512_add_epi16(_mm512_cvtepu8_epi16(places), _mm512_set1_epi16((short)first)));
}

/* All of a word at once: the numbers 0 to 63, of which those stay that have a bit. */
WIDE static size_t places_wide(const uint64_t *words, size_t len, uint16_t *places)
{
    static const uint8_t numbers[BYTES_MASK] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    const __m512i all = _mm512_loadu_si512(numbers);
    uint16_t *out = places;
    for (size_t w = 0; w < len; w++) {
        unsigned first = (unsigned)w * BYTES_MASK;
        size_t count = (size_t)_mm_popcnt_u64(words[w]);
        __m512i there = _mm512_maskz_compress_epi8(words[w], all);
        write_half(out, _mm512_castsi512_si256(there), first);
        if (count > BYTES_MASK / 2)
            write_half(out + BYTES_MASK / 2, _mm512_extracti64x4_epi64(there, 1), first);
        out += count;
    }
    return (size_t)(out - places);
}

static const struct bytes_tools wide_tools = {.scan = scan_wide,
                                              .places = places_wide,
                                              .few_places = places_wide,
                                              .many_places = places_wide,
                                              .text = text_wide};

static bool has_wide(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

static bool has_native(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("popcnt");
}

const struct bytes_tools *bytes_tools_each(int n)
{
    const struct bytes_tools *const all[] = {&plain_tools, has_native() ? &native_tools : NULL,
                                             has_native() && has_wide() ? &wide_tools : NULL};
    return n < 3 ? all[n] : NULL;
}

#else

const struct bytes_tools *bytes_tools_each(int n)
{
    return n == 0 ? &plain_tools : NULL;
}

#endif

const struct bytes_tools *bytes_tools_for(enum decoder_choice choice)
{
    const struct bytes_tools *best = &plain_tools, *next;
    for (int n = 1; choice != DECODER_PORTABLE && (next = bytes_tools_each(n)) != NULL; n++)
        best = next;
    return best;
}
