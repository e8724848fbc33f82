/*
 * Calls a hook for many vifs at once, each in a process of its own with the environment that libxl gives it, and times each
 * from before its fork to its exit.
 *
 *   storm PROGRAM online|offline < VIFS       VIFS: a line "DOMID DEVID" for each
 *
 * Prints calls=N failed=N total_ms=X median_ms=X p99_ms=X max_ms=X; what a failing hook says goes to standard error.
 * Exit 1 when one fails.
 */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CALLS_MOST = 100000 };

struct call {
    int domid, devid;
    pid_t pid;
    double began, lasted;
};

extern char **environ;

static struct call calls[CALLS_MOST];

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void begin(struct call *call, char *program, char *verb)
{
    char type[] = "type_if=vif", path[64], vif[32];
    char *arguments[] = { program, verb, type, NULL };

    snprintf(path, sizeof path, "backend/vif/%d/%d", call->domid, call->devid);
    snprintf(vif, sizeof vif, "vif%d.%d", call->domid, call->devid);
    setenv("XENBUS_PATH", path, 1);
    setenv("vif", vif, 1);
    call->began = now_ms();
    if (posix_spawn(&call->pid, program, NULL, NULL, arguments, environ) != 0) {
        perror(program);
        exit(1);
    }
}

static int by_duration(const void *left, const void *right)
{
    double a = ((const struct call *)left)->lasted, b = ((const struct call *)right)->lasted;
    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    int count = 0, failed = 0, status;
    double began;
    pid_t pid;

    if (argc != 3) {
        fprintf(stderr, "usage: storm PROGRAM online|offline < VIFS\n");
        return 2;
    }
    while (count < CALLS_MOST && scanf("%d %d", &calls[count].domid, &calls[count].devid) == 2)
        count++;
    if (count == 0) {
        fprintf(stderr, "storm: no vifs\n");
        return 2;
    }
    setenv("script", argv[1], 1);
    setenv("XENBUS_TYPE", "vif", 1);
    setenv("XENBUS_BASE_PATH", "backend", 1);
    setenv("netdev", "", 1);

    began = now_ms();
    for (int i = 0; i < count; i++)
        begin(&calls[i], argv[1], argv[2]);
    while ((pid = wait(&status)) > 0) {
        for (int i = 0; i < count; i++) {
            if (calls[i].pid == pid) {
                calls[i].lasted = now_ms() - calls[i].began;
                failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
                break;
            }
        }
    }
    double total = now_ms() - began;

    qsort(calls, (size_t)count, sizeof *calls, by_duration);
    printf("calls=%d failed=%d total_ms=%.1f median_ms=%.1f p99_ms=%.1f max_ms=%.1f\n", count, failed, total,
        calls[count / 2].lasted, calls[(count * 99 + 99) / 100 - 1].lasted, calls[count - 1].lasted);
    return failed != 0;
}
