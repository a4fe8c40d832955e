// Files as read-only memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weir::platform {

// Why a file could not be had, in the system's words: "cannot open guest.wasm: No such file or directory".
struct FileError {
  std::string message;
};

// A file's contents. A regular file is mapped: it costs no memory of its own, and must not be truncated while this
// object lives. What cannot be mapped (a pipe, a terminal) is read.
class MappedFile {
 public:
  static std::expected<MappedFile, FileError> open(std::string const& path);

  MappedFile(MappedFile&& other) noexcept
      : mapping_(std::exchange(other.mapping_, nullptr)),
        mapped_bytes_(std::exchange(other.mapped_bytes_, 0)),
        read_(std::move(other.read_)) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(mapping_, other.mapping_);
    std::swap(mapped_bytes_, other.mapped_bytes_);
    std::swap(read_, other.read_);
    return *this;
  }
  ~MappedFile();

  std::span<std::uint8_t const> view() const noexcept {
    return mapping_ != nullptr ? std::span{static_cast<std::uint8_t const*>(mapping_), mapped_bytes_}
                               : std::span<std::uint8_t const>{read_};
  }

  // Gives a mapped file's memory back to the system; what is read later is fetched again.
  void drop_pages() const noexcept;

 private:
  MappedFile() noexcept = default;
  void* mapping_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  std::vector<std::uint8_t> read_;
};

} // namespace weir::platform
