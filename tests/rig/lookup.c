/*
 * What a program gets that looks up a name, or the name of an address, by the C library it is built with.
 *
 *   lookup NAME       prints each address
 *   lookup ADDRESS    prints the name
 *
 * A failure is the error's name, and exit code 1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>

static int fail(int error)
{
    printf("%s\n", error == EAI_NONAME ? "EAI_NONAME" : error == EAI_NODATA ? "EAI_NODATA"
        : error == EAI_AGAIN ? "EAI_AGAIN" : error == EAI_FAIL ? "EAI_FAIL" : gai_strerror(error));
    return 1;
}

int main(int argc, char **argv)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
    struct sockaddr_in address = { .sin_family = AF_INET };
    char text[NI_MAXHOST];
    int error;

    if (argc != 2) {
        fprintf(stderr, "usage: lookup NAME|ADDRESS\n");
        return 2;
    }
    if (inet_pton(AF_INET, argv[1], &address.sin_addr) == 1) {
        error = getnameinfo((struct sockaddr *)&address, sizeof address, text, sizeof text, NULL, 0, NI_NAMEREQD);
        if (error != 0)
            return fail(error);
        puts(text);
        return 0;
    }
    error = getaddrinfo(argv[1], NULL, &hints, &found);
    if (error != 0)
        return fail(error);
    for (; found != NULL; found = found->ai_next) {
        getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST);
        puts(text);
    }
    return 0;
}
