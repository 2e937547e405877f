/*
 * Plain C takes eight bytes at a time, with tests that are exact for every byte; AVX2 takes
 * thirty-two.
 */
#include "feeds/bytes_masks.h"

#include <endian.h>
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

/* --- AVX2 --- */

#ifdef __x86_64__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

/* As two halves: shifted together, they are sent through vector registers once more. */
AVX2 static inline void keep_bits(uint64_t *mask, __m256i low, __m256i high)
{
    const int low_bits = _mm256_movemask_epi8(low), high_bits = _mm256_movemask_epi8(high);
    memcpy(mask, &low_bits, sizeof low_bits);
    memcpy((char *)mask + sizeof low_bits, &high_bits, sizeof high_bits);
}

struct avx2_wanted {
    __m256i byte[BYTES_WANTED];
};

AVX2 static inline struct avx2_wanted avx2_wanted(const struct bytes_wanted *wanted)
{
    struct avx2_wanted all;
    for (int w = 0; w < BYTES_WANTED; w++)
        all.byte[w] = _mm256_set1_epi8(wanted->byte[w]);
    return all;
}

AVX2 static inline void keep_equal(uint64_t *mask, __m256i low, __m256i high, __m256i byte)
{
    keep_bits(mask, _mm256_cmpeq_epi8(low, byte), _mm256_cmpeq_epi8(high, byte));
}

/* Written out: a loop over so few is not unrolled, and costs as much again. */
AVX2 static inline void avx2_block(const struct avx2_wanted *wanted, const char *block,
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

AVX2 static void scan_avx2(const struct bytes_wanted *wanted, const char *bytes, size_t len,
                           struct bytes_masks *masks)
{
    const struct avx2_wanted all = avx2_wanted(wanted);
    for (; len >= BYTES_MASK; bytes += BYTES_MASK, len -= BYTES_MASK)
        avx2_block(&all, bytes, masks++);
    if (len == 0)
        return;
    char block[BYTES_MASK];
    pad(block, bytes, len);
    avx2_block(&all, block, masks);
    cut(masks, len);
}

bytes_scan bytes_scan_for(enum decoder_choice choice)
{
    return choice != DECODER_PORTABLE && __builtin_cpu_supports("avx2") ? scan_avx2 : scan_plain;
}

#else

bytes_scan bytes_scan_for(enum decoder_choice choice)
{
    (void)choice;
    return scan_plain;
}

#endif
