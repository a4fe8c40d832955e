// Open files and directories of a FileSystem of the embedder's.
#pragma once

#include <memory>
#include <vector>

#include "wasi/descriptor.hpp"

namespace weir::wasi {

// Keeps a node in use.
class HeldNode {
 public:
  HeldNode(std::shared_ptr<FileSystem> filesystem, FileSystem::Node node)
      : filesystem_(std::move(filesystem)), node_(node) {
    filesystem_->retain(node_);
  }
  HeldNode(HeldNode const&) = delete;
  HeldNode& operator=(HeldNode const&) = delete;
  ~HeldNode() { filesystem_->release(node_); }

  FileSystem& filesystem() const noexcept { return *filesystem_; }
  std::shared_ptr<FileSystem> const& shared() const noexcept { return filesystem_; }
  FileSystem::Node node() const noexcept { return node_; }

  Answer<void> set_times(TimeChanges const& times) const;

 private:
  std::shared_ptr<FileSystem> filesystem_;
  FileSystem::Node node_;
};

Answer<void> set_node_times(FileSystem& filesystem, FileSystem::Node node, TimeChanges const& times);

class VirtualFile final : public Descriptor {
 public:
  VirtualFile(std::shared_ptr<FileSystem> filesystem, FileSystem::Node node, FileType type, Rights base,
              Rights inheriting, std::uint16_t flags)
      : Descriptor(type, base & rights::file, inheriting), held_(std::move(filesystem), node), flags_(flags) {}

  Answer<std::uint64_t> read(Call& call, Buffers buffers) override;
  Answer<std::uint64_t> write(Call& call, Buffers buffers) override;
  Answer<std::uint64_t> read_at(Buffers buffers, std::uint64_t offset) override;
  Answer<std::uint64_t> write_at(Buffers buffers, std::uint64_t offset) override;
  Answer<std::uint64_t> seek(std::int64_t offset, Whence whence) override;
  Answer<FileStat> stat() override { return held_.filesystem().stat(held_.node()); }
  std::uint16_t flags() const noexcept override { return flags_; }
  Answer<void> set_flags(std::uint16_t flags) override;
  Answer<void> resize(std::uint64_t size) override;
  Answer<void> allocate(std::uint64_t offset, std::uint64_t length) override;
  Answer<void> sync(bool data_only) override;
  Answer<void> set_times(TimeChanges const& times) override { return held_.set_times(times); }
  std::uint64_t readable_bytes() override;

 private:
  HeldNode held_;
  std::uint16_t flags_;
  std::uint64_t position_ = 0;
};

class VirtualDirectory final : public Directory {
 public:
  VirtualDirectory(std::shared_ptr<FileSystem> filesystem, FileSystem::Node node, Rights base, Rights inheriting,
                   std::uint16_t flags)
      : Directory(FileType::directory, base & rights::directory, inheriting),
        held_(std::move(filesystem), node),
        flags_(flags) {}

  void const* family() const noexcept override { return &held_.filesystem(); }
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

  Answer<FileStat> stat() override { return held_.filesystem().stat(held_.node()); }
  std::uint16_t flags() const noexcept override { return flags_; }
  Answer<void> set_flags(std::uint16_t flags) override {
    flags_ = flags; // they say nothing for directories
    return {};
  }
  Answer<void> sync(bool) override { return held_.filesystem().sync(held_.node()); }
  Answer<void> set_times(TimeChanges const& times) override { return held_.set_times(times); }

 private:
  HeldNode held_;
  std::uint16_t flags_;
  std::vector<FileSystem::Entry> listed_; // as of cookie 0
  bool has_listed_ = false;
};

} // namespace weir::wasi
