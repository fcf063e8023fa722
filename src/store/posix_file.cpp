#include "store/posix_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>

#include "base/error.hpp"

namespace sightline::store {
namespace {

/// The system's text for errno.
std::string system_message() {
  return std::system_category().message(errno);
}

}  // namespace

std::shared_ptr<const PosixFile> PosixFile::open(const std::filesystem::path& path) {
  struct statfs facts {};
  if (::statfs(path.c_str(), &facts) == 0 && facts.f_type == NFS_SUPER_MAGIC) {
    return nullptr;
  }
  return std::make_shared<const PosixFile>(path);
}

PosixFile::PosixFile(const std::filesystem::path& path) : descriptor_(::open(path.c_str(), O_WRONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) {
    throw base::fault("{}: cannot be opened for writing: {}", path.string(), system_message());
  }
}

PosixFile::~PosixFile() {
  ::close(descriptor_);
}

void PosixFile::write(std::uint64_t offset, std::span<const std::byte> bytes, const std::string& what) const {
  while (!bytes.empty()) {
    const auto written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno != EINTR) {
      throw base::fault("{}: writing failed: {}", what, system_message());
    }
    const auto done = static_cast<std::size_t>(std::max<ssize_t>(written, 0));
    bytes = bytes.subspan(done);
    offset += done;
  }
}

}  // namespace sightline::store
