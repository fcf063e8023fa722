#include "base/atomic_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "base/error.hpp"

namespace sightline::base {

AtomicFile::AtomicFile(std::filesystem::path file)
    : file_(std::move(file)),
      partial_(file_.string() + ".partial"),
      descriptor_(::open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) {
    throw fault("{}: cannot be written: {}", file_.string(), std::strerror(errno));
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
    ::unlink(partial_.c_str());
  }
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      throw fault("{}: writing failed: {}", file_.string(), std::strerror(errno));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
  }
}

void AtomicFile::finish() {
  if (::fsync(descriptor_) != 0 || ::rename(partial_.c_str(), file_.c_str()) != 0) {
    throw fault("{}: writing failed: {}", file_.string(), std::strerror(errno));
  }
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace sightline::base
