#define _GNU_SOURCE
/* Small servers for guests of network tests.
 *   server peer PORT       TCP on all addresses: writes the client's address and a line feed
 *   server loopback PORT   TCP on 127.0.0.1 only: echoes until the client ends its side
 *   server hold PORT       TCP on all addresses: writes one byte to each client, and keeps the connection until the client closes it
 *   server echo PORT       UDP on all addresses: sends each datagram back
 *   server echo-loopback PORT   the same on 127.0.0.1 only
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static int bound(int type, int port, int onLoopback)
{
    int yes = 1, no = 0;
    int opened = socket(onLoopback ? AF_INET : AF_INET6, type, 0);
    setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (onLoopback) {
        struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        if (bind(opened, (struct sockaddr *)&own, sizeof own)) { perror("bind"); exit(1); }
    } else {
        struct sockaddr_in6 own = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any };
        setsockopt(opened, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
        if (bind(opened, (struct sockaddr *)&own, sizeof own)) { perror("bind"); exit(1); }
    }
    if ((type & ~SOCK_NONBLOCK) == SOCK_STREAM && listen(opened, 4096)) { perror("listen"); exit(1); }
    return opened;
}

static void tell_peer(int client, const struct sockaddr_in6 *peer)
{
    char text[INET6_ADDRSTRLEN + 1] = "";
    inet_ntop(AF_INET6, &peer->sin6_addr, text, sizeof text);
    const char *shown = strncmp(text, "::ffff:", 7) ? text : text + 7;
    dprintf(client, "%s\n", shown);
}

/* Clients in the order of their descriptors; one that sends or ends is closed. */
static void hold(int server)
{
    static struct pollfd open[20000];
    static char buffer[4096];
    struct rlimit most = { 20000, 20000 };
    int used = 1;
    if (setrlimit(RLIMIT_NOFILE, &most)) { perror("setrlimit"); exit(1); }
    open[0] = (struct pollfd){ .fd = server, .events = POLLIN };
    for (;;) {
        poll(open, used, -1);
        for (int i = used - 1; i > 0; i--)
            if (open[i].revents) {
                while (read(open[i].fd, buffer, sizeof buffer) > 0) { }
                close(open[i].fd);
                open[i] = open[--used];
            }
        if (!open[0].revents || used == 20000) continue;
        for (int i = 0; i < 100 && used < 20000; i++) {
            int client = accept4(server, NULL, NULL, SOCK_NONBLOCK);
            if (client < 0) break;
            if (write(client, ".", 1) < 0) perror("write");
            open[used++] = (struct pollfd){ .fd = client, .events = POLLIN };
        }
    }
}

int main(int count, char **arguments)
{
    if (count < 3) return 2;
    int isTold = !strcmp(arguments[1], "peer");
    int isDatagram = !strncmp(arguments[1], "echo", 4);
    int onLoopback = strstr(arguments[1], "loopback") != NULL;
    int isHeld = !strcmp(arguments[1], "hold");
    int server = bound(isDatagram ? SOCK_DGRAM : isHeld ? SOCK_STREAM | SOCK_NONBLOCK : SOCK_STREAM, atoi(arguments[2]), onLoopback);
    if (isHeld) hold(server);
    static char buffer[65536];
    struct sockaddr_in6 peer;
    socklen_t length;
    ssize_t got;
    for (;;) {
        length = sizeof peer;
        if (isDatagram) {
            got = recvfrom(server, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &length);
            if (got >= 0) sendto(server, buffer, got, 0, (struct sockaddr *)&peer, length);
            continue;
        }
        int client = accept(server, (struct sockaddr *)&peer, &length);
        if (client < 0) continue;
        if (isTold) tell_peer(client, &peer);
        else while ((got = read(client, buffer, sizeof buffer)) > 0) if (write(client, buffer, got) < 0) break;
        close(client);
    }
}
