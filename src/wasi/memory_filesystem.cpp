#include <algorithm>
#include <cstring>
#include <ctime>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include <weir/wasi.hpp>

#include "wasi/host_stat.hpp"

namespace weir::wasi {

namespace {

using Node = FileSystem::Node;

constexpr Node root_node = 1;
constexpr std::uint64_t object_bytes = 200; // what an object costs beside its contents

struct Object {
  FileStat stat;
  std::string contents;                             // of a file; the target of a link
  std::map<std::string, Node, std::less<>> entries; // of a directory
  std::uint64_t holders = 0;                        // retain() without release()
};

} // namespace

struct MemoryFileSystem::Data {
  std::uint64_t max_bytes;
  std::shared_ptr<Clock> clock;
  std::unordered_map<Node, Object> objects;
  Node next_node = root_node;
  std::uint64_t used = 0;

  std::uint64_t now() const {
    if (clock != nullptr) {
      return clock->now(ClockId::realtime).value_or(0);
    }
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return nanoseconds_of(time);
  }

  Answer<Object*> find(Node node) {
    auto const found = objects.find(node);
    return found != objects.end() ? Answer<Object*>{&found->second} : std::unexpected(Errno::stale);
  }
  Answer<Object*> find(Node node, FileType type) {
    auto const found = find(node);
    if (found.has_value() && (*found)->stat.type != type) {
      return std::unexpected(type == FileType::directory                  ? Errno::notdir
                             : (*found)->stat.type == FileType::directory ? Errno::isdir
                                                                          : Errno::inval);
    }
    return found;
  }

  bool has_room(std::uint64_t bytes) const noexcept { return bytes <= max_bytes - std::min(used, max_bytes); }

  // Changes a file's size, within the bounds.
  Answer<void> set_size(Object& file, std::uint64_t size) {
    std::uint64_t const before = file.contents.size();
    if (size > before && !has_room(size - before)) {
      return std::unexpected(Errno::nospc);
    }
    file.contents.resize(static_cast<std::size_t>(size));
    used = used - before + size;
    file.stat.size = size;
    return {};
  }

  // A new object under a free name. Sizes are checked before anything is made.
  Answer<Node> add(Node directory, std::string_view name, FileType type, std::string_view contents) {
    auto const parent = find(directory, FileType::directory);
    if (!parent.has_value()) {
      return std::unexpected(parent.error());
    }
    if ((*parent)->entries.contains(name)) {
      return std::unexpected(Errno::exist);
    }
    std::uint64_t const cost = object_bytes + name.size() + contents.size();
    if (!has_room(cost)) {
      return std::unexpected(Errno::nospc);
    }
    Node const node = ++next_node;
    (*parent)->entries.emplace(name, node);
    touch(**parent);
    if (type == FileType::directory) {
      ++(*parent)->stat.links;
    }
    make(node, type, contents);
    used += cost;
    return node;
  }

  void make(Node node, FileType type, std::string_view contents) {
    auto& object = objects[node];
    object.stat.inode = node;
    object.stat.type = type;
    object.stat.links = type == FileType::directory ? 2 : 1;
    object.stat.size = contents.size();
    object.stat.accessed = object.stat.modified = object.stat.changed = now();
    object.contents = contents;
  }

  void touch(Object& object) const { object.stat.modified = object.stat.changed = now(); }

  // Takes a name away; the object goes with its last name and its last holder.
  void unlink(Object& parent, std::string_view name) {
    auto const entry = parent.entries.find(name);
    Node const node = entry->second;
    used -= name.size();
    parent.entries.erase(entry);
    touch(parent);
    auto& object = objects[node];
    if (object.stat.type == FileType::directory) {
      object.stat.links = 0;
      --parent.stat.links;
    } else {
      --object.stat.links;
    }
    object.stat.changed = parent.stat.changed;
    drop_if_unused(node, object);
  }

  void drop_if_unused(Node node, Object const& object) {
    if (object.stat.links == 0 && object.holders == 0) {
      used -= object_bytes + object.contents.size();
      objects.erase(node);
    }
  }
};

MemoryFileSystem::MemoryFileSystem(std::uint64_t max_bytes, std::shared_ptr<Clock> clock)
    : data_(std::make_unique<Data>()) {
  data_->max_bytes = max_bytes;
  data_->clock = std::move(clock);
  data_->make(root_node, FileType::directory, {});
  data_->used = object_bytes;
}

MemoryFileSystem::~MemoryFileSystem() = default;

std::uint64_t MemoryFileSystem::bytes_used() const noexcept { return data_->used; }

Node MemoryFileSystem::root() { return root_node; }

Answer<FileStat> MemoryFileSystem::stat(Node node) {
  auto const found = data_->find(node);
  return found.has_value() ? Answer<FileStat>{(*found)->stat} : std::unexpected(found.error());
}

Answer<Node> MemoryFileSystem::lookup(Node directory, std::string_view name) {
  auto const parent = data_->find(directory, FileType::directory);
  if (!parent.has_value()) {
    return std::unexpected(parent.error());
  }
  auto const entry = (*parent)->entries.find(name);
  return entry != (*parent)->entries.end() ? Answer<Node>{entry->second} : std::unexpected(Errno::noent);
}

Answer<std::vector<FileSystem::Entry>> MemoryFileSystem::list(Node directory) {
  auto const parent = data_->find(directory, FileType::directory);
  if (!parent.has_value()) {
    return std::unexpected(parent.error());
  }
  std::vector<Entry> entries;
  entries.reserve((*parent)->entries.size());
  for (auto const& [name, node] : (*parent)->entries) {
    entries.push_back({name, node, data_->objects[node].stat.type});
  }
  return entries;
}

Answer<std::size_t> MemoryFileSystem::read(Node file, std::uint64_t offset, std::span<std::byte> out) {
  auto const found = data_->find(file, FileType::regular_file);
  if (!found.has_value()) {
    return std::unexpected(found.error());
  }
  auto const& contents = (*found)->contents;
  if (offset >= contents.size()) {
    return std::size_t{0};
  }
  auto const part = std::min(out.size(), contents.size() - static_cast<std::size_t>(offset));
  if (part != 0) {
    std::memcpy(out.data(), contents.data() + offset, part);
  }
  return part;
}

void MemoryFileSystem::retain(Node node) {
  if (auto const found = data_->find(node); found.has_value()) {
    ++(*found)->holders;
  }
}

void MemoryFileSystem::release(Node node) {
  if (auto const found = data_->find(node); found.has_value()) {
    --(*found)->holders;
    data_->drop_if_unused(node, **found);
  }
}

Answer<std::size_t> MemoryFileSystem::write(Node file, std::uint64_t offset, std::span<std::byte const> bytes) {
  auto const found = data_->find(file, FileType::regular_file);
  if (!found.has_value()) {
    return std::unexpected(found.error());
  }
  auto& object = **found;
  if (bytes.empty()) {
    return std::size_t{0};
  }
  if (offset + bytes.size() > object.contents.size()) {
    if (auto const grown = data_->set_size(object, offset + bytes.size()); !grown.has_value()) {
      return std::unexpected(grown.error());
    }
  }
  std::memcpy(object.contents.data() + offset, bytes.data(), bytes.size());
  data_->touch(object);
  return bytes.size();
}

Answer<void> MemoryFileSystem::resize(Node file, std::uint64_t size) {
  auto const found = data_->find(file, FileType::regular_file);
  if (!found.has_value()) {
    return std::unexpected(found.error());
  }
  if (auto const done = data_->set_size(**found, size); !done.has_value()) {
    return done;
  }
  data_->touch(**found);
  return {};
}

Answer<Node> MemoryFileSystem::create(Node directory, std::string_view name, FileType type) {
  return data_->add(directory, name, type, {});
}

Answer<void> MemoryFileSystem::symlink(Node directory, std::string_view name, std::string_view target) {
  auto const made = data_->add(directory, name, FileType::symbolic_link, target);
  return made.has_value() ? Answer<void>{} : std::unexpected(made.error());
}

Answer<std::string> MemoryFileSystem::read_link(Node link) {
  auto const found = data_->find(link, FileType::symbolic_link);
  return found.has_value() ? Answer<std::string>{(*found)->contents} : std::unexpected(found.error());
}

Answer<void> MemoryFileSystem::link(Node directory, std::string_view name, Node existing) {
  auto const parent = data_->find(directory, FileType::directory);
  auto const object = data_->find(existing);
  if (!parent.has_value() || !object.has_value()) {
    return std::unexpected(!parent.has_value() ? parent.error() : object.error());
  }
  if ((*object)->stat.type == FileType::directory) {
    return std::unexpected(Errno::perm);
  }
  if ((*parent)->entries.contains(name)) {
    return std::unexpected(Errno::exist);
  }
  if (!data_->has_room(name.size())) {
    return std::unexpected(Errno::nospc);
  }
  (*parent)->entries.emplace(name, existing);
  data_->used += name.size();
  data_->touch(**parent);
  ++(*object)->stat.links;
  (*object)->stat.changed = (*parent)->stat.changed;
  return {};
}

Answer<void> MemoryFileSystem::remove(Node directory, std::string_view name, bool remove_directory) {
  auto const parent = data_->find(directory, FileType::directory);
  if (!parent.has_value()) {
    return std::unexpected(parent.error());
  }
  auto const entry = (*parent)->entries.find(name);
  if (entry == (*parent)->entries.end()) {
    return std::unexpected(Errno::noent);
  }
  auto const& object = data_->objects[entry->second];
  if (remove_directory != (object.stat.type == FileType::directory)) {
    return std::unexpected(remove_directory ? Errno::notdir : Errno::isdir);
  }
  if (!object.entries.empty()) {
    return std::unexpected(Errno::notempty);
  }
  data_->unlink(**parent, name);
  return {};
}

Answer<void> MemoryFileSystem::rename(Node from, std::string_view name, Node to, std::string_view new_name) {
  auto const source = data_->find(from, FileType::directory);
  auto const target = data_->find(to, FileType::directory);
  if (!source.has_value() || !target.has_value()) {
    return std::unexpected(!source.has_value() ? source.error() : target.error());
  }
  auto const entry = (*source)->entries.find(name);
  if (entry == (*source)->entries.end()) {
    return std::unexpected(Errno::noent);
  }
  Node const node = entry->second;
  bool const is_directory = data_->objects[node].stat.type == FileType::directory;
  if (auto const old = (*target)->entries.find(new_name); old != (*target)->entries.end()) {
    if (old->second == node) {
      return {};
    }
    auto const& replaced = data_->objects[old->second];
    if (is_directory != (replaced.stat.type == FileType::directory)) {
      return std::unexpected(is_directory ? Errno::notdir : Errno::isdir);
    }
    if (!replaced.entries.empty()) {
      return std::unexpected(Errno::notempty);
    }
    data_->unlink(**target, new_name);
  } else if (new_name.size() > name.size() && !data_->has_room(new_name.size() - name.size())) {
    return std::unexpected(Errno::nospc);
  }
  (*target)->entries.emplace(new_name, node);
  data_->used += new_name.size();
  data_->used -= name.size();
  (*source)->entries.erase((*source)->entries.find(name));
  if (is_directory) {
    --(*source)->stat.links;
    ++(*target)->stat.links;
  }
  data_->touch(**source);
  data_->touch(**target);
  return {};
}

Answer<void> MemoryFileSystem::set_times(Node node, std::optional<std::uint64_t> accessed,
                                         std::optional<std::uint64_t> modified) {
  auto const found = data_->find(node);
  if (!found.has_value()) {
    return std::unexpected(found.error());
  }
  auto& stat = (*found)->stat;
  stat.accessed = accessed.value_or(stat.accessed);
  stat.modified = modified.value_or(stat.modified);
  stat.changed = data_->now();
  return {};
}

Answer<void> MemoryFileSystem::sync(Node) { return {}; }

namespace {

// Walks a path of the embedder's; `create` makes the directories that are missing.
Answer<Node> walk(MemoryFileSystem& filesystem, std::string_view path, bool create) {
  Node node = filesystem.root();
  while (!path.empty()) {
    auto const component = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(component.size() + 1, path.size()));
    if (component.empty()) {
      continue;
    }
    auto next = filesystem.lookup(node, component);
    if (!next.has_value() && next.error() == Errno::noent && create) {
      next = filesystem.create(node, component, FileType::directory);
    }
    if (!next.has_value()) {
      return next;
    }
    node = *next;
  }
  return node;
}

} // namespace

Answer<void> MemoryFileSystem::make_directory(std::string_view path) {
  auto const made = walk(*this, path, true);
  return made.has_value() ? Answer<void>{} : std::unexpected(made.error());
}

Answer<void> MemoryFileSystem::write_file(std::string_view path, std::string_view contents) {
  auto const slash = path.rfind('/');
  auto const directory = walk(*this, path.substr(0, slash == std::string_view::npos ? 0 : slash), true);
  if (!directory.has_value()) {
    return std::unexpected(directory.error());
  }
  auto const name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  if (name.empty()) {
    return std::unexpected(Errno::isdir);
  }
  auto file = lookup(*directory, name);
  if (!file.has_value()) {
    file = create(*directory, name, FileType::regular_file);
  }
  if (!file.has_value()) {
    return std::unexpected(file.error());
  }
  if (auto const cut = resize(*file, 0); !cut.has_value()) {
    return cut;
  }
  auto const written = write(*file, 0, std::as_bytes(std::span{contents}));
  return written.has_value() ? Answer<void>{} : std::unexpected(written.error());
}

Answer<std::string> MemoryFileSystem::read_file(std::string_view path) {
  auto const file = walk(*this, path, false);
  if (!file.has_value()) {
    return std::unexpected(file.error());
  }
  auto const found = data_->find(*file, FileType::regular_file);
  return found.has_value() ? Answer<std::string>{(*found)->contents} : std::unexpected(found.error());
}

} // namespace weir::wasi
