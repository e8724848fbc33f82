/*
 * A TFTP client that waits for nothing but the network: RFC 1350 with blksize and windowsize (RFC 2348, 7440), as many
 * transfers at a time as are asked for, each with its own port. Datagrams are taken as many at once as are there.
 *
 *   tftp-get make FILE MIB                                   a file whose every eight octets are their own place
 *   tftp-get get ADDRESS PORT FILE BLKSIZE WINDOW TRANSFERS  fetches it; each block's place is compared
 *
 * Prints: transfers that got all of it, octets of one, seconds until the last had it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define OCTETS 2048
#define AGAIN_NS 500000000L

struct transfer {
    int socket, window, blksize, done, connected;
    uint64_t received, octets;
    unsigned since;
    double heard;
};

static unsigned char buffers[BATCH][OCTETS];
static struct iovec vectors[BATCH];
static struct mmsghdr messages[BATCH];
static struct sockaddr_in from[BATCH];
static struct sockaddr_in server;
static char request[512];
static size_t request_length;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void acknowledge(struct transfer *t)
{
    unsigned char ack[4] = {0, 4, (unsigned char)(t->received >> 8), (unsigned char)t->received};
    if (send(t->socket, ack, sizeof ack, 0) < 0)
        die("send");
    t->since = 0;
}

static void ask(struct transfer *t)
{
    if (sendto(t->socket, request, request_length, 0, (struct sockaddr *)&server, sizeof server) < 0)
        die("sendto");
}

static void adopt(struct transfer *t, const struct sockaddr_in *peer)
{
    if (!t->connected && connect(t->socket, (const struct sockaddr *)peer, sizeof *peer) < 0)
        die("connect");
    t->connected = 1;
}

static void options(struct transfer *t, const unsigned char *packet, size_t length)
{
    const char *at = (const char *)packet + 2, *end = (const char *)packet + length;
    while (at < end) {
        const char *value = at + strnlen(at, end - at) + 1;
        if (value >= end)
            break;
        if (!strcasecmp(at, "blksize"))
            t->blksize = atoi(value);
        if (!strcasecmp(at, "windowsize"))
            t->window = atoi(value);
        at = value + strnlen(value, end - value) + 1;
    }
}

static void take(struct transfer *t, const unsigned char *packet, size_t length)
{
    unsigned opcode = packet[0] << 8 | packet[1], block = packet[2] << 8 | packet[3];
    if (opcode == 5) {
        fprintf(stderr, "tftp-get: error %u: %.*s\n", block, (int)(length - 4), packet + 4);
        exit(1);
    }
    if (opcode == 6) {
        options(t, packet, length);
        acknowledge(t);
        return;
    }
    if (opcode != 3 || block != ((t->received + 1) & 0xffff)) {
        /* One that was lost, or came twice: what we have is said once, and what is behind it comes again. */
        if (opcode == 3 && t->window > 1 && t->since != ~0u) {
            acknowledge(t);
            t->since = ~0u;
        }
        return;
    }
    size_t octets = length - 4;
    if (octets >= 16) {
        uint64_t place = (t->octets + 7) & ~7ull, found;
        memcpy(&found, packet + 4 + (place - t->octets), 8);
        if (found != place / 8) {
            fprintf(stderr, "tftp-get: block %u is not what it should be\n", block);
            exit(1);
        }
    }
    if (t->since == ~0u)
        t->since = 0;
    t->received++;
    t->octets += octets;
    t->done = octets < (size_t)t->blksize;
    if (t->done || ++t->since >= (unsigned)t->window)
        acknowledge(t);
}

static void receive(struct transfer *t)
{
    for (int i = 0; i < BATCH; i++)
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
    int count = recvmmsg(t->socket, messages, t->window > 1 ? BATCH : 1, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count && !t->done; i++) {
        adopt(t, &from[i]);
        if (messages[i].msg_len >= 4)
            take(t, buffers[i], messages[i].msg_len);
    }
    if (count > 0)
        t->heard = now();
}

static int make(const char *file, long mib)
{
    FILE *out = fopen(file, "w");
    if (!out)
        die(file);
    for (uint64_t word = 0; word < (uint64_t)mib << 17; word++)
        fwrite(&word, 8, 1, out);
    return fclose(out) != 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && !strcmp(argv[1], "make"))
        return make(argv[2], atol(argv[3]));
    if (argc != 8 || strcmp(argv[1], "get"))
        return 2;
    int blksize = atoi(argv[5]), window = atoi(argv[6]), count = atoi(argv[7]), left = count;
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(argv[3]))};
    inet_aton(argv[2], &server.sin_addr);
    request_length = 2 + sprintf(request + 2, "%s%coctet%cblksize%c%d%c", argv[4], 0, 0, 0, blksize, 0);
    request[1] = 1;
    if (window > 1)
        request_length += sprintf(request + request_length, "windowsize%c%d%c", 0, window, 0);
    for (int i = 0; i < BATCH; i++)
        vectors[i] = (struct iovec){buffers[i], OCTETS};
    struct transfer *transfers = calloc(count, sizeof *transfers);
    int epoll = epoll_create1(0);
    double began = now(), looked = began;
    for (int i = 0; i < count; i++) {
        struct transfer *t = &transfers[i];
        *t = (struct transfer){.socket = socket(AF_INET, SOCK_DGRAM, 0), .window = 1, .blksize = 512, .heard = began};
        struct epoll_event event = {EPOLLIN, {.u32 = i}};
        if (t->socket < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, t->socket, &event) < 0)
            die("socket");
        ask(t);
    }
    uint64_t octets = 0;
    while (left > 0) {
        struct epoll_event events[64];
        int ready = epoll_wait(epoll, events, 64, 100);
        for (int i = 0; i < ready; i++) {
            struct transfer *t = &transfers[events[i].data.u32];
            receive(t);
            if (t->done) {
                octets = t->octets;
                close(t->socket);
                left--;
            }
        }
        if (now() - looked < 0.1)
            continue;
        looked = now();
        for (int i = 0; i < count; i++) {
            struct transfer *t = &transfers[i];
            if (!t->done && looked - t->heard > AGAIN_NS / 1e9) {
                t->heard = looked;
                if (t->connected)
                    acknowledge(t);
                else
                    ask(t);
            }
        }
        if (looked - began > 120)
            break;
    }
    printf("%d %llu %.6f\n", count - left, (unsigned long long)octets, now() - began);
    return left != 0;
}
