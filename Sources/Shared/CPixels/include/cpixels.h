#pragma once
#include <stddef.h>
#include <stdint.h>

/// Makes a picture of three bytes a pixel smaller, with the cubic filter of Catmull and Rom stretched over what a pixel of the
/// result covers. Answers 0, or -1 where there is no memory or the result would be larger.
int cpixels_reduce(const uint8_t *from, size_t width, size_t height, uint8_t *to, size_t to_width, size_t to_height);
