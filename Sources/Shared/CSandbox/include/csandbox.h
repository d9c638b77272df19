#pragma once
#include <stddef.h>
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

/// A pipe that no other program inherits: what is written to the second end comes out of the first. 0 or -errno.
int csandbox_pipe(int ends[2]);

/// A copy of this process, which must have one thread: 0 in the copy, its number here, or -errno. The copy dies with this one.
int csandbox_fork(void);

/// How such a copy ended, as `waitpid` says it. It is killed when `control` has something to say, or says that it is closed.
int csandbox_wait_child(int child, int control);

/// One message through a socket that keeps messages apart, and with it a descriptor unless that is negative. Answers the number
/// of bytes, 0 when nobody is left to send any, or -errno.
long csandbox_send(int socket, const void *bytes, size_t count, int descriptor);
long csandbox_receive(int socket, void *bytes, size_t count, int *descriptor);
