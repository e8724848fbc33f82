/*
 * The limit that the kernel and the clients set: every DISCOVER and REQUEST is answered, with nothing looked up but the
 * guest's MAC, whose last octets make the address. To a relay agent over UDP, to others as a frame on the link they are on.
 *
 *   dhcp-fixed SERVER-ADDRESS
 */
#define _GNU_SOURCE
#include "dhcp.h"

int main(int count, char **arguments)
{
    static const int on = 1, room = 16 << 20;
    static const uint32_t for_ever = 0xffffffff;
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(SERVER_PORT) };
    int messages = socket(AF_INET, SOCK_DGRAM, 0), frames = socket(AF_PACKET, SOCK_DGRAM, 0);
    uint32_t server, mask = htonl(0xffffff00);
    if (count != 2 || inet_pton(AF_INET, arguments[1], &server) != 1)
        return fprintf(stderr, "dhcp-fixed SERVER-ADDRESS\n"), 2;
    if (messages < 0 || frames < 0 || setsockopt(messages, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) < 0
        || setsockopt(messages, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) < 0
        || setsockopt(messages, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0
        || bind(messages, (struct sockaddr *)&here, sizeof here) < 0)
        die("dhcp-fixed");

    for (;;) {
        struct datagram reply;
        struct message *message = &reply.message;
        struct iovec part = { message, sizeof *message };
        char control[64];
        struct msghdr received = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
        ssize_t length = recvmsg(messages, &received, 0);
        const uint8_t *type = length < 244 ? NULL : option(message, (size_t)length, TYPE, 1);
        if (type == NULL || message->op != 1 || (*type != DISCOVER && *type != REQUEST))
            continue;

        uint8_t answer = *type == DISCOVER ? OFFER : ACK, *at = message->options;
        message->op = 2;
        message->yiaddr = htonl(10u << 24 | guest_of(message->chaddr) << 8 | 1);
        at = put(at, TYPE, 1, &answer);
        at = put(at, SERVER_ID, 4, &server);
        at = put(at, 51, 4, &for_ever);
        at = put(at, 1, 4, &mask);
        at = put(at, 3, 4, &server);
        *at++ = END;
        size_t reply_length = (size_t)(at - (uint8_t *)message) < 300 ? 300 : (size_t)(at - (uint8_t *)message);
        memset(at, 0, reply_length - (size_t)(at - (uint8_t *)message));

        if (message->giaddr != 0) {
            struct sockaddr_in relay = { .sin_family = AF_INET, .sin_port = htons(SERVER_PORT), .sin_addr.s_addr = message->giaddr };
            sendto(messages, message, reply_length, 0, (struct sockaddr *)&relay, sizeof relay);
            continue;
        }

        struct cmsghdr *info = CMSG_FIRSTHDR(&received);
        struct sockaddr_ll station = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_halen = 6,
            .sll_ifindex = ((struct in_pktinfo *)CMSG_DATA(info))->ipi_ifindex };
        memcpy(station.sll_addr, message->chaddr, 6);
        size_t whole = address(&reply, server, SERVER_PORT, message->yiaddr, CLIENT_PORT, reply_length);
        sendto(frames, &reply, whole, 0, (struct sockaddr *)&station, sizeof station);
    }
}
