/*
 * Resolves names by the C library: a line "NAME ADDRESS..." for each argument, or "NAME none|again|failed".
 * --trial COUNT resolves t0.trial.example, t1.trial.example, ... and connects to port 8080 of each at once.
 * The argument --flood asks 127.0.0.11 twenty thousand times without reading an answer.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void flood(void)
{
    static const unsigned char query[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04gone\x07" "example\x00\x00\x01\x00\x01";
    struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(53) };
    inet_pton(AF_INET, "127.0.0.11", &server.sin_addr);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    for (int i = 0; i < 20000; i++)
        sendto(fd, query, sizeof query - 1, MSG_DONTWAIT, (struct sockaddr *)&server, sizeof server);
    close(fd);
    puts("flooded");
    sleep(2); /* While 256 queries wait for an answer, others fail. */
}

static void resolve(const char *name)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
    int error = getaddrinfo(name, "80", &hints, &found);
    printf("%s", name);
    if (error)
        printf(" %s", error == EAI_AGAIN ? "again" : error == EAI_NONAME || error == -5 ? "none" : "failed");
    for (struct addrinfo *each = found; each; each = each->ai_next) {
        char text[INET6_ADDRSTRLEN];
        const void *address = each->ai_family == AF_INET ? (void *)&((struct sockaddr_in *)each->ai_addr)->sin_addr : (void *)&((struct sockaddr_in6 *)each->ai_addr)->sin6_addr;
        printf(" %s", inet_ntop(each->ai_family, address, text, sizeof text));
    }
    puts("");
    if (found)
        freeaddrinfo(found);
}

/* Connects as soon as the answer is there, as a client does. */
static void trial(int count)
{
    int connected = 0;
    for (int i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "t%d.trial.example", i);
        struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_INET }, *found = NULL;
        if (getaddrinfo(name, "8080", &hints, &found)) {
            printf("%s was not resolved\n", name);
            continue;
        }
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, found->ai_addr, found->ai_addrlen))
            perror(name);
        else
            connected++;
        close(fd);
        freeaddrinfo(found);
    }
    printf("%d of %d connected\n", connected, count);
}

int main(int count, char **words)
{
    for (int i = 1; i < count; i++)
        if (!strcmp(words[i], "--trial") && i + 1 < count)
            trial(atoi(words[++i]));
        else
            strcmp(words[i], "--flood") ? resolve(words[i]) : flood();
    return 0;
}
