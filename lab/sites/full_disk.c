/* A disk without space, for one folder: loaded by LD_PRELOAD into PostgreSQL's programs.
 *
 * LAB_DISK names the folder. While the one byte of LAB_DISK/full is '1', nothing in the folder can
 * grow: what would needs ENOSPC, as on ext4 or XFS. What is overwritten in place succeeds, which is
 * why PostgreSQL fills its WAL files with zeros before it uses them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const volatile char *full;
static char folder[PATH_MAX];
static size_t folder_length;

__attribute__((constructor)) static void look(void)
{
    const char *disk = getenv("LAB_DISK");
    char path[PATH_MAX];
    if (disk == NULL || realpath(disk, folder) == NULL)
        return;
    folder_length = strlen(folder);
    snprintf(path, sizeof path, "%.*s/full", PATH_MAX - 8, folder);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    /* Shared: all processes see the switch at once, and it costs a look at memory. */
    void *page = mmap(NULL, 1, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED)
        full = page;
}

/* Whether writing there would make a file of the folder longer; start < 0: where it stands now. */
static int needs_space(int file, off_t start, off_t length)
{
    if (full == NULL || *full != '1')
        return 0;
    struct stat seen;
    if (fstat(file, &seen) != 0 || !S_ISREG(seen.st_mode))
        return 0;
    if (start < 0)
        start = fcntl(file, F_GETFL) & O_APPEND ? seen.st_size : lseek(file, 0, SEEK_CUR);
    if (start + length <= seen.st_size)
        return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= (ssize_t) folder_length)
        return 0;
    return strncmp(path, folder, folder_length) == 0 && path[folder_length] == '/';
}

static int none(void)
{
    errno = ENOSPC;
    return -1;
}

static off_t total(const struct iovec *parts, int count)
{
    off_t bytes = 0;
    for (int one = 0; one < count; one++)
        bytes += (off_t) parts[one].iov_len;
    return bytes;
}

/* Calls the C library's own function of that name. */
#define NEXT(name, ...) \
    ({ \
        static __typeof__(&name) next; \
        if (next == NULL) \
            next = (__typeof__(&name)) dlsym(RTLD_NEXT, #name); \
        next(__VA_ARGS__); \
    })

ssize_t write(int file, const void *data, size_t length)
{
    return needs_space(file, -1, (off_t) length) ? none() : NEXT(write, file, data, length);
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    return needs_space(file, -1, total(parts, count)) ? none() : NEXT(writev, file, parts, count);
}

ssize_t pwrite(int file, const void *data, size_t length, off_t at)
{
    return needs_space(file, at, (off_t) length) ? none() : NEXT(pwrite, file, data, length, at);
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t at)
{
    return needs_space(file, at, (off_t) length) ? none() : NEXT(pwrite64, file, data, length, at);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at)
{
    return needs_space(file, at, total(parts, count)) ? none()
                                                      : NEXT(pwritev, file, parts, count, at);
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at)
{
    return needs_space(file, at, total(parts, count)) ? none()
                                                      : NEXT(pwritev64, file, parts, count, at);
}

int ftruncate(int file, off_t length)
{
    return needs_space(file, 0, length) ? none() : NEXT(ftruncate, file, length);
}

int ftruncate64(int file, off64_t length)
{
    return needs_space(file, 0, length) ? none() : NEXT(ftruncate64, file, length);
}

/* These two return the error's number. */
int posix_fallocate(int file, off_t at, off_t length)
{
    return needs_space(file, at, length) ? ENOSPC : NEXT(posix_fallocate, file, at, length);
}

int posix_fallocate64(int file, off64_t at, off64_t length)
{
    return needs_space(file, at, length) ? ENOSPC : NEXT(posix_fallocate64, file, at, length);
}

/* What the C library flushes later does not come by here, so a stream is refused at once. */
size_t fwrite(const void *data, size_t size, size_t count, FILE *stream)
{
    if (needs_space(fileno(stream), -1, (off_t) (size * count))) {
        errno = ENOSPC;
        return 0;
    }
    return NEXT(fwrite, data, size, count, stream);
}
