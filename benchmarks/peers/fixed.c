/*
 * The limit that the kernel and the client set: every DNS query over UDP is answered with the same address, by
 * two threads, each with its own SO_REUSEPORT socket and recvmmsg/sendmmsg, and with nothing looked up.
 *
 *   fixed PORT                as a server beside the others
 *   fixed PORT TTL COUNTER    as their upstream: answers with that TTL, and counts the queries in COUNTER, a file
 *                             of one native 64-bit number
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 2, BATCH = 32, HEADER = 12, QUERY_MAX = 512, REPLY_MAX = QUERY_MAX + 16 };

static int port;
static uint32_t ttl = 60;
static _Atomic uint64_t nobody_reads, *counter = &nobody_reads;

/* Turns the query into its reply, in place. Returns the reply's length, or 0 for what is no query. */
static size_t answer(unsigned char *message, size_t length)
{
    unsigned char record[] = {
        0xc0, HEADER,           /* the name asked for */
        0, 1, 0, 1,             /* A, IN */
        (unsigned char)(ttl >> 24), (unsigned char)(ttl >> 16), (unsigned char)(ttl >> 8), (unsigned char)ttl,
        0, 4, 203, 0, 113, 80,
    };
    size_t end = HEADER;

    if (length < HEADER + 5 || (message[2] & 0x80))
        return 0;
    while (end < length && message[end] != 0)
        end += message[end] + 1u;
    end += 5;                   /* the root label, type, class */
    if (end > length)
        return 0;

    message[2] |= 0x84;         /* QR, AA */
    message[3] = 0x80;          /* RA */
    memcpy(message + 4, "\0\1\0\1\0\0\0\0", 8);
    memcpy(message + end, record, sizeof record);
    return end + sizeof record;
}

static void *serve(void *unused)
{
    static const int on = 1;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
    unsigned char (*messages)[REPLY_MAX] = calloc(BATCH, sizeof *messages);
    struct sockaddr_in clients[BATCH];
    struct mmsghdr received[BATCH], replies[BATCH];
    struct iovec in[BATCH], out[BATCH];
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    (void)unused;
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (!messages || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("fixed: bind");
        exit(1);
    }
    for (;;) {
        int count, ready = 0, sent = 0;
        for (int i = 0; i < BATCH; i++) {
            in[i] = (struct iovec){ messages[i], QUERY_MAX };
            received[i].msg_hdr = (struct msghdr){
                .msg_name = &clients[i], .msg_namelen = sizeof clients[i], .msg_iov = &in[i], .msg_iovlen = 1 };
        }
        count = recvmmsg(fd, received, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < count; i++) {
            size_t length = answer(messages[i], received[i].msg_len);
            if (length == 0)
                continue;
            out[ready] = (struct iovec){ messages[i], length };
            replies[ready].msg_hdr = (struct msghdr){
                .msg_name = &clients[i], .msg_namelen = sizeof clients[i], .msg_iov = &out[ready], .msg_iovlen = 1 };
            ready++;
        }
        atomic_fetch_add_explicit(counter, (uint64_t)ready, memory_order_relaxed);
        while (sent < ready) {
            int now = sendmmsg(fd, replies + sent, (unsigned)(ready - sent), 0);
            sent += now > 0 ? now : 1;  /* a reply that cannot be sent is dropped */
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if ((argc != 2 && argc != 4) || (port = atoi(argv[1])) < 1 || port > 65535) {
        fprintf(stderr, "usage: fixed PORT [TTL COUNTER]\n");
        return 2;
    }
    if (argc == 4) {
        int file = open(argv[3], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        ttl = (uint32_t)strtoul(argv[2], NULL, 10);
        if (file < 0 || ftruncate(file, sizeof *counter) != 0 || (counter = mmap(
                NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)) == MAP_FAILED) {
            perror(argv[3]);
            return 1;
        }
    }
    for (int i = 1; i < THREADS; i++)
        pthread_create(&thread, NULL, serve, NULL);
    serve(NULL);
    return 0;
}
