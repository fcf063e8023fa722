#include "base/file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/random_access_file.hpp"

namespace sightline::base {
namespace {

/// An owning file descriptor; negative when the file could not be opened.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& file, int flags) : number_(::open(file.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

/// The system's text for errno.
std::string reason() {
  return std::strerror(errno);
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& file) {
  const Descriptor descriptor(file, O_RDONLY);
  struct stat facts {};
  if (descriptor.number() < 0 || ::fstat(descriptor.number(), &facts) != 0) {
    throw input_error("{}: cannot be opened: {}", file.string(), reason());
  }
  if (!S_ISREG(facts.st_mode)) {
    throw input_error("{}: is not a regular file", file.string());
  }
  size_ = static_cast<std::size_t>(facts.st_size);
  if (size_ == 0) {
    return;
  }
  void* address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor.number(), 0);
  if (address == MAP_FAILED) {
    throw input_error("{}: cannot be mapped into memory: {}", file.string(), reason());
  }
  data_ = static_cast<const std::byte*>(address);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) {
    ::munmap(const_cast<std::byte*>(data_), size_);
  }
}

bool is_folder(const std::filesystem::path& path) {
  std::error_code unknown;
  return std::filesystem::is_directory(path, unknown);
}

bool is_file(const std::filesystem::path& path) {
  std::error_code unknown;
  return std::filesystem::is_regular_file(path, unknown);
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw input_error("{}: cannot be read: {}", file.string(), reason());
  }
  if (is_folder(file)) {
    throw input_error("{}: cannot be read: is a folder", file.string());
  }
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& file) {
  const RandomAccessFile opened(file);
  return opened.read_bytes(0, opened.size());
}

void write_text(const std::filesystem::path& file, std::string_view text) {
  AtomicFile written(file);
  written.write(std::as_bytes(std::span(text)));
  written.finish();
}

void make_writable_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw fault("{}: the folder cannot be made: {}", folder.string(), error.message());
  }
  const auto probe = folder / ".sightline-write-probe";
  const Descriptor descriptor(probe, O_WRONLY | O_CREAT);
  if (descriptor.number() < 0) {
    throw fault("{}: the folder cannot be written to: {}", folder.string(), reason());
  }
  std::filesystem::remove(probe, error);
}

}  // namespace sightline::base
