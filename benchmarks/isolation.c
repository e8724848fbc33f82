// Sends COUNT datagrams of 64 octets to ADDRESS, many a call, and prints how many nanoseconds one took: over a veth the whole
// way through the receiving namespace is walked within the call.
//
//   isolation SOURCE ADDRESS COUNT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    struct sockaddr_in from = { .sin_family = AF_INET }, to = { .sin_family = AF_INET, .sin_port = htons(9) };
    if (!inet_aton(argv[1], &from.sin_addr) || !inet_aton(argv[2], &to.sin_addr))
        return 2;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof from) != 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        perror("isolation");
        return 1;
    }

    static char payload[64];
    struct iovec part = { payload, sizeof payload };
    struct mmsghdr messages[BATCH] = { 0 };
    for (int i = 0; i < BATCH; i++) {
        messages[i].msg_hdr.msg_iov = &part;
        messages[i].msg_hdr.msg_iovlen = 1;
    }

    long count = atol(argv[3]), sent = 0;
    double begin = seconds();
    while (sent < count) {
        int now = sendmmsg(fd, messages, BATCH, 0);
        if (now > 0)
            sent += now;
    }
    printf("%.1f\n", (seconds() - begin) * 1e9 / sent);
    return 0;
}
