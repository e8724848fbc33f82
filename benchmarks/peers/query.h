/* What the clients in C here share: a query and whether a reply has an answer. */
#include <stddef.h>
#include <string.h>

enum { QUERY_MAX = 300, REPLY_MAX = 1500 };

/* A query for the A record of a name, with RD and without EDNS, in QUERY_MAX octets. Returns its length. */
static size_t build_query(unsigned char *message, unsigned id, const char *name)
{
    size_t at = 12;
    memcpy(message, "\0\0\1\0\0\1\0\0\0\0\0\0", 12);
    message[0] = (unsigned char)(id >> 8);
    message[1] = (unsigned char)id;
    for (const char *label = name; *label != 0; ) {
        size_t length = strcspn(label, ".");
        message[at++] = (unsigned char)length;
        memcpy(message + at, label, length);
        at += length;
        label += length + (label[length] == '.');
    }
    memcpy(message + at, "\0\0\1\0\1", 5);
    return at + 5;
}

