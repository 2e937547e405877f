/*
 * Protects: the keyed hash is SipHash-1-3 with 128 bits. A twin that reads byte by byte gives the
 * answers that the authors publish for their 2-4 rounds; with 1-3 it and ours give the same for
 * every length. The short form is the first word.
 */
#include "tests/unit/support.h"

#include "core/siphash.h"

static const struct hash_key counting = {.word = {0x0706050403020100, 0x0f0e0d0c0b0a0908}};

static uint64_t rotated(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static void rounds(uint64_t v[4], int count)
{
    for (int i = 0; i < count; i++) {
        v[0] += v[1];
        v[1] = rotated(v[1], 13) ^ v[0];
        v[0] = rotated(v[0], 32);
        v[2] += v[3];
        v[3] = rotated(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotated(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotated(v[1], 17) ^ v[2];
        v[2] = rotated(v[2], 32);
    }
}

static struct hash128 twin(const unsigned char *bytes, size_t len, int each, int last)
{
    uint64_t k0 = counting.word[0], k1 = counting.word[1];
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee,
                     k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
    struct hash128 hash;
    for (size_t at = 0; at <= len; at += 8) {
        uint64_t word = at + 8 > len ? (uint64_t)len << 56 : 0;
        for (size_t i = at; i < at + 8 && i < len; i++)
            word |= (uint64_t)bytes[i] << (8 * (i - at));
        v[3] ^= word;
        rounds(v, each);
        v[0] ^= word;
    }
    v[2] ^= 0xee;
    rounds(v, last);
    hash.word[0] = v[0] ^ v[1] ^ v[2] ^ v[3];
    v[1] ^= 0xdd;
    rounds(v, last);
    hash.word[1] = v[0] ^ v[1] ^ v[2] ^ v[3];
    return hash;
}

static void the_published_answers(void **state)
{
    (void)state;
    const unsigned char zero = 0;
    struct hash128 none = twin(&zero, 0, 2, 4), one = twin(&zero, 1, 2, 4);
    assert_true(none.word[0] == 0xe6a825ba047f81a3 && none.word[1] == 0x930255c71472f66d);
    assert_true(one.word[0] == 0x44af996bd8c187da && one.word[1] == 0x45fc229b11597634);
}

static void every_length(void **state)
{
    (void)state;
    unsigned char bytes[64];
    uint64_t seed = 7;
    for (size_t len = 0; len <= sizeof bytes; len++)
        for (int i = 0; i < 20; i++) {
            for (size_t b = 0; b < len; b++)
                bytes[b] = (unsigned char)random_below(&seed, 256);
            struct hash128 hash = siphash128(counting, bytes, len), other = twin(bytes, len, 1, 3);
            assert_true(hash.word[0] == other.word[0] && hash.word[1] == other.word[1]);
            assert_true(siphash64(counting, bytes, len) == other.word[0]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_published_answers),
                                       cmocka_unit_test(every_length)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
