#include "cpixels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/// One row of the result's height: a block of columns at a time, so that the sums stay in registers.
static void row(const uint8_t *from, size_t length, const struct window *window, size_t taps, float *to) {
    for (size_t start = 0; start < length; start += BLOCK) {
        float sums[BLOCK] = {0};
        size_t count = length - start < BLOCK ? length - start : BLOCK;
        const uint8_t *bytes = from + window->first * length + start;
        if (count == BLOCK) {
            for (size_t tap = 0; tap < taps; tap++, bytes += length)
                for (size_t place = 0; place < BLOCK; place++) sums[place] += window->weights[tap] * (float)bytes[place];
        } else {
            for (size_t tap = 0; tap < taps; tap++, bytes += length)
                for (size_t place = 0; place < count; place++) sums[place] += window->weights[tap] * (float)bytes[place];
        }
        memcpy(to + start, sums, count * sizeof *sums);
    }
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
