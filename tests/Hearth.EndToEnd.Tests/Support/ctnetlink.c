/*
 * A kernel without ctnetlink, for a program that loads this before libc: requests to nfnetlink's subsystem 1 go to a subsystem that
 * no kernel has, and the kernel refuses both in the same way.
 */
#define _GNU_SOURCE
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <sys/syscall.h>

#define CTNETLINK 1
#define NOBODY 200

ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
    int protocol = 0;
    socklen_t size = sizeof protocol;
    char copy[64 << 10];
    struct nlmsghdr *header = (struct nlmsghdr *)copy;
    if (length >= sizeof *header && length <= sizeof copy && getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == NETLINK_NETFILTER) {
        memcpy(copy, buffer, length);
        if (header->nlmsg_type >> 8 == CTNETLINK) {
            header->nlmsg_type = NOBODY << 8 | (header->nlmsg_type & 0xff);
            buffer = copy;
        }
    }
    return syscall(SYS_sendto, fd, buffer, length, flags, NULL, 0);
}
