// A library for LD_PRELOAD: file locks are refused, and every folder seems to lie on NFS, as where NFS is mounted
// without locks. HDF5 and MPI-IO then take the ways that they take there.

#include <cerrno>
#include <cstdarg>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/vfs.h>

namespace {

template <typename Function>
Function* original(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

int refuse() {
  errno = ENOLCK;
  return -1;
}

}  // namespace

extern "C" {

int flock(int, int) {
  return refuse();
}

int fcntl(int file, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  const bool locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
  return locks ? refuse() : original<int(int, int, ...)>("fcntl64")(file, command, argument);
}

int fcntl64(int file, int command, ...) __attribute__((alias("fcntl")));

int statfs(const char* path, struct statfs* facts) {
  const int result = original<int(const char*, struct statfs*)>("statfs")(path, facts);
  facts->f_type = NFS_SUPER_MAGIC;
  return result;
}

int statfs64(const char* path, struct statfs64* facts) {
  const int result = original<int(const char*, struct statfs64*)>("statfs64")(path, facts);
  facts->f_type = NFS_SUPER_MAGIC;
  return result;
}
}
