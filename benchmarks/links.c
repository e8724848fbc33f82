/*
 * A kernel with many vifs more than it has, for the one process that this is loaded into (LD_PRELOAD): dumps of links, addresses,
 * routes and neighbours also name vif1.0 to vif<LINKS>.0, each as xennet leaves the vif of machine N, and all that follows
 * from them is the program's own. Tens of thousands of real links would hold the kernel's lock for minutes when they go.
 *
 *   LINKS=65535 LD_PRELOAD=./links.so xennet serve
 *
 * Link N has the index FIRST_INDEX + N, its guest 10.N/256.N%256.1 and the MAC 00:16:3e:00:N/256:N%256.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTORS = 1024, FIRST_INDEX = 100000, MESSAGE_MOST = 512, SETTINGS = 33 };

/* What is under way on a socket: of which kind, and which link is next; 0 when there is nothing to add. */
static struct { uint16_t type; uint32_t sequence; unsigned next; } dumps[DESCRIPTORS];

static unsigned count_of_links(void)
{
    const char *links = getenv("LINKS");
    return links == NULL ? 0 : (unsigned)atoi(links);
}

static uint32_t address_of(unsigned link, unsigned last) { return htonl(10u << 24 | link << 8 | last); }

static void begin(struct nlmsghdr *message, const void *fixed, size_t size)
{
    message->nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
    memcpy(NLMSG_DATA(message), fixed, size);
}

static struct rtattr *put(struct nlmsghdr *message, unsigned short type, const void *value, size_t size)
{
    struct rtattr *attribute = (void *)((char *)message + NLMSG_ALIGN(message->nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(size);
    if (size > 0)
        memcpy(RTA_DATA(attribute), value, size);
    message->nlmsg_len = NLMSG_ALIGN(message->nlmsg_len) + (uint32_t)RTA_ALIGN(attribute->rta_len);
    return attribute;
}

static void put_link(struct nlmsghdr *message, unsigned link, int index)
{
    static const uint8_t mac[] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff };
    static const uint32_t mtu = 1500, settings[SETTINGS] = { 1 }; /* Forwarding; the rest is off. */
    struct ifinfomsg fixed = { .ifi_type = 1, .ifi_index = index, .ifi_flags = IFF_UP | IFF_RUNNING };
    char name[IFNAMSIZ];
    begin(message, &fixed, sizeof fixed);
    put(message, IFLA_IFNAME, name, (size_t)snprintf(name, sizeof name, "vif%u.0", link) + 1);
    put(message, IFLA_MTU, &mtu, sizeof mtu);
    put(message, IFLA_ADDRESS, mac, sizeof mac);
    struct rtattr *families = put(message, IFLA_AF_SPEC, NULL, 0), *inet = put(message, AF_INET, NULL, 0);
    put(message, IFLA_INET_CONF, settings, sizeof settings);
    inet->rta_len = (unsigned short)((char *)message + message->nlmsg_len - (char *)inet);
    families->rta_len = (unsigned short)((char *)message + message->nlmsg_len - (char *)families);
}

static void put_address(struct nlmsghdr *message, unsigned link, int index)
{
    struct ifaddrmsg fixed = { .ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = (uint32_t)index };
    uint32_t dom0 = address_of(link, 129);
    begin(message, &fixed, sizeof fixed);
    put(message, IFA_ADDRESS, &dom0, sizeof dom0);
    put(message, IFA_LOCAL, &dom0, sizeof dom0);
}

static void put_route(struct nlmsghdr *message, unsigned link, int index)
{
    struct rtmsg fixed = { .rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_table = RT_TABLE_MAIN, .rtm_scope = RT_SCOPE_LINK,
        .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST };
    uint32_t guest = address_of(link, 1), dom0 = address_of(link, 129);
    begin(message, &fixed, sizeof fixed);
    put(message, RTA_DST, &guest, sizeof guest);
    put(message, RTA_PREFSRC, &dom0, sizeof dom0);
    put(message, RTA_OIF, &index, sizeof index);
}

static void put_neighbour(struct nlmsghdr *message, unsigned link, int index)
{
    struct ndmsg fixed = { .ndm_family = AF_INET, .ndm_ifindex = index, .ndm_state = NUD_PERMANENT };
    uint8_t mac[] = { 0x00, 0x16, 0x3e, 0x00, (uint8_t)(link >> 8), (uint8_t)link };
    uint32_t guest = address_of(link, 1);
    begin(message, &fixed, sizeof fixed);
    put(message, NDA_DST, &guest, sizeof guest);
    put(message, NDA_LLADDR, mac, sizeof mac);
}

static int is_dump(const struct nlmsghdr *asked, size_t size)
{
    if (size < sizeof *asked || (asked->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
        return 0;
    const struct ndmsg *neighbours = NLMSG_DATA(asked);
    return asked->nlmsg_type == RTM_GETLINK || asked->nlmsg_type == RTM_GETADDR || asked->nlmsg_type == RTM_GETROUTE
        || (asked->nlmsg_type == RTM_GETNEIGH && neighbours->ndm_family == AF_INET && !(neighbours->ndm_flags & NTF_PROXY));
}

ssize_t sendto(int socket, const void *octets, size_t size, int flags, const struct sockaddr *to, socklen_t to_size)
{
    ssize_t (*next)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "sendto");
    if (to != NULL && to->sa_family == AF_NETLINK && socket < DESCRIPTORS) {
        const struct nlmsghdr *asked = octets;
        dumps[socket].next = is_dump(asked, size);
        dumps[socket].type = asked->nlmsg_type;
        dumps[socket].sequence = asked->nlmsg_seq;
    }

    return next(socket, octets, size, flags, to, to_size);
}

/* The links of ours come before the kernel's own, whose answer waits in the socket meanwhile. */
ssize_t recvfrom(int socket, void *octets, size_t size, int flags, struct sockaddr *from, socklen_t *from_size)
{
    ssize_t (*next)(int, void *, size_t, int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "recvfrom");
    if (socket >= DESCRIPTORS || dumps[socket].next == 0 || dumps[socket].next > count_of_links())
        return next(socket, octets, size, flags, from, from_size);

    size_t filled = 0;
    memset(octets, 0, size);
    for (; filled + MESSAGE_MOST < size && dumps[socket].next <= count_of_links(); dumps[socket].next++) {
        struct nlmsghdr *message = (void *)((char *)octets + filled);
        unsigned link = dumps[socket].next;
        int index = FIRST_INDEX + (int)link;
        switch (dumps[socket].type) {
            case RTM_GETLINK: put_link(message, link, index); break;
            case RTM_GETADDR: put_address(message, link, index); break;
            case RTM_GETROUTE: put_route(message, link, index); break;
            default: put_neighbour(message, link, index); break;
        }

        message->nlmsg_type = (uint16_t)(dumps[socket].type - 2); /* RTM_NEW… */
        message->nlmsg_flags = NLM_F_MULTI;
        message->nlmsg_seq = dumps[socket].sequence;
        filled += NLMSG_ALIGN(message->nlmsg_len);
    }

    memset(from, 0, *from_size);
    from->sa_family = AF_NETLINK;
    return (ssize_t)filled;
}
