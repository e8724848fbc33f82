/*
 * What dhcp-guests.c and dhcp-fixed.c share: the message of RFC 2131 §2 in its Ethernet frame, and the guests of the run.
 * Guest N, from 1, has the MAC 00:16:3e:00:(N div 256):(N mod 256).
 */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <linux/if_packet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SERVER_PORT = 67, CLIENT_PORT = 68, GUESTS_MAX = 65535, OPTIONS_MAX = 312 };
enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5 };
enum { TYPE = 53, SERVER_ID = 54, REQUESTED = 50, PARAMETERS = 55, CLIENT_ID = 61, END = 255 };

struct message {
    uint8_t op, htype, hlen, hops;
    uint32_t xid;
    uint16_t secs, flags;
    uint32_t ciaddr, yiaddr, siaddr, giaddr;
    uint8_t chaddr[16], sname[64], file[128];
    uint32_t cookie;
    uint8_t options[OPTIONS_MAX];
} __attribute__((packed));

struct datagram {
    struct iphdr ip;
    struct udphdr udp;
    struct message message;
} __attribute__((packed));

static const uint32_t MAGIC = 0x63825363;

static inline void die(const char *what)
{
    perror(what);
    exit(1);
}

static inline void mac_of(unsigned guest, uint8_t *mac)
{
    const uint8_t octets[6] = { 0x00, 0x16, 0x3e, 0x00, (uint8_t)(guest >> 8), (uint8_t)guest };
    memcpy(mac, octets, sizeof octets);
}

/* 0 when it is none of the guests' */
static inline unsigned guest_of(const uint8_t *mac)
{
    static const uint8_t start[4] = { 0x00, 0x16, 0x3e, 0x00 };
    return memcmp(mac, start, sizeof start) == 0 ? (unsigned)(mac[4] << 8 | mac[5]) : 0;
}

/* The option's data, or NULL. */
static inline const uint8_t *option(const struct message *message, size_t length, uint8_t code, uint8_t octets)
{
    const uint8_t *at = message->options, *end = (const uint8_t *)message + length;
    while (at + 2 <= end && *at != END) {
        if (*at == 0) {
            at++;
            continue;
        }
        if (at + 2 + at[1] > end)
            return NULL;
        if (*at == code)
            return at[1] == octets ? at + 2 : NULL;
        at += 2 + at[1];
    }
    return NULL;
}

static inline uint8_t *put(uint8_t *at, uint8_t code, uint8_t length, const void *data)
{
    at[0] = code;
    at[1] = length;
    memcpy(at + 2, data, length);
    return at + 2 + length;
}

/* Headers for a message of that many octets. UDP's checksum is left out (RFC 768). Returns the datagram's length. */
static inline size_t address(struct datagram *datagram, uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port,
    size_t message_length)
{
    size_t length = sizeof datagram->ip + sizeof datagram->udp + message_length;
    uint32_t sum = 0;
    datagram->ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
        .tot_len = htons((uint16_t)length), .saddr = from, .daddr = to };
    datagram->udp = (struct udphdr){ .source = htons(from_port), .dest = htons(to_port),
        .len = htons((uint16_t)(sizeof datagram->udp + message_length)) };
    for (size_t i = 0; i < sizeof datagram->ip / 2; i++) {
        uint16_t word;
        memcpy(&word, (uint8_t *)&datagram->ip + 2 * i, sizeof word);
        sum += word;
    }
    sum = (sum & 0xffff) + (sum >> 16);
    datagram->ip.check = (uint16_t)~(sum + (sum >> 16));
    return length;
}

static inline uint64_t microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
