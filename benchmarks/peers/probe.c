/*
 * A steady stream of queries to 127.0.0.1, and how long each waited for its reply.
 *
 *   probe PORT RATE SECONDS FORMAT COUNT [scheme]
 *
 * RATE queries a second for the A record of FORMAT's name, in which %u is a number from 1 to COUNT, at random. Each
 * query has its time, whether or not those before it are answered, and its wait is counted from that time: a server
 * that stands still for 100 ms is seen by all queries of these 100 ms. Prints
 *
 *   sent=N answered=N failed=N wrong=N lost=N p50_ms=X p99_ms=X max_ms=X
 *
 * failed: replies that are not NOERROR. wrong: with "scheme", answers other than interface 1 of machine %u, and NODATA. lost: not answered within 5 s. A failed or lost one has its wait as well.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include "query.h"

enum { PATIENCE_S = 5 };

static const double lost_ms = PATIENCE_S * 1000.0;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Park and Miller's generator. */
static uint32_t next_random(void)
{
    static uint64_t seed;
    if (seed == 0)
        seed = (uint64_t)now_ns() % 2147483646 + 1;
    seed = seed * 16807 % 2147483647;
    return (uint32_t)seed;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    unsigned char query[QUERY_MAX], reply[REPLY_MAX];
    struct sockaddr_in server = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int size = 4 << 20;

    if (argc < 6 || argc > 7 || atol(argv[2]) < 1 || atol(argv[3]) < 1 || atol(argv[5]) < 1 || strlen(argv[4]) > 200) {
        fprintf(stderr, "usage: probe PORT RATE SECONDS FORMAT COUNT [scheme]\n");
        return 2;
    }
    long rate = atol(argv[2]), total = rate * atol(argv[3]), sent = 0, answered = 0, failed = 0, wrong = 0;
    int checks = argc == 7;
    /* By ID: the query that it stands for at the moment. 65536 are out at the most, as far as one is still awaited. */
    static long asked[65536];
    static uint32_t number[65536];
    double *wait = malloc((size_t)total * sizeof *wait);

    server.sin_port = htons((unsigned short)atoi(argv[1]));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (wait == NULL || connect(fd, (struct sockaddr *)&server, sizeof server) != 0) {
        perror("probe");
        return 1;
    }
    for (long i = 0; i < total; i++)
        wait[i] = lost_ms;

    int64_t start = now_ns(), last = 0;
    while (sent < total || (answered + failed < total && now_ns() < last + PATIENCE_S * 1000000000LL)) {
        int64_t now = now_ns();
        while (sent < total && now >= start + sent * 1000000000LL / rate) {
            char name[256];
            /* FORMAT is the caller's own. */
            uint32_t chosen = number[sent & 65535] = next_random() % (uint32_t)atol(argv[5]) + 1;
            snprintf(name, sizeof name, argv[4], chosen);
            asked[sent & 65535] = sent;
            send(fd, query, build_query(query, (unsigned)(sent & 65535), name), 0);
            last = now;
            sent++;
        }
        struct pollfd ready = { .fd = fd, .events = POLLIN };
        int64_t until = sent < total ? start + sent * 1000000000LL / rate : now + 100000000LL;
        int64_t left = until - now_ns();
        struct timespec timeout = { left > 0 ? left / 1000000000LL : 0, left > 0 ? left % 1000000000LL : 0 };
        if (ppoll(&ready, 1, &timeout, NULL) <= 0)
            continue;
        for (ssize_t got; (got = recv(fd, reply, sizeof reply, MSG_DONTWAIT)) != -1; ) {
            long which = asked[reply[0] << 8 | reply[1]];
            if (got < 12 || which >= sent || wait[which] != lost_ms)
                continue;
            wait[which] = (double)(now_ns() - start - which * 1000000000LL / rate) / 1e6;
            if (checks && (reply[3] & 0x0f) == 0) {
                uint32_t of = number[reply[0] << 8 | reply[1]];
                const unsigned char address[4] = { 10, (unsigned char)(of >> 8), (unsigned char)of, 1 };
                /* Without EDNS the answer is the last that there is. */
                wrong += reply[7] != 1 || memcmp(reply + got - 4, address, 4) != 0;
            }
            if ((reply[3] & 0x0f) == 0)
                answered++;
            else
                failed++;
        }
    }
    qsort(wait, (size_t)total, sizeof *wait, compare);
    printf("sent=%ld answered=%ld failed=%ld wrong=%ld lost=%ld p50_ms=%.3f p99_ms=%.3f max_ms=%.3f\n", total, answered, failed,
        wrong, total - answered - failed, wait[total / 2], wait[total - 1 - total / 100], wait[total - 1]);
    return 0;
}
