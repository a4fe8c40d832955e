// What a FileSystem answers where the embedder's does not.
#include <weir/wasi.hpp>

namespace weir::wasi {

FileSystem::~FileSystem() = default;

void FileSystem::retain(Node) {}
void FileSystem::release(Node) {}

Answer<std::size_t> FileSystem::write(Node, std::uint64_t, std::span<std::byte const>) {
  return std::unexpected(Errno::notsup);
}
Answer<void> FileSystem::resize(Node, std::uint64_t) { return std::unexpected(Errno::notsup); }
Answer<FileSystem::Node> FileSystem::create(Node, std::string_view, FileType) { return std::unexpected(Errno::notsup); }
Answer<void> FileSystem::symlink(Node, std::string_view, std::string_view) { return std::unexpected(Errno::notsup); }
Answer<std::string> FileSystem::read_link(Node) { return std::unexpected(Errno::notsup); }
Answer<void> FileSystem::link(Node, std::string_view, Node) { return std::unexpected(Errno::notsup); }
Answer<void> FileSystem::remove(Node, std::string_view, bool) { return std::unexpected(Errno::notsup); }
Answer<void> FileSystem::rename(Node, std::string_view, Node, std::string_view) {
  return std::unexpected(Errno::notsup);
}
Answer<void> FileSystem::set_times(Node, std::optional<std::uint64_t>, std::optional<std::uint64_t>) {
  return std::unexpected(Errno::notsup);
}
Answer<void> FileSystem::sync(Node) { return {}; }

} // namespace weir::wasi
