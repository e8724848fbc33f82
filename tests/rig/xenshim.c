/*
 * Lets Debian 12's unmodified xenstored (Xen 4.17) run on a machine without a hypervisor.
 *
 * Preloaded into xenstored, it stands in for exactly what that program asks of Xen: the page and the port of
 * Dom0's own ring (/proc/xen/xsd_*), which domains are alive (libxenctrl), event channels and grant mappings.
 *
 * $XENSHIM_DIR is the hypervisor:
 *   xsd_kva, xsd_port   the two files of /proc/xen
 *   dom/<domid>         this domain is alive; with dom/<domid>.down it has shut down
 *   evt                 a FIFO: one octet written here is VIRQ_DOM_EXC, "some domain has died, look"
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE 4096u
#define HANDLE ((void *)0x1000) /* never followed: xenstored only hands it back to the functions below */
#define DOM_EXC_PORT 7

static int event_fd = -1;

static const char *in_shim_dir(char *path, size_t size, const char *name)
{
    const char *dir = getenv("XENSHIM_DIR");
    snprintf(path, size, "%s/%s", dir ? dir : "/run/xenshim", name);
    return path;
}

static int libc_open(const char *path, int flags, mode_t mode)
{
    static int (*next)(const char *, int, ...);
    if (!next)
        next = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    return next(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    char ours[PAGE];
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    if (strncmp(path, "/proc/xen/xsd_", 14) == 0)
        path = in_shim_dir(ours, sizeof ours, path + strlen("/proc/xen/"));
    return libc_open(path, flags, mode);
}

/* libxenctrl: which domains are alive. The struct is the head of 4.17's xc_dominfo_t, all that xenstored reads. */
struct domain_info {
    uint32_t domid, ssidref;
    unsigned dying : 1, crashed : 1, shutdown : 1, paused : 1, blocked : 1, running : 1;
};

void *xc_interface_open(void *logger, void *dombuild_logger, unsigned flags)
{
    (void)logger, (void)dombuild_logger, (void)flags;
    return HANDLE;
}

int xc_interface_close(void *xc)
{
    (void)xc;
    return 0;
}

/* Answers "domain `first`, or else the next one after it"; xenstored takes another number, or none, as "gone". */
int xc_domain_getinfo(void *xc, uint32_t first, unsigned max, struct domain_info *info)
{
    char name[32], path[PAGE];
    (void)xc, (void)max;
    info->ssidref = 0;
    info->dying = info->crashed = info->shutdown = info->paused = info->blocked = 0;
    info->running = 1;
    info->domid = first;
    snprintf(name, sizeof name, "dom/%u.down", first);
    info->shutdown = access(in_shim_dir(path, sizeof path, name), F_OK) == 0;
    snprintf(name, sizeof name, "dom/%u", first);
    if (first == 0 || access(in_shim_dir(path, sizeof path, name), F_OK) == 0)
        return 1;
    info->domid = ~0u;
    return 0;
}

/* oxenstored, the OCaml one, asks for the same by other calls, and first for more open files than a container may have. */
struct domain_facts {
    uint16_t domid, padding;
    uint32_t flags; /* 32: it runs; the rest is not read. */
};

struct last_error {
    int code;
    char message[1024];
};

int xc_domain_getinfolist(void *xc, uint32_t first, unsigned max, struct domain_facts *facts)
{
    char name[32], path[PAGE];
    (void)xc, (void)max;
    snprintf(name, sizeof name, "dom/%u", first);
    if (first != 0 && access(in_shim_dir(path, sizeof path, name), F_OK) != 0)
        return 0;
    facts->domid = (uint16_t)first;
    facts->flags = 32;
    return 1;
}

const struct last_error *xc_get_last_error(void *xc)
{
    static const struct last_error none = { 1, "no such domain" };
    (void)xc;
    return &none;
}

const char *xc_error_code_to_desc(int code)
{
    (void)code;
    return "no such domain";
}

void *xc_map_foreign_range(void *xc, uint32_t domid, int size, int prot, unsigned long frame)
{
    void *page = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)xc, (void)domid, (void)prot, (void)frame;
    return page == MAP_FAILED ? NULL : page;
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limits)
{
    (void)resource, (void)limits;
    return 0;
}

int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limits)
{
    (void)resource, (void)limits;
    return 0;
}

/* libxenevtchn: the only event that is ever pending is VIRQ_DOM_EXC. */
void *xenevtchn_open(void *logger, unsigned flags)
{
    char path[PAGE];
    (void)logger, (void)flags;
    /* Opened for both ways, so that it never reads as "end of file" when a writer closes. */
    event_fd = libc_open(in_shim_dir(path, sizeof path, "evt"), O_RDWR | O_CLOEXEC, 0);
    return event_fd < 0 ? NULL : HANDLE;
}

int xenevtchn_close(void *xce) { (void)xce; return 0; }
int xenevtchn_fd(void *xce) { (void)xce; return event_fd; }
int xenevtchn_bind_virq(void *xce, unsigned virq) { (void)xce, (void)virq; return DOM_EXC_PORT; }
int xenevtchn_unbind(void *xce, uint32_t port) { (void)xce, (void)port; return 0; }
int xenevtchn_notify(void *xce, uint32_t port) { (void)xce, (void)port; return 0; }
int xenevtchn_unmask(void *xce, uint32_t port) { (void)xce, (void)port; return 0; }

int xenevtchn_bind_interdomain(void *xce, uint32_t domid, uint32_t remote_port)
{
    static int next_port = 100;
    (void)xce, (void)domid, (void)remote_port;
    return next_port++;
}

int xenevtchn_pending(void *xce)
{
    char octet;
    (void)xce;
    return read(event_fd, &octet, 1) == 1 ? DOM_EXC_PORT : -1;
}

/* libxengnttab: a guest's ring is a page that nobody else writes to. */
void *xengnttab_open(void *logger, unsigned flags) { (void)logger, (void)flags; return HANDLE; }
int xengnttab_close(void *xgt) { (void)xgt; return 0; }
int xengnttab_set_max_grants(void *xgt, uint32_t count) { (void)xgt, (void)count; return 0; }

void *xengnttab_map_grant_ref(void *xgt, uint32_t domid, uint32_t ref, int prot)
{
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)xgt, (void)domid, (void)ref, (void)prot;
    return page == MAP_FAILED ? NULL : page;
}

int xengnttab_unmap(void *xgt, void *address, uint32_t count)
{
    (void)xgt;
    return munmap(address, (size_t)PAGE * count);
}
