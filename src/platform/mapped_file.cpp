#include "platform/mapped_file.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::platform {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  int number() const noexcept { return number_; }

 private:
  int number_;
};

std::unexpected<FileError> failure(std::string_view what, std::string const& path, int code) {
  std::string message{what};
  message += ' ';
  message += path;
  message += ": ";
  message += std::generic_category().message(code);
  return std::unexpected(FileError{std::move(message)});
}

} // namespace

std::expected<MappedFile, FileError> MappedFile::open(std::string const& path) {
  if (path.find('\0') != std::string::npos) {
    return failure("cannot open", path.substr(0, path.find('\0')) + "\\0...", EINVAL);
  }
  Descriptor const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number() < 0) {
    return failure("cannot open", path, errno);
  }
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) {
    return failure("cannot examine", path, errno);
  }
  if (S_ISDIR(status.st_mode)) {
    return failure("cannot read", path, EISDIR);
  }
  MappedFile result;
  if (S_ISREG(status.st_mode) && status.st_size > 0) {
    void* const mapping =
        ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, file.number(), 0);
    if (mapping != MAP_FAILED) {
      result.mapping_ = mapping;
      result.mapped_bytes_ = static_cast<std::size_t>(status.st_size);
      return result;
    }
  }
  for (;;) {
    constexpr std::size_t chunk = 1u << 16;
    std::size_t const have = result.read_.size();
    result.read_.resize(have + chunk);
    ssize_t const got = ::read(file.number(), result.read_.data() + have, chunk);
    result.read_.resize(have + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got == 0) {
      return result;
    }
    if (got < 0 && errno != EINTR) {
      return failure("cannot read", path, errno);
    }
  }
}

MappedFile::~MappedFile() {
  if (mapping_ != nullptr) {
    ::munmap(mapping_, mapped_bytes_);
  }
}

void MappedFile::drop_pages() const noexcept {
  if (mapping_ != nullptr) {
    ::madvise(mapping_, mapped_bytes_, MADV_DONTNEED);
  }
}

} // namespace weir::platform
