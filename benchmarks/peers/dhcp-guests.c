/*
 * Guests that boot: DISCOVER, OFFER, REQUEST, ACK, each with its own MAC, from this namespace.
 *
 *   dhcp-guests rate  LINKS COUNT WINDOW SECONDS    always WINDOW exchanges under way, each time of another guest
 *   dhcp-guests storm LINKS COUNT MILLISECONDS      all DISCOVERs sent within that time, and nothing is sent twice
 *
 * LINKS: the link that all guests are on, or as "g%u" when guest N is alone on gN. Prints one line of name=value; latencies
 * are from the DISCOVER to the ACK. An exchange is lost when a message of it is not answered in a second (rate), or in
 * the three seconds after which the first client may send again (storm; RFC 2131 §4.1).
 */
#define _GNU_SOURCE
#include <poll.h>
#include "dhcp.h"

enum { LATENCIES_MAX = 1 << 22, BATCH = 64, FRAME_MAX = 1600 };

static struct guest {
    int link;
    uint32_t xid;               /* of the exchange under way; 0: none */
    uint64_t began, sent;
    int offered;
} guests[GUESTS_MAX + 1];

static int packets;
static unsigned count, in_flight;
static uint64_t offered, done, lost, latencies[LATENCIES_MAX];
static uint32_t next_xid = 0x58000001;

static void send_message(unsigned number, uint8_t type, uint32_t offer, const uint8_t *server)
{
    static const uint8_t parameters[] = { 1, 3, 6, 12, 15, 26, 28, 119, 121 };
    struct guest *guest = &guests[number];
    struct { struct ether_header ether; struct datagram datagram; } __attribute__((packed)) frame = { 0 };
    struct message *message = &frame.datagram.message;
    struct sockaddr_ll station = { .sll_family = AF_PACKET, .sll_ifindex = guest->link, .sll_halen = 6 };
    uint8_t id[7] = { 1 }, *at = message->options;

    memset(frame.ether.ether_dhost, 0xff, 6);
    mac_of(number, frame.ether.ether_shost);
    frame.ether.ether_type = htons(ETH_P_IP);
    message->op = message->htype = 1;
    message->hlen = 6;
    message->xid = htonl(guest->xid);
    mac_of(number, message->chaddr);
    message->cookie = htonl(MAGIC);
    mac_of(number, id + 1);
    at = put(at, TYPE, 1, &type);
    at = put(at, CLIENT_ID, sizeof id, id);
    if (server != NULL) {
        at = put(at, SERVER_ID, 4, server);
        at = put(at, REQUESTED, 4, &offer);
    }
    at = put(at, PARAMETERS, sizeof parameters, parameters);
    *at++ = END;
    size_t length = (size_t)(at - (uint8_t *)message) < 300 ? 300 : (size_t)(at - (uint8_t *)message);
    length = sizeof frame.ether + address(&frame.datagram, 0, CLIENT_PORT, INADDR_BROADCAST, SERVER_PORT, length);
    guest->sent = microseconds();
    if (sendto(packets, &frame, length, 0, (struct sockaddr *)&station, sizeof station) < 0)
        die("sendto");
}

static void begin(unsigned number)
{
    struct guest *guest = &guests[number];
    guest->xid = next_xid++;
    guest->offered = 0;
    in_flight++;
    guest->began = microseconds();
    send_message(number, DISCOVER, 0, NULL);
}

static void take(const uint8_t *octets, size_t size)
{
    const struct ether_header *ether = (const void *)octets;
    const struct datagram *datagram = (const void *)(octets + sizeof *ether);
    const struct message *message = &datagram->message;
    size_t headers = sizeof *ether + sizeof datagram->ip + sizeof datagram->udp;
    if (size < headers + 244 || datagram->ip.protocol != IPPROTO_UDP || datagram->udp.dest != htons(CLIENT_PORT)
        || message->op != 2)
        return;

    const uint8_t *type = option(message, size - headers, TYPE, 1), *server = option(message, size - headers, SERVER_ID, 4);
    unsigned number = guest_of(message->chaddr);
    struct guest *guest = &guests[number];
    if (number == 0 || number > count || guest->xid == 0 || guest->xid != ntohl(message->xid) || type == NULL || server == NULL
        || message->yiaddr == 0)
        return;

    if (*type == OFFER && !guest->offered) {
        guest->offered = 1;
        offered++;
        send_message(number, REQUEST, message->yiaddr, server);
    } else if (*type == ACK && guest->offered) {
        if (done < LATENCIES_MAX)
            latencies[done] = microseconds() - guest->began;
        done++;
        in_flight--;
        guest->xid = 0;
    }
}

/* Takes what is there, or waits so long for something. */
static void receive(int milliseconds)
{
    static uint8_t frames[BATCH][FRAME_MAX];
    struct mmsghdr received[BATCH];
    struct iovec parts[BATCH];
    struct pollfd there = { packets, POLLIN, 0 };
    if (poll(&there, 1, milliseconds) <= 0)
        return;

    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){ frames[i], FRAME_MAX };
        received[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &parts[i], .msg_iovlen = 1 } };
    }
    int taken = recvmmsg(packets, received, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < taken; i++)
        take(frames[i], received[i].msg_len);
}

static void give_up(uint64_t patience)
{
    uint64_t now = microseconds();
    for (unsigned number = 1; number <= count; number++) {
        if (guests[number].xid != 0 && now - guests[number].sent > patience) {
            guests[number].xid = 0;
            in_flight--;
            lost++;
        }
    }
}

static int ascending(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void report(uint64_t began)
{
    uint64_t known = done < LATENCIES_MAX ? done : LATENCIES_MAX;
    double seconds = (double)(microseconds() - began) / 1e6;
    qsort(latencies, known, sizeof *latencies, ascending);
    printf("guests=%u offered=%llu done=%llu lost=%llu rate=%.0f p50_ms=%.3f p99_ms=%.3f longest_ms=%.3f\n",
        count, (unsigned long long)offered, (unsigned long long)done, (unsigned long long)lost, (double)done / seconds,
        known ? (double)latencies[known / 2] / 1000 : 0, known ? (double)latencies[known * 99 / 100] / 1000 : 0,
        known ? (double)latencies[known - 1] / 1000 : 0);
}

static void run_rate(unsigned window, unsigned seconds)
{
    uint64_t began = microseconds(), look = began, until = began + seconds * 1000000ull;
    unsigned next = 1;
    while (microseconds() < until) {
        while (in_flight < window) {
            while (guests[next].xid != 0)
                next = next % count + 1;
            begin(next);
            next = next % count + 1;
        }
        receive(100);
        if (microseconds() - look > 200000) {
            give_up(1000000);
            look = microseconds();
        }
    }
    report(began);
}

static void run_storm(unsigned milliseconds)
{
    uint64_t began = microseconds(), deadline = 0;
    unsigned sent = 0;
    while (sent < count || (in_flight > 0 && microseconds() < deadline)) {
        unsigned due = (unsigned)((microseconds() - began) * count / (milliseconds * 1000ull)) + 1;
        while (sent < count && sent < due) {
            begin(++sent);
            deadline = microseconds() + 3000000;
        }
        receive(sent < count ? 0 : 10);
    }
    give_up(0);
    report(began);
}

int main(int argument_count, char **arguments)
{
    static const int on = 1, room = 64 << 20;
    struct sockaddr_ll here = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP) };
    int is_rate = argument_count == 6 && strcmp(arguments[1], "rate") == 0;
    if (!is_rate && !(argument_count == 5 && strcmp(arguments[1], "storm") == 0))
        return fprintf(stderr, "dhcp-guests rate LINKS COUNT WINDOW SECONDS | storm LINKS COUNT MILLISECONDS\n"), 2;

    count = (unsigned)atoi(arguments[3]);
    packets = socket(AF_PACKET, SOCK_RAW, 0);
    if (count == 0 || count > GUESTS_MAX || packets < 0
        || setsockopt(packets, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) < 0
        || setsockopt(packets, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0
        || setsockopt(packets, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) < 0
        || bind(packets, (struct sockaddr *)&here, sizeof here) < 0)
        die("dhcp-guests");

    for (unsigned number = 1; number <= count; number++) {
        char name[IFNAMSIZ];
        const char *links = arguments[2], *place = strstr(links, "%u");
        if (place != NULL)
            snprintf(name, sizeof name, "%.*s%u", (int)(place - links), links, number);
        else
            snprintf(name, sizeof name, "%s", links);
        if ((guests[number].link = (int)if_nametoindex(name)) == 0)
            die(name);
    }

    if (is_rate)
        run_rate((unsigned)atoi(arguments[4]), (unsigned)atoi(arguments[5]));
    else
        run_storm((unsigned)atoi(arguments[4]));
    return 0;
}
