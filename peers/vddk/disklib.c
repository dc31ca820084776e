/* A stand-in for VMware's library of virtual disks, for tests of nbdkit's vddk plugin: the calls that the plugin makes, by its
 * description of their binary interface (nbdkit-vddk-plugin(1), plugin 1.42), on files of the test's own folder.
 *
 * The folder that the library is told to be in holds
 *   peer.conf  lines "key value": root FOLDER, user, password, thumbprint, vm, snapshot (none = the stopped VM)
 *   calls      what the library was told, appended to
 *   broken     while this file is there, reading fails
 * "[store] dir/disk.vmdk" is root/store/dir/disk-flat.vmdk.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OK = 0, UNKNOWN = 1, NOT_FOUND = 4, NO_SUPPORT = 6, LOGIN = 3014, CONNECTION_LOST = 18002, LATER = 25000 };
enum { SECTOR = 512 };

typedef uint64_t result;
typedef void log_call(const char *format, va_list values);
typedef void done_call(void *data, result how);

struct login {
    char *machine;      /* moref=vm-1 */
    char *server;
    char *thumbprint;
    long reserved1;
    int kind;           /* 1: user and password */
    union {
        struct { char *user, *password; } named;
        struct { char *cookie, *user, *key; } session;
    } who;
    uint32_t port, nfc_port;
    char *reserved2;
    char reserved3[8];
    void *reserved4;
    struct { char *id, *store, *other; } object;
    int spec;
};

struct facts {
    struct { uint32_t cylinders, heads, sectors; } bios, physical;
    uint64_t capacity;
    int adapter, links;
    char *parent, *uuid;
    uint32_t logical_sector, physical_sector;
};

struct run { uint64_t offset, length; };
struct runs { uint32_t count; struct run run[1]; };
struct disk { int fd; uint64_t sectors; };

static char folder[4096];
static log_call *complain;

static void say(log_call *to, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    if (to) to(format, values);
    va_end(values);
}

/* The value of a key in peer.conf, "" where there is none. */
static const char *setting(const char *key, char *value, size_t size)
{
    char name[5000], line[4096];
    value[0] = 0;
    snprintf(name, sizeof name, "%s/peer.conf", folder);
    FILE *file = fopen(name, "r");
    if (!file) return value;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        size_t n = strlen(key);
        if (strncmp(line, key, n) == 0 && line[n] == ' ') snprintf(value, size, "%s", line + n + 1);
    }
    fclose(file);
    return value;
}

static int is_set_to(const char *key, const char *what)
{
    char value[4096];
    return strcmp(setting(key, value, sizeof value), what ? what : "") == 0;
}

static void note(const char *format, ...)
{
    char name[5000];
    snprintf(name, sizeof name, "%s/calls", folder);
    FILE *file = fopen(name, "a");
    if (!file) return;
    va_list values;
    va_start(values, format);
    vfprintf(file, format, values);
    va_end(values);
    fclose(file);
}

result VixDiskLib_InitEx(uint32_t major, uint32_t minor, log_call *debug, log_call *warn, log_call *panic, const char *libraries, const char *config)
{
    (void) major; (void) minor; (void) debug; (void) panic;
    complain = warn;
    snprintf(folder, sizeof folder, "%s", libraries ? libraries : "");
    note("init config=%s\n", config ? config : "");
    return OK;
}

void VixDiskLib_Exit(void) { note("exit\n"); }

const char *VixDiskLib_ListTransportModes(void) { return "file:nbdssl:nbd"; }

char *VixDiskLib_GetErrorText(result what, const char *locale)
{
    (void) locale;
    const char *text = what == NOT_FOUND ? "A file was not found"
        : what == LOGIN ? "Cannot complete login due to an incorrect user name or password"
        : what == CONNECTION_LOST ? "The connection was lost"
        : what == NO_SUPPORT ? "The operation is not supported"
        : "Unknown error";
    return strdup(text);
}

void VixDiskLib_FreeErrorText(char *text) { free(text); }

struct login *VixDiskLib_AllocateConnectParams(void) { return calloc(1, sizeof(struct login)); }

void VixDiskLib_FreeConnectParams(struct login *login) { free(login); }

result VixDiskLib_ConnectEx(const struct login *login, char read_only, const char *snapshot, const char *transports, void **connection)
{
    note("connect vm=%s server=%s port=%u nfc=%u snapshot=%s transports=%s read-only=%d user=%s\n", login->machine, login->server, login->port,
         login->nfc_port, snapshot ? snapshot : "", transports ? transports : "", read_only, login->who.named.user);
    if (!is_set_to("thumbprint", login->thumbprint)) return UNKNOWN; /* as the real one */
    if (!is_set_to("user", login->who.named.user) || !is_set_to("password", login->who.named.password)) return LOGIN;
    if (strncmp(login->machine, "moref=", 6) != 0 || !is_set_to("vm", login->machine + 6) || !is_set_to("snapshot", snapshot)) return NOT_FOUND;
    *connection = strdup("connection");
    return OK;
}

result VixDiskLib_Disconnect(void *connection) { free(connection); return OK; }

result VixDiskLib_Open(void *connection, const char *name, uint32_t flags, struct disk **disk)
{
    (void) connection;
    char root[2048], store[256], path[1024], real[4096];
    struct stat found;
    note("open %s flags=%u\n", name, flags);
    if (sscanf(name, "[%255[^]]] %1023[^\n]", store, path) != 2) return NOT_FOUND;
    size_t n = strlen(path);
    if (n < 5 || strcmp(path + n - 5, ".vmdk") != 0) return NOT_FOUND;
    path[n - 5] = 0;
    snprintf(real, sizeof real, "%s/%s/%s-flat.vmdk", setting("root", root, sizeof root), store, path);
    int fd = open(real, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &found) < 0) return NOT_FOUND;
    *disk = calloc(1, sizeof **disk);
    (*disk)->fd = fd;
    (*disk)->sectors = found.st_size / SECTOR;
    return OK;
}

result VixDiskLib_Close(struct disk *disk) { close(disk->fd); free(disk); return OK; }

const char *VixDiskLib_GetTransportMode(struct disk *disk) { (void) disk; return "nbdssl"; }

result VixDiskLib_GetInfo(struct disk *disk, struct facts **facts)
{
    *facts = calloc(1, sizeof **facts);
    (*facts)->capacity = disk->sectors;
    (*facts)->adapter = 3;
    (*facts)->links = 1;
    (*facts)->logical_sector = (*facts)->physical_sector = SECTOR;
    return OK;
}

void VixDiskLib_FreeInfo(struct facts *facts) { free(facts); }

result VixDiskLib_Read(struct disk *disk, uint64_t sector, uint64_t count, unsigned char *bytes)
{
    char broken[5000];
    snprintf(broken, sizeof broken, "%s/broken", folder);
    if (access(broken, F_OK) == 0) return CONNECTION_LOST;
    uint64_t left = count * SECTOR;
    off_t at = (off_t) (sector * SECTOR);
    while (left > 0) {
        ssize_t n = pread(disk->fd, bytes, left, at);
        if (n <= 0) { say(complain, "reading at %lld failed", (long long) at); return UNKNOWN; }
        bytes += n; at += n; left -= (uint64_t) n;
    }
    return OK;
}

result VixDiskLib_ReadAsync(struct disk *disk, uint64_t sector, uint64_t count, unsigned char *bytes, done_call *done, void *data)
{
    done(data, VixDiskLib_Read(disk, sector, count, bytes));
    return LATER;
}

result VixDiskLib_Wait(struct disk *disk) { (void) disk; return OK; }

result VixDiskLib_QueryAllocatedBlocks(struct disk *disk, uint64_t from, uint64_t count, uint64_t chunk, struct runs **runs)
{
    uint64_t most = count / chunk + 2;
    struct runs *all = calloc(1, sizeof *all + most * sizeof(struct run));
    off_t at = (off_t) (from * SECTOR), end = at + (off_t) (count * SECTOR);
    note("allocated %llu+%llu\n", (unsigned long long) from, (unsigned long long) count);
    while (at < end) {
        off_t data = lseek(disk->fd, at, SEEK_DATA);
        if (data < 0 || data >= end) break;
        off_t hole = lseek(disk->fd, data, SEEK_HOLE);
        if (hole < 0 || hole > end) hole = end;
        uint64_t unit = chunk * SECTOR;
        uint64_t first = (uint64_t) data / unit * chunk, last = ((uint64_t) hole + unit - 1) / unit * chunk;
        if (first < from) first = from;
        if (last > from + count) last = from + count;
        if (all->count > 0 && first <= all->run[all->count - 1].offset + all->run[all->count - 1].length)
            all->run[all->count - 1].length = last - all->run[all->count - 1].offset;
        else if (all->count < most)
            all->run[all->count++] = (struct run) { first, last - first };
        at = (off_t) (last * SECTOR);
    }
    *runs = all;
    return OK;
}

result VixDiskLib_FreeBlockList(struct runs *runs) { free(runs); return OK; }

/* Nothing is ever written. */
result VixDiskLib_Write(struct disk *disk, uint64_t sector, uint64_t count, const unsigned char *bytes)
{
    (void) disk; (void) sector; (void) count; (void) bytes;
    return NO_SUPPORT;
}

result VixDiskLib_WriteAsync(struct disk *disk, uint64_t sector, uint64_t count, const unsigned char *bytes, done_call *done, void *data)
{
    (void) done; (void) data;
    return VixDiskLib_Write(disk, sector, count, bytes);
}

result VixDiskLib_Flush(struct disk *disk) { (void) disk; return OK; }

result VixDiskLib_Create(void *connection, const char *name, const void *how, void *progress, void *data)
{
    (void) connection; (void) name; (void) how; (void) progress; (void) data;
    return NO_SUPPORT;
}
