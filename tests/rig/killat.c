/*
 * killat: kill -9 of a program just before its N-th system call that changes anything outside it.
 *
 *   killat N -p PID        of a program that runs: prints "attached", then counts the calls of all its threads together
 *   killat N PROGRAM...    from the program's start
 *
 * Prints the call and exits with 137 when it killed; with the program's own exit code (or 0 for -p) when that ended before.
 * SIGTERM lets a program that was attached to go on; one that was started dies with killat. The calls that count are those in counts() below.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK)

static const struct { long number; const char *name; } CALLS[] = {
#define CALL(name) { SYS_##name, #name }
    CALL(write), CALL(writev), CALL(pwrite64), CALL(pwritev), CALL(sendto), CALL(sendmsg), CALL(sendmmsg),
    CALL(fsync), CALL(fdatasync), CALL(ftruncate), CALL(fallocate), CALL(unlinkat), CALL(renameat), CALL(renameat2),
    CALL(mkdirat), CALL(linkat), CALL(fchmodat), CALL(bind), CALL(listen), CALL(connect), CALL(shutdown),
#ifdef SYS_unlink
    CALL(unlink), CALL(rename), CALL(mkdir), CALL(link), CALL(chmod),
#endif
};

static volatile sig_atomic_t let_go;

static void on_term(int signal)
{
    (void)signal;
    let_go = 1;
}

static void fail(const char *what)
{
    fprintf(stderr, "killat: %s: %s\n", what, strerror(errno));
    exit(1);
}

static const char *counts(unsigned long long number)
{
    for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++)
        if ((unsigned long long)CALLS[i].number == number)
            return CALLS[i].name;
    return NULL;
}

/* New threads may come while the list is read: until a pass finds none that is not traced yet. */
static void attach(pid_t program)
{
    char path[64];
    int found;
    snprintf(path, sizeof path, "/proc/%d/task", program);
    do {
        struct dirent *entry;
        DIR *tasks = opendir(path);
        if (tasks == NULL)
            fail(path);
        found = 0;
        while ((entry = readdir(tasks)) != NULL) {
            pid_t thread = atoi(entry->d_name);
            if (thread > 0 && ptrace(PTRACE_SEIZE, thread, NULL, (void *)OPTIONS) == 0) {
                ptrace(PTRACE_INTERRUPT, thread, NULL, NULL);
                found = 1;
            }
        }
        closedir(tasks);
    } while (found);
}

static pid_t start(char **command)
{
    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        raise(SIGSTOP);
        execvp(command[0], command);
        fail(command[0]);
    }
    int status;
    waitpid(child, &status, WUNTRACED);
    if (ptrace(PTRACE_SEIZE, child, NULL, (void *)(OPTIONS | PTRACE_O_EXITKILL)) != 0)
        fail("ptrace");
    kill(child, SIGCONT);
    return child;
}

int main(int count, char **arguments)
{
    if (count < 3) {
        fprintf(stderr, "usage: killat N -p PID | killat N PROGRAM...\n");
        return 2;
    }

    long left = atol(arguments[1]);
    int attached = strcmp(arguments[2], "-p") == 0;
    pid_t program;
    struct sigaction term = { .sa_handler = on_term };
    sigaction(SIGTERM, &term, NULL);
    if (attached) {
        program = atoi(arguments[3]);
        attach(program);
        printf("attached\n");
        fflush(stdout);
    } else {
        program = start(arguments + 2);
    }

    while (!let_go) {
        int status;
        pid_t thread = waitpid(-1, &status, __WALL);
        if (thread < 0) {
            if (errno == EINTR)
                continue;
            return 0;
        }

        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread == program)
                return attached ? 0 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }

        int deliver = 0, event = status >> 16, signal = WSTOPSIG(status);
        if (signal == (SIGTRAP | 0x80)) {
            struct __ptrace_syscall_info call;
            if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, (void *)sizeof call, &call) > 0 && call.op == PTRACE_SYSCALL_INFO_ENTRY) {
                const char *name = counts(call.entry.nr);
                if (name != NULL && --left == 0) {
                    kill(program, SIGKILL);
                    printf("killed before %s(%lld)\n", name, (long long)call.entry.args[0]);
                    fflush(stdout);
                    return 137;
                }
            }
        } else if (event == 0) {
            deliver = signal;
        } else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
            /* A stop of the whole program: it stays stopped until somebody continues it. */
            ptrace(PTRACE_LISTEN, thread, NULL, NULL);
            continue;
        }

        ptrace(PTRACE_SYSCALL, thread, NULL, (void *)(long)deliver);
    }

    /* The kernel lets all threads go when we end. */
    return 0;
}
