#define _GNU_SOURCE 1
#include "csandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int csandbox_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0; }

int csandbox_fork(void) {
    pid_t parent = getpid(), child = fork();
    if (child < 0) return -errno;
    // It dies with its parent, also with one that has died already.
    if (child == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)) _exit(1);
    return child;
}

int csandbox_wait_child(int child, int control) {
    int watched = syscall(SYS_pidfd_open, child, 0), status = 0;
    struct pollfd all[] = {{.fd = watched, .events = POLLIN}, {.fd = control, .events = POLLIN}};
    while (watched >= 0 && poll(all, 2, -1) < 0 && errno == EINTR) {}
    // Whoever waits for it says something meanwhile, or is gone: it is to end.
    if (watched >= 0 && !all[0].revents) kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (watched >= 0) close(watched);
    return status;
}

/// Room for one descriptor, aligned as its header has to be.
union envelope {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

long csandbox_send(int socket, const void *bytes, size_t count, int descriptor) {
    union envelope envelope = {0};
    struct iovec content = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = &envelope;
        message.msg_controllen = sizeof envelope.room;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof descriptor);
        memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    ssize_t sent;
    while ((sent = sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR) {}
    return sent < 0 ? -errno : sent;
}

long csandbox_receive(int socket, void *bytes, size_t count, int *descriptor) {
    union envelope envelope = {0};
    struct iovec content = {.iov_base = bytes, .iov_len = count};
    struct msghdr message = {
        .msg_iov = &content, .msg_iovlen = 1, .msg_control = &envelope, .msg_controllen = sizeof envelope.room};
    *descriptor = -1;
    ssize_t received;
    while ((received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {}
    if (received < 0) return -errno;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
    return received;
}
