#pragma once
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

// What Swift's Glibc module does not show, or shows only as a macro. No feature macros here: they would change the
// layout of types in other modules that import the same headers.

/// The loop whose thread this is, or null. One pointer per thread, set by the loop itself.
void *csystem_current_loop(void);
void csystem_set_current_loop(void *loop);

int csystem_epoll_create(void);
int csystem_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token);
int csystem_eventfd(void);

/// CLOCK_MONOTONIC, CLOCK_BOOTTIME (counts suspension), CLOCK_REALTIME, CPU time of this process and of this thread, in ns.
uint64_t csystem_monotonic_ns(void);
uint64_t csystem_boottime_ns(void);
uint64_t csystem_realtime_ns(void);
uint64_t csystem_process_cpu_ns(void);
uint64_t csystem_thread_cpu_ns(void);

/// A connected or listening stream socket is non-blocking and closed on exec. Each answers a descriptor or -errno.
int csystem_stream_socket(int family);
int csystem_accept(int listener, struct sockaddr_storage *peer, socklen_t *length);
int csystem_set_no_delay(int descriptor);
int csystem_set_user_timeout(int descriptor, unsigned milliseconds);
int csystem_socket_error(int descriptor);

/// Fills buffer with kernel entropy; 0 or -errno.
int csystem_random(void *buffer, size_t count);
int csystem_thread_id(void);
/// Names the calling thread, for top, gdb and perf (15 bytes at most).
void csystem_name_thread(const char *name);

/// The variables of this process, `NAME=value` each, ended by null. Read it at the start, before anyone calls setenv.
char **csystem_environment(void);
/// Processors that this process may use.
int csystem_cpu_count(void);

/// Gives the system back what only the start needed: freed memory, and the pages of the program's code, which come back
/// from the page cache as they are called.
void csystem_give_back_start(void);
