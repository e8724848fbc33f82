/*
 * Asks 127.0.0.1 for an A record every millisecond until there is one, and prints when that was:
 * microseconds since 1970, to be compared with the shell's $EPOCHREALTIME. Gives up after 60 s.
 *
 *   first-answer PORT NAME
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include "query.h"

int main(int argc, char **argv)
{
    unsigned char query[QUERY_MAX], reply[REPLY_MAX];
    struct sockaddr_in server = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (argc != 3 || strlen(argv[2]) > 250) {
        fprintf(stderr, "usage: first-answer PORT NAME\n");
        return 2;
    }
    server.sin_port = htons((unsigned short)atoi(argv[1]));
    /* Connected, so that "nobody listens" comes back as an error at once instead of as silence. */
    if (connect(fd, (struct sockaddr *)&server, sizeof server) != 0) {
        perror("first-answer: connect");
        return 1;
    }
    size_t length = build_query(query, 0x1234, argv[2]);
    for (int tries = 0; tries < 60000; tries++) {
        struct pollfd ready = { .fd = fd, .events = POLLIN };
        struct timespec now, pause = { 0, 1000000 };
        ssize_t got;

        send(fd, query, length, 0);
        poll(&ready, 1, 1);
        got = recv(fd, reply, sizeof reply, MSG_DONTWAIT);
        if (got > 12 && (reply[3] & 0x0f) == 0 && (reply[6] | reply[7]) != 0) {
            clock_gettime(CLOCK_REALTIME, &now);
            printf("%lld\n", now.tv_sec * 1000000LL + now.tv_nsec / 1000);
            return 0;
        }
        if (ready.revents != 0)
            nanosleep(&pause, NULL);
    }
    fprintf(stderr, "first-answer: no answer from port %s within 60 s\n", argv[1]);
    return 1;
}
