#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own main, for programs that have one themselves.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*run)(const uint8_t *bytes, size_t count));
