/*
 * Lets Debian 12's unmodified xl and libxl (Xen 4.17) run on a machine without a hypervisor.
 *
 * Preloaded into xl, it stands in for what libxl asks of Xen, as xenshim.c does for xenstored: a domain is a number that is
 * alive, with its uuid, and nothing in it ever runs. All else that xl does is done: its configuration is read, the domain's and its
 * devices' nodes are written, the hotplug scripts are run, devices and domains are renamed and removed.
 *
 * $XENSHIM_DIR is the hypervisor:
 *   dom/<domid>   this domain is alive; the file holds its uuid; with dom/<domid>.down it has shut down
 *   next          the lowest number of the next domain; 1 without it
 *   evt           a FIFO: one octet written here is VIRQ_DOM_EXC, "some domain has died, look"
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenctrl.h>
#include <xenguest.h>

#define HANDLE ((void *)0x1000) /* never followed: libxl only hands it back to the functions below */
#define CPUS 2
#define PAGES_OF_GIB (1ul << 18)
#define DOMAINS_MAX 0x7ff0u

/* The scripts that libxl runs have nothing to do with it. */
__attribute__((constructor)) static void ours_alone(void)
{
    unsetenv("LD_PRELOAD");
}

static const char *in_shim_dir(char *path, size_t size, const char *name)
{
    const char *dir = getenv("XENSHIM_DIR");
    snprintf(path, size, "%s/%s", dir ? dir : "/run/xenshim", name);
    return path;
}

static const char *in_domain(char *path, size_t size, uint32_t domid, const char *suffix)
{
    char name[32];
    snprintf(name, sizeof name, "dom/%u%s", domid, suffix);
    return in_shim_dir(path, size, name);
}

static int open_domain(uint32_t domid, int flags)
{
    char path[4096];
    return open(in_domain(path, sizeof path, domid, ""), flags | O_CLOEXEC, 0600);
}

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *builder, unsigned flags)
{
    return HANDLE;
}

int xc_interface_close(xc_interface *xch) { return 0; }

/* Domains. */

int xc_domain_create(xc_interface *xch, uint32_t *domid, struct xen_domctl_createdomain *config)
{
    char path[4096];
    unsigned next = 1;
    FILE *file = fopen(in_shim_dir(path, sizeof path, "next"), "r");
    if (file) {
        if (fscanf(file, "%u", &next) != 1)
            next = 1;
        fclose(file);
    }
    for (; next < DOMAINS_MAX; next++) {
        int made = open_domain(next, O_CREAT | O_EXCL | O_WRONLY);
        if (made < 0 && errno == EEXIST)
            continue;
        if (made < 0)
            return -1;
        int written = write(made, config->handle, sizeof config->handle) == sizeof config->handle;
        close(made);
        file = written ? fopen(path, "w") : NULL;
        if (!file)
            return -1;
        fprintf(file, "%u\n", next + 1);
        fclose(file);
        *domid = next;
        return 0;
    }
    errno = ENOSPC;
    return -1;
}

int xc_domain_destroy(xc_interface *xch, uint32_t domid)
{
    char path[4096];
    if (unlink(in_domain(path, sizeof path, domid, "")) != 0)
        return -1;
    unlink(in_domain(path, sizeof path, domid, ".down"));
    int event = open(in_shim_dir(path, sizeof path, "evt"), O_RDWR | O_CLOEXEC);
    int told = event >= 0 && write(event, "v", 1) == 1;
    close(event);
    return told ? 0 : -1;
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned max, xc_domaininfo_t *info)
{
    char path[4096];
    unsigned count = 0;
    for (uint32_t domid = first; domid < DOMAINS_MAX && count < max; domid++) {
        int found = open_domain(domid, O_RDONLY);
        if (found < 0 && domid != 0)
            continue;
        xc_domaininfo_t *one = memset(&info[count++], 0, sizeof *info);
        one->domain = (domid_t)domid;
        one->flags = access(in_domain(path, sizeof path, domid, ".down"), F_OK) == 0
            ? XEN_DOMINF_shutdown | SHUTDOWN_poweroff << XEN_DOMINF_shutdownshift : XEN_DOMINF_running;
        one->tot_pages = one->max_pages = PAGES_OF_GIB / 2;
        one->max_vcpu_id = 0;
        one->nr_online_vcpus = 1;
        if (found >= 0) {
            if (read(found, one->handle, sizeof one->handle) < 0)
                one->flags |= XEN_DOMINF_dying;
            close(found);
        }
    }
    return (int)count;
}

#define SUCCEEDS(name, ...) int name(xc_interface *xch, ##__VA_ARGS__) { return 0; }
SUCCEEDS(xc_domain_pause, uint32_t domid)
SUCCEEDS(xc_domain_unpause, uint32_t domid)
SUCCEEDS(xc_domain_max_vcpus, uint32_t domid, unsigned max)
SUCCEEDS(xc_domain_setmaxmem, uint32_t domid, uint64_t kib)
SUCCEEDS(xc_domain_set_memmap_limit, uint32_t domid, unsigned long kib)
SUCCEEDS(xc_domain_set_tsc_info, uint32_t domid, uint32_t mode, uint64_t ns, uint32_t khz, uint32_t incarnation)
SUCCEEDS(xc_domain_set_time_offset, uint32_t domid, int32_t seconds)
SUCCEEDS(xc_domain_node_setaffinity, uint32_t domid, xc_nodemap_t map)
SUCCEEDS(xc_vcpu_setaffinity, uint32_t domid, int vcpu, xc_cpumap_t hard, xc_cpumap_t soft, uint32_t flags)
SUCCEEDS(xc_cpupool_movedomain, uint32_t pool, uint32_t domid)
SUCCEEDS(xc_set_paging_mempool_size, uint32_t domid, uint64_t size)
SUCCEEDS(xc_cpuid_apply_policy, uint32_t domid, bool restore, const uint32_t *featureset, unsigned count, bool pae, bool itsc,
         bool nested, const struct xc_xend_cpuid *cpuid, const struct xc_msr *msr)
SUCCEEDS(xc_sched_credit2_domain_set, uint32_t domid, struct xen_domctl_sched_credit2 *settings)

int xc_sched_credit2_domain_get(xc_interface *xch, uint32_t domid, struct xen_domctl_sched_credit2 *settings)
{
    *settings = (struct xen_domctl_sched_credit2){ .weight = 256 };
    return 0;
}

int xc_flask_sid_to_context(xc_interface *xch, int sid, char *text, uint32_t size)
{
    errno = ENOSYS;
    return -1;
}

int xc_evtchn_alloc_unbound(xc_interface *xch, uint32_t domid, uint32_t remote)
{
    static int port = 1;
    return port++;
}

/* The machine: as little as libxl can do with. */

int xc_get_max_cpus(xc_interface *xch) { return CPUS; }
int xc_get_online_cpus(xc_interface *xch) { return CPUS; }
int xc_get_max_nodes(xc_interface *xch) { return 1; }
long xc_sharing_freed_pages(xc_interface *xch) { return 0; }
long xc_sharing_used_frames(xc_interface *xch) { return 0; }

int xc_physinfo(xc_interface *xch, xc_physinfo_t *info)
{
    memset(info, 0, sizeof *info);
    info->threads_per_core = info->cores_per_socket = 1;
    info->nr_cpus = CPUS;
    info->max_cpu_id = CPUS - 1;
    info->nr_nodes = 1;
    info->total_pages = 64 * PAGES_OF_GIB;
    info->free_pages = 60 * PAGES_OF_GIB;
    info->capabilities = XEN_SYSCTL_PHYSCAP_pv;
    return 0;
}

int xc_numainfo(xc_interface *xch, unsigned *nodes, xc_meminfo_t *memory, uint32_t *distance)
{
    *nodes = 1;
    if (memory)
        *memory = (xc_meminfo_t){ .memsize = 64ull << 30, .memfree = 60ull << 30 };
    if (distance)
        *distance = 10;
    return 0;
}

int xc_cputopoinfo(xc_interface *xch, unsigned *cpus, xc_cputopo_t *topology)
{
    *cpus = CPUS;
    for (unsigned cpu = 0; topology && cpu < CPUS; cpu++)
        topology[cpu] = (xc_cputopo_t){ .core = cpu };
    return 0;
}

xc_cpupoolinfo_t *xc_cpupool_getinfo(xc_interface *xch, uint32_t pool)
{
    static uint8_t cpus[8] = { (1 << CPUS) - 1 };
    static xc_cpupoolinfo_t only = { .sched_id = XEN_SCHEDULER_CREDIT2, .cpumap = cpus };
    return pool == 0 ? &only : NULL;
}

void xc_cpupool_infofree(xc_interface *xch, xc_cpupoolinfo_t *info) {}

int xc_sched_id(xc_interface *xch, int *id)
{
    *id = XEN_SCHEDULER_CREDIT2;
    return 0;
}

/* The size of Dom0 is named, so that xl leaves it alone. */
int xc_version(xc_interface *xch, int what, void *answer)
{
    switch (what) {
    case XENVER_version:
        return 4 << 16 | 17;
    case XENVER_pagesize:
        return 4096;
    case XENVER_extraversion:
        strcpy(answer, "");
        return 0;
    case XENVER_commandline:
        strcpy(answer, "dom0_mem=1024M");
        return 0;
    case XENVER_capabilities:
        strcpy(answer, "xen-3.0-x86_64 ");
        return 0;
    case XENVER_changeset:
        strcpy(answer, "");
        return 0;
    case XENVER_compile_info:
        memset(answer, 0, sizeof(xen_compile_info_t));
        return 0;
    case XENVER_platform_parameters:
        memset(answer, 0, sizeof(xen_platform_parameters_t));
        return 0;
    default:
        errno = ENOSYS;
        return -1;
    }
}

/* What libxenguest would do with the kernel of a domain that ran. That its files are there is seen to all the same. */

int xc_dom_loginit(xc_interface *xch) { return 0; }

struct xc_dom_image *xc_dom_allocate(xc_interface *xch, const char *cmdline, const char *features)
{
    return calloc(1, sizeof(struct xc_dom_image));
}

void xc_dom_release(struct xc_dom_image *dom) { free(dom); }

int xc_dom_kernel_file(struct xc_dom_image *dom, const char *name)
{
    return name ? access(name, R_OK) : -1;
}

int xc_dom_module_file(struct xc_dom_image *dom, const char *name, const char *cmdline) { return access(name, R_OK); }
int xc_dom_boot_xen_init(struct xc_dom_image *dom, xc_interface *xch, uint32_t domid) { return 0; }
int xc_dom_parse_image(struct xc_dom_image *dom) { return 0; }
int xc_dom_mem_init(struct xc_dom_image *dom, unsigned mib) { return 0; }
int xc_dom_boot_mem_init(struct xc_dom_image *dom) { return 0; }
int xc_dom_build_image(struct xc_dom_image *dom) { return 0; }
int xc_dom_boot_image(struct xc_dom_image *dom) { return 0; }
int xc_dom_gnttab_init(struct xc_dom_image *dom) { return 0; }
bool xc_dom_translated(const struct xc_dom_image *dom) { return true; }
