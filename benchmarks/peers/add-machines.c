/*
 * Adds machines through xennet's control socket at a steady rate, and asks for each by DNS the moment its call has
 * returned: what it must have is the address that the call returned.
 *
 *   add-machines SOCKET PORT PREFIX COUNT RATE
 *
 * Adds PREFIX1, PREFIX2, ... in zone testbed; asks 127.0.0.1:PORT. Prints added=N wrong=N seconds=X; wrong ones are
 * named on standard error. Exit 1 when there are any, or when a call fails.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include "query.h"

/* Each waits for its call: with four the calls of one commit share the disk's time. */
enum { THREADS = 4 };

static const char *control, *prefix;
static int port;
static long count, rate;
static int64_t start;
static _Atomic long added, wrong;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int connect_to(int family, const void *address, socklen_t length)
{
    int fd = socket(family, (family == AF_UNIX ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
    struct timeval patience = { 5, 0 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, address, length) != 0)
        die("add-machines: connect");
    return fd;
}

/* One call; the address in its reply, in network order. */
static uint32_t add(int fd, const char *name)
{
    char body[128], message[512], reply[8192], text[16], *at;
    size_t got = 0;
    in_addr_t address;

    snprintf(body, sizeof body, "{\"name\":\"%s\"}", name);
    int length = snprintf(message, sizeof message, "POST /v1/machines HTTP/1.1\r\nHost: x\r\n"
        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
    if (send(fd, message, (size_t)length, 0) != length)
        die("add-machines: send");
    /* The reply is one JSON object: whole when it ends in "}", or in the last chunk. */
    for (;;) {
        ssize_t more = recv(fd, reply + got, sizeof reply - 1 - got, 0);
        if (more <= 0)
            die("add-machines: recv");
        got += (size_t)more;
        reply[got] = 0;
        char *head = strstr(reply, "\r\n\r\n");
        if (head == NULL)
            continue;
        char *octets = strcasestr(reply, "\r\nContent-Length:");
        if (octets != NULL && octets < head
                ? got >= (size_t)(head + 4 - reply) + strtoul(octets + 17, NULL, 10)
                : got >= 5 && memcmp(reply + got - 5, "0\r\n\r\n", 5) == 0)
            break;
    }
    at = strstr(reply, "\"address\":\"");
    if (strncmp(reply, "HTTP/1.1 2", 10) != 0 || at == NULL || sscanf(at + 11, "%15[0-9.]", text) != 1
            || (address = inet_addr(text)) == INADDR_NONE) {
        fprintf(stderr, "add-machines: %s: %s\n", name, reply);
        exit(1);
    }
    return address;
}

static int answers(int fd, unsigned id, const char *name, uint32_t address)
{
    unsigned char query[QUERY_MAX], reply[REPLY_MAX];
    char full[200];

    snprintf(full, sizeof full, "%s.testbed", name);
    size_t length = build_query(query, id, full);
    send(fd, query, length, 0);
    ssize_t got = recv(fd, reply, sizeof reply, 0);
    /* The address is the end of a reply with one A record and nothing behind it. */
    return got == (ssize_t)length + 16 && memcmp(reply, query, 2) == 0 && memcmp(reply + got - 4, &address, 4) == 0;
}

static void *work(void *first)
{
    struct sockaddr_un socket_name = { .sun_family = AF_UNIX };
    struct sockaddr_in server = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    server.sin_port = htons((unsigned short)port);
    snprintf(socket_name.sun_path, sizeof socket_name.sun_path, "%s", control);
    int calls = connect_to(AF_UNIX, &socket_name, sizeof socket_name);
    int queries = connect_to(AF_INET, &server, sizeof server);
    for (long i = (long)(intptr_t)first; i < count; i += THREADS) {
        int64_t at = start + i * 1000000000LL / rate;
        struct timespec until = { at / 1000000000LL, at % 1000000000LL };
        char name[64];

        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        snprintf(name, sizeof name, "%s%ld", prefix, i + 1);
        uint32_t address = add(calls, name);
        added++;
        if (!answers(queries, (unsigned)i & 65535, name, address)) {
            wrong++;
            fprintf(stderr, "add-machines: %s was not answered rightly\n", name);
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];

    if (argc != 6 || (count = atol(argv[4])) < 1 || (rate = atol(argv[5])) < 1 || strlen(argv[3]) > 40) {
        fprintf(stderr, "usage: add-machines SOCKET PORT PREFIX COUNT RATE\n");
        return 2;
    }
    control = argv[1];
    port = atoi(argv[2]);
    prefix = argv[3];
    start = now_ns();
    for (intptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("added=%ld wrong=%ld seconds=%.2f\n", added, wrong, (double)(now_ns() - start) / 1e9);
    return wrong != 0;
}
