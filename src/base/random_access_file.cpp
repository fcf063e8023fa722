#include "base/random_access_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.hpp"

namespace sightline::base {

RandomAccessFile::RandomAccessFile(const std::filesystem::path& file)
    : path_(file), descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
  struct stat facts {};
  const bool opened = descriptor_ >= 0 && ::fstat(descriptor_, &facts) == 0;
  if (opened && S_ISREG(facts.st_mode)) {
    size_ = static_cast<std::uint64_t>(facts.st_size);
    modified_ = std::int64_t{1'000'000'000} * facts.st_mtim.tv_sec + facts.st_mtim.tv_nsec;
    return;
  }
  const auto why =
      opened ? std::string("is not a regular file") : std::string("cannot be opened: ") + std::strerror(errno);
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
  throw input_error("{}: {}", file.string(), why);
}

RandomAccessFile::~RandomAccessFile() {
  ::close(descriptor_);
}

std::size_t RandomAccessFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto count =
        ::pread(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (count == 0) {
      break;
    }
    if (count < 0 && errno != EINTR) {
      throw input_error("{}: reading failed: {}", path_.string(), std::strerror(errno));
    }
    done += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  return done;
}

std::vector<std::uint8_t> RandomAccessFile::read_bytes(std::uint64_t offset, std::uint64_t count) const {
  std::vector<std::uint8_t> bytes(count);
  bytes.resize(read(offset, std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

void RandomAccessFile::read_ahead(std::uint64_t offset, std::uint64_t count) const {
  ::posix_fadvise(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(count), POSIX_FADV_WILLNEED);
}

void RandomAccessFile::expect_random_reads() const {
  ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_RANDOM);
}

}  // namespace sightline::base
