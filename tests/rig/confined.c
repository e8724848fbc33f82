/*
 * Runs a program under the system call filter of a systemd unit, where no systemd runs: what the unit does not allow fails with
 * EPERM, as its SystemCallErrorNumber= says.
 *
 *   confined NAMES PROGRAM ARGUMENTS...     NAMES: a file with a system call in each line
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    FILE *names = argc > 2 ? fopen(argv[1], "r") : NULL;
    char name[64];
    if (filter == NULL || names == NULL) {
        fprintf(stderr, "usage: confined NAMES PROGRAM ARGUMENTS...\n");
        return 2;
    }
    while (fgets(name, sizeof name, names) != NULL) {
        name[strcspn(name, "\n")] = 0;
        int number = seccomp_syscall_resolve_name(name);
        /* Those of other architectures have no number here. */
        if (number != __NR_SCMP_ERROR && seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) != 0) {
            fprintf(stderr, "confined: %s\n", name);
            return 1;
        }
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || seccomp_load(filter) != 0) {
        perror("confined: seccomp");
        return 1;
    }
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 1;
}
