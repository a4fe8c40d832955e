// Folders of the host. All paths go through platform/sandboxed_path.hpp.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "platform/file_descriptor.hpp"
#include "platform/sandboxed_path.hpp"
#include "wasi/descriptor.hpp"

namespace weir::wasi {

class HostDirectory final : public Directory {
 public:
  HostDirectory(platform::FileDescriptor opened, platform::PathResolver resolver, Rights base, Rights inheriting,
                std::uint16_t flags) noexcept
      : Directory(FileType::directory, base & rights::directory, inheriting),
        opened_(std::move(opened)),
        resolver_(resolver),
        flags_(flags) {}

  void const* family() const noexcept override;
  Answer<std::unique_ptr<Descriptor>> open(OpenRequest const& request) override;
  Answer<FileStat> stat_at(std::string_view path, bool follow) override;
  Answer<void> set_times_at(std::string_view path, bool follow, TimeChanges const& times) override;
  Answer<void> make_directory(std::string_view path) override;
  Answer<void> remove(std::string_view path, bool directory) override;
  Answer<std::string> read_link(std::string_view path) override;
  Answer<void> symlink(std::string_view target, std::string_view path) override;
  Answer<void> rename(std::string_view path, Directory& to, std::string_view new_path) override;
  Answer<void> link(std::string_view path, bool follow, Directory& to, std::string_view new_path) override;
  Answer<std::optional<DirectoryEntry>> entry_at(std::uint64_t cookie) override;

  Answer<FileStat> stat() override;
  std::uint16_t flags() const noexcept override { return flags_; }
  Answer<void> set_flags(std::uint16_t flags) override;
  Answer<void> sync(bool data_only) override;
  Answer<void> set_times(TimeChanges const& times) override;

 private:
  platform::Sandbox sandbox() const noexcept { return {opened_.get(), resolver_}; }

  platform::FileDescriptor opened_;
  platform::PathResolver resolver_;
  std::uint16_t flags_;

  // Entries as the system gave them last; the one at read_ stands behind cookie next_cookie_.
  std::vector<std::byte> listed_;
  std::size_t listed_bytes_ = 0;
  std::size_t read_ = 0;
  std::uint64_t next_cookie_ = 0;
  bool has_listed_ = false;
  // Where the entry that was given last began, for guests whose buffer cut it off.
  std::size_t last_ = 0;
  std::uint64_t last_cookie_ = 0;
};

} // namespace weir::wasi
