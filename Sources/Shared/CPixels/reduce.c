#include "cpixels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { BANDS = 3, BLOCK = 32 };

/// Four numbers that are worked on at once, wherever they lie.
typedef float Four __attribute__((vector_size(16), aligned(4)));
typedef int32_t FourWhole __attribute__((vector_size(16)));

/// What a row or column of the result is made of: so many of the original from `first` on, and how much of each.
struct window {
    size_t first;
    float *weights;
};

struct windows {
    size_t count, taps;
    struct window *all;
    float *weights;
};

static double cubic(double x) {
    x = fabs(x);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
    return 0;
}

static void forget(struct windows *windows) {
    free(windows->all);
    free(windows->weights);
}

/// All have the same number of taps; those beyond the edge weigh nothing, and the others make up for them.
static int plan(struct windows *windows, size_t from, size_t to) {
    double scale = (double)from / (double)to, reach = 2 * scale;
    size_t taps = (size_t)floor(2 * reach) + 1;
    if (taps > from) taps = from;
    *windows = (struct windows){.count = to, .taps = taps};
    windows->all = calloc(to, sizeof *windows->all);
    windows->weights = calloc(to * taps, sizeof *windows->weights);
    if (!windows->all || !windows->weights) return -1;
    for (size_t place = 0; place < to; place++) {
        double centre = ((double)place + 0.5) * scale, sum = 0;
        double start = ceil(centre - reach - 0.5);
        size_t first = start < 0 ? 0 : (size_t)start;
        if (first > from - taps) first = from - taps;
        float *weights = windows->weights + place * taps;
        for (size_t tap = 0; tap < taps; tap++) sum += cubic(((double)(first + tap) + 0.5 - centre) / scale);
        for (size_t tap = 0; tap < taps; tap++)
            weights[tap] = (float)(cubic(((double)(first + tap) + 0.5 - centre) / scale) / sum);
        windows->all[place] = (struct window){.first = first, .weights = weights};
    }
    return 0;
}

/// So many columns of one row of the result's height.
static void span(const uint8_t *from, size_t length, size_t count, const float *weights, size_t taps, float *to) {
    for (size_t place = 0; place < count; place++) {
        float sum = 0;
        for (size_t tap = 0; tap < taps; tap++) sum += weights[tap] * (float)from[tap * length + place];
        to[place] = sum;
    }
}

#if defined(__SSE2__)
/// Two rows at once: their bytes are put side by side, so that one instruction multiplies and adds both. Weights have 14 bits
/// behind the point.
static void block(const uint8_t *from, size_t length, const float *weights, size_t taps, float *to) {
    const __m128i none = _mm_setzero_si128();
    __m128i sums[BLOCK / 4] = {0};
    for (size_t tap = 0; tap < taps; tap += 2, from += 2 * length) {
        int isLast = tap + 1 == taps;
        int16_t one = (int16_t)lrintf(weights[tap] * 16384), other = isLast ? 0 : (int16_t)lrintf(weights[tap + 1] * 16384);
        __m128i both = _mm_set1_epi32((int32_t)((uint32_t)(uint16_t)other << 16 | (uint16_t)one));
        const uint8_t *next = isLast ? from : from + length;
        for (int part = 0; part < BLOCK / 16; part++) {
            __m128i upper = _mm_loadu_si128((const __m128i *)(from + 16 * part));
            __m128i lower = _mm_loadu_si128((const __m128i *)(next + 16 * part));
            __m128i low = _mm_unpacklo_epi8(upper, lower), high = _mm_unpackhi_epi8(upper, lower);
            __m128i pairs[4] = {_mm_unpacklo_epi8(low, none), _mm_unpackhi_epi8(low, none), _mm_unpacklo_epi8(high, none),
                                _mm_unpackhi_epi8(high, none)};
            for (int pair = 0; pair < 4; pair++)
                sums[4 * part + pair] = _mm_add_epi32(sums[4 * part + pair], _mm_madd_epi16(pairs[pair], both));
        }
    }
    const __m128 scale = _mm_set1_ps(1.0f / 16384);
    for (int four = 0; four < BLOCK / 4; four++) _mm_storeu_ps(to + 4 * four, _mm_mul_ps(_mm_cvtepi32_ps(sums[four]), scale));
}
#else
static void block(const uint8_t *from, size_t length, const float *weights, size_t taps, float *to) {
    float sums[BLOCK] = {0};
    for (size_t tap = 0; tap < taps; tap++, from += length)
        for (size_t place = 0; place < BLOCK; place++) sums[place] += weights[tap] * (float)from[place];
    memcpy(to, sums, sizeof sums);
}
#endif

/// One row of the result's height: a block of columns at a time, so that the sums stay in registers.
static void row(const uint8_t *from, size_t length, const struct window *window, size_t taps, float *to) {
    const uint8_t *first = from + window->first * length;
    size_t start = 0;
    for (; start + BLOCK <= length; start += BLOCK) block(first + start, length, window->weights, taps, to + start);
    span(first + start, length, length - start, window->weights, taps, to + start);
}

/// `from` has room for one number beyond its end, which a step of four reads and nobody uses. Two sums at once, so that neither
/// waits for the other.
static void columns(const float *from, const struct windows *windows, uint8_t *to) {
    const Four lowest = {0}, highest = {255, 255, 255, 255}, half = {0.5f, 0.5f, 0.5f, 0.5f};
    for (size_t column = 0; column < windows->count; column++, to += BANDS) {
        const struct window *window = windows->all + column;
        const float *numbers = from + window->first * BANDS, *weights = window->weights;
        Four even = half, odd = {0};
        size_t tap = 0;
        for (; tap + 1 < windows->taps; tap += 2, numbers += 2 * BANDS) {
            even += *(const Four *)numbers * weights[tap];
            odd += *(const Four *)(numbers + BANDS) * weights[tap + 1];
        }
        if (tap < windows->taps) even += *(const Four *)numbers * weights[tap];
        Four sum = __builtin_elementwise_min(__builtin_elementwise_max(even + odd, lowest), highest);
        FourWhole whole = __builtin_convertvector(sum, FourWhole);
        for (int band = 0; band < BANDS; band++) to[band] = (uint8_t)whole[band];
    }
}

int cpixels_reduce(const uint8_t *from, size_t width, size_t height, uint8_t *to, size_t to_width, size_t to_height) {
    if (to_width == 0 || to_height == 0 || to_width > width || to_height > height) return -1;
    struct windows across = {0}, down = {0};
    float *line = calloc(width * BANDS + 1, sizeof *line);
    int failure = !line || plan(&across, width, to_width) || plan(&down, height, to_height) ? -1 : 0;
    for (size_t place = 0; !failure && place < to_height; place++) {
        row(from, width * BANDS, down.all + place, down.taps, line);
        columns(line, &across, to + place * to_width * BANDS);
    }
    forget(&across);
    forget(&down);
    free(line);
    return failure;
}
