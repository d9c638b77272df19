#pragma once
#include <stdint.h>

/// What a process may still use once it has shut itself in.
struct csandbox_limits {
    /// Seconds of CPU; bytes of address space; bytes of one written file.
    uint64_t cpu_seconds, memory_bytes, file_bytes;
    /// Whether it may start one more program in its place.
    int may_execute;
};

/// Shuts the calling process in for good, with all that it starts: limits, no network, no other process, no new rights; it dies
/// with the thread that has started it. Answers 0 or -errno.
int csandbox_enter(const struct csandbox_limits *limits);

/// Forbids all files but those below `reading`, which may be read and run, and those below `writing`. Lists end with null, and
/// what is not there is passed over. Answers 0, also where the kernel does not know how, or -errno.
int csandbox_confine_files(const char *const *reading, const char *writing);

/// Closes all descriptors but the first three.
void csandbox_close_descriptors(void);

/// Waits until the descriptor can be read, or for so many milliseconds; 1, 0 when the time is over, -errno.
int csandbox_wait_readable(int descriptor, int milliseconds);
