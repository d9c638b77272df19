#define _GNU_SOURCE 1
#include "csandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the numbers of system calls are known for x86-64 and arm64"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)
#define REFUSE ANSWER(SECCOMP_RET_ERRNO | EPERM)
#define DENY(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), REFUSE

/// Namespaces would give rights back within them.
#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP)

static int forbid_calls(int may_execute) {
    struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
#if defined(__x86_64__)
        // The other numbers of the same calls.
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        REFUSE,
#endif
        // The network; and what does the same by another way.
        DENY(SYS_socket), DENY(SYS_socketpair), DENY(SYS_connect), DENY(SYS_bind), DENY(SYS_listen), DENY(SYS_accept),
        DENY(SYS_accept4), DENY(SYS_io_uring_setup), DENY(SYS_io_uring_enter), DENY(SYS_io_uring_register),
        // Other processes.
        DENY(SYS_ptrace), DENY(SYS_process_vm_readv), DENY(SYS_process_vm_writev), DENY(SYS_kill), DENY(SYS_tkill),
        DENY(SYS_pidfd_open), DENY(SYS_pidfd_getfd), DENY(SYS_pidfd_send_signal), DENY(SYS_kcmp),
        // The machine.
        DENY(SYS_mount), DENY(SYS_umount2), DENY(SYS_pivot_root), DENY(SYS_chroot), DENY(SYS_setns), DENY(SYS_unshare),
        DENY(SYS_bpf), DENY(SYS_perf_event_open), DENY(SYS_keyctl), DENY(SYS_add_key), DENY(SYS_request_key),
        DENY(SYS_userfaultfd), DENY(SYS_personality), DENY(SYS_reboot), DENY(SYS_swapon), DENY(SYS_init_module),
        DENY(SYS_finit_module), DENY(SYS_kexec_load), DENY(SYS_name_to_handle_at), DENY(SYS_open_by_handle_at),
        // Its flags lie in memory, where no filter looks; the C library then takes the older call.
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
        ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
        // Threads, no processes: what it leaves behind would outlive it. Two numbers are of x86-64 alone.
#if defined(__x86_64__)
        DENY(SYS_fork), DENY(SYS_vfork),
#endif
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 6),
        LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1),
        REFUSE,
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
        REFUSE,
        ANSWER(SECCOMP_RET_ALLOW),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 0, 1),
        REFUSE,
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1),
        ANSWER(may_execute ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EPERM),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

static int limit(int what, uint64_t value) {
    struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    return setrlimit(what, &both) < 0 ? -errno : 0;
}

int csandbox_enter(const struct csandbox_limits *limits) {
    int failure = 0;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -errno;
    if ((failure = limit(RLIMIT_CPU, limits->cpu_seconds)) || (failure = limit(RLIMIT_AS, limits->memory_bytes)) ||
        (failure = limit(RLIMIT_FSIZE, limits->file_bytes)) || (failure = limit(RLIMIT_CORE, 0)) ||
        (failure = limit(RLIMIT_NOFILE, 256)))
        return failure;
    return forbid_calls(limits->may_execute);
}

#define READING (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE | \
                 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG)
#define FILE_RIGHTS (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)
/// All that the first version of it knows.
#define ALL_RIGHTS ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

static int allow(int ruleset, const char *path, uint64_t rights) {
    int descriptor = open(path, O_PATH | O_CLOEXEC);
    if (descriptor < 0) return errno == ENOENT || errno == EACCES ? 0 : -errno;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = descriptor};
    int failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    if (failed && errno == EINVAL) {
        // A file, which has no rights of folders.
        rule.allowed_access = rights & FILE_RIGHTS;
        failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    int error = failed ? -errno : 0;
    close(descriptor);
    return error;
}

int csandbox_confine_files(const char *const *reading, const char *writing) {
    struct landlock_ruleset_attr attributes = {.handled_access_fs = ALL_RIGHTS};
    int ruleset = syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset < 0) return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
    int failure = 0;
    for (; *reading && !failure; reading++) failure = allow(ruleset, *reading, READING);
    if (!failure && writing) failure = allow(ruleset, writing, WRITING);
    if (!failure) failure = allow(ruleset, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
    if (!failure && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) failure = -errno;
    if (!failure && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0) failure = -errno;
    close(ruleset);
    return failure;
}

void csandbox_close_descriptors(void) {
    if (syscall(SYS_close_range, 3, ~0U, 0) == 0) return;
    for (int descriptor = 3; descriptor < 4096; descriptor++) close(descriptor);
}

int csandbox_wait_readable(int descriptor, int milliseconds) {
    struct pollfd watched = {.fd = descriptor, .events = POLLIN};
    int count = poll(&watched, 1, milliseconds);
    return count < 0 ? (errno == EINTR ? 0 : -errno) : count > 0;
}
