#include <algorithm>

#include "wasi/virtual_file.hpp"
#include "wasi/virtual_path.hpp"

namespace weir::wasi {

namespace {

// What stands at the place: `noent` if nothing does, `notdir` if a slash behind the name promised a directory.
Answer<FileSystem::Node> existing(VirtualPlace const& place) noexcept {
  if (!place.node.has_value()) {
    return std::unexpected(Errno::noent);
  }
  if (place.slash && place.stat.type != FileType::directory) {
    return std::unexpected(Errno::notdir);
  }
  return *place.node;
}

// Whether something new can get the name.
Answer<void> free_name(VirtualPlace const& place, bool for_directory) noexcept {
  if (place.node.has_value()) {
    return std::unexpected(Errno::exist);
  }
  if (place.slash && !for_directory) {
    return std::unexpected(Errno::noent);
  }
  return {};
}

VirtualDirectory& as_virtual(Directory& directory) noexcept { return static_cast<VirtualDirectory&>(directory); }

} // namespace

Answer<std::unique_ptr<Descriptor>> VirtualDirectory::open(OpenRequest const& request) {
  auto& filesystem = held_.filesystem();
  bool const create = (request.oflags & oflags::creat) != 0;
  bool const exclusive = create && (request.oflags & oflags::excl) != 0;
  bool const wants_directory = (request.oflags & oflags::directory) != 0;
  if (create && wants_directory) {
    return std::unexpected(Errno::inval);
  }
  auto const place = find_virtual_place(filesystem, held_.node(), request.path,
                                        !exclusive && (request.follow || request.path.ends_with('/')));
  if (!place.has_value()) {
    return std::unexpected(place.error());
  }
  if (exclusive && place->node.has_value()) {
    return std::unexpected(Errno::exist);
  }
  if (create && place->slash) {
    return std::unexpected(Errno::isdir);
  }
  auto node = existing(*place);
  FileType type = place->stat.type;
  if (!node.has_value()) {
    if (!create || node.error() != Errno::noent) {
      return std::unexpected(node.error());
    }
    node = filesystem.create(place->directory, place->name, FileType::regular_file);
    if (!node.has_value()) {
      return std::unexpected(node.error());
    }
    type = FileType::regular_file;
  }
  if (type == FileType::symbolic_link) {
    return std::unexpected(Errno::loop);
  }
  if (type == FileType::directory) {
    if (request.writes() || create || (request.oflags & oflags::trunc) != 0) {
      return std::unexpected(Errno::isdir);
    }
    return std::make_unique<VirtualDirectory>(held_.shared(), *node, request.base, request.inheriting, request.fdflags);
  }
  if (wants_directory) {
    return std::unexpected(Errno::notdir);
  }
  if ((request.oflags & oflags::trunc) != 0) {
    if (auto const cut = filesystem.resize(*node, 0); !cut.has_value()) {
      return std::unexpected(cut.error());
    }
  }
  return std::make_unique<VirtualFile>(held_.shared(), *node, type, request.base, request.inheriting, request.fdflags);
}

Answer<FileStat> VirtualDirectory::stat_at(std::string_view path, bool follow) {
  auto const place = find_virtual_place(held_.filesystem(), held_.node(), path, follow || path.ends_with('/'));
  if (!place.has_value()) {
    return std::unexpected(place.error());
  }
  auto const node = existing(*place);
  return node.has_value() ? Answer<FileStat>{place->stat} : std::unexpected(node.error());
}

Answer<void> VirtualDirectory::set_times_at(std::string_view path, bool follow, TimeChanges const& times) {
  auto const place = find_virtual_place(held_.filesystem(), held_.node(), path, follow);
  if (!place.has_value()) {
    return std::unexpected(place.error());
  }
  auto const node = existing(*place);
  return node.has_value() ? set_node_times(held_.filesystem(), *node, times) : std::unexpected(node.error());
}

Answer<void> VirtualDirectory::make_directory(std::string_view path) {
  auto const place = find_virtual_place(held_.filesystem(), held_.node(), path, false);
  if (!place.has_value()) {
    return std::unexpected(place.error());
  }
  if (auto const good = free_name(*place, true); !good.has_value()) {
    return good;
  }
  auto const made = held_.filesystem().create(place->directory, place->name, FileType::directory);
  return made.has_value() ? Answer<void>{} : std::unexpected(made.error());
}

Answer<void> VirtualDirectory::remove(std::string_view path, bool directory) {
  auto const place = find_virtual_place(held_.filesystem(), held_.node(), path, false);
  if (!place.has_value()) {
    return std::unexpected(place.error());
  }
  auto const node = existing(*place);
  if (!node.has_value()) {
    return std::unexpected(node.error());
  }
  bool const is_directory = place->stat.type == FileType::directory;
  if (directory != is_directory) {
    return std::unexpected(directory ? Errno::notdir : Errno::isdir);
  }
  if (place->name == ".") {
    return std::unexpected(Errno::inval);
  }
  return held_.filesystem().remove(place->directory, place->name, directory);
}

Answer<std::string> VirtualDirectory::read_link(std::string_view path) {
  auto const place = find_virtual_place(held_.filesystem(), held_.node(), path, false);
  if (!place.has_value()) {
    return std::unexpected(place.error());
  }
  auto const node = existing(*place);
  if (!node.has_value()) {
    return std::unexpected(node.error());
  }
  if (place->stat.type != FileType::symbolic_link) {
    return std::unexpected(Errno::inval);
  }
  return held_.filesystem().read_link(*node);
}

Answer<void> VirtualDirectory::symlink(std::string_view target, std::string_view path) {
  if (target.empty()) {
    return std::unexpected(Errno::noent);
  }
  if (target.find('\0') != std::string_view::npos) {
    return std::unexpected(Errno::inval);
  }
  auto const place = find_virtual_place(held_.filesystem(), held_.node(), path, false);
  if (!place.has_value()) {
    return std::unexpected(place.error());
  }
  if (target.front() == '/' || leads_out(target, path)) {
    return std::unexpected(Errno::notcapable);
  }
  if (auto const good = free_name(*place, false); !good.has_value()) {
    return good;
  }
  return held_.filesystem().symlink(place->directory, place->name, target);
}

Answer<void> VirtualDirectory::rename(std::string_view path, Directory& to, std::string_view new_path) {
  auto& filesystem = held_.filesystem();
  auto const source = find_virtual_place(filesystem, held_.node(), path, false);
  if (!source.has_value()) {
    return std::unexpected(source.error());
  }
  auto const target = find_virtual_place(filesystem, as_virtual(to).held_.node(), new_path, false);
  if (!target.has_value()) {
    return std::unexpected(target.error());
  }
  auto const node = existing(*source);
  if (!node.has_value()) {
    return std::unexpected(node.error());
  }
  if (source->name == "." || target->name == ".") {
    return std::unexpected(Errno::busy);
  }
  bool const is_directory = source->stat.type == FileType::directory;
  if (target->slash && !is_directory) {
    return std::unexpected(Errno::notdir);
  }
  if (is_directory && std::ranges::find(target->above, *node) != target->above.end()) {
    return std::unexpected(Errno::inval);
  }
  if (target->node == node) {
    return {};
  }
  if (target->node.has_value() && is_directory != (target->stat.type == FileType::directory)) {
    return std::unexpected(is_directory ? Errno::notdir : Errno::isdir);
  }
  return filesystem.rename(source->directory, source->name, target->directory, target->name);
}

Answer<void> VirtualDirectory::link(std::string_view path, bool follow, Directory& to, std::string_view new_path) {
  auto& filesystem = held_.filesystem();
  auto const source = find_virtual_place(filesystem, held_.node(), path, follow);
  if (!source.has_value()) {
    return std::unexpected(source.error());
  }
  auto const target = find_virtual_place(filesystem, as_virtual(to).held_.node(), new_path, false);
  if (!target.has_value()) {
    return std::unexpected(target.error());
  }
  auto const node = existing(*source);
  if (!node.has_value()) {
    return std::unexpected(node.error());
  }
  if (source->stat.type == FileType::directory) {
    return std::unexpected(Errno::perm);
  }
  if (auto const good = free_name(*target, false); !good.has_value()) {
    return good;
  }
  return filesystem.link(target->directory, target->name, *node);
}

Answer<std::optional<DirectoryEntry>> VirtualDirectory::entry_at(std::uint64_t cookie) {
  auto& filesystem = held_.filesystem();
  if (!has_listed_ || cookie == 0) {
    auto listed = filesystem.list(held_.node());
    if (!listed.has_value()) {
      return std::unexpected(listed.error());
    }
    listed_ = *std::move(listed);
    has_listed_ = true;
  }
  constexpr std::uint64_t dots = 2;
  if (cookie < dots) {
    auto const self = stat();
    if (!self.has_value()) {
      return std::unexpected(self.error());
    }
    return DirectoryEntry{cookie + 1, self->inode, FileType::directory, cookie == 0 ? "." : ".."};
  }
  if (cookie - dots >= listed_.size()) {
    if (cookie - dots > listed_.size()) {
      return std::unexpected(Errno::inval);
    }
    return std::nullopt;
  }
  auto const& entry = listed_[static_cast<std::size_t>(cookie - dots)];
  auto const stat = filesystem.stat(entry.node);
  return DirectoryEntry{cookie + 1, stat.has_value() ? stat->inode : entry.node, entry.type, entry.name};
}

} // namespace weir::wasi
