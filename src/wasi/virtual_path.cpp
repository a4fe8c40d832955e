#include "wasi/virtual_path.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace weir::wasi {

namespace {

constexpr unsigned max_links = 40;
constexpr std::size_t max_name_bytes = 255;

// The next component is at the end.
void push_components(std::vector<std::string>& pending, std::string_view path) {
  auto const first = static_cast<std::ptrdiff_t>(pending.size());
  while (!path.empty()) {
    auto const component = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(component.size() + 1, path.size()));
    if (!component.empty()) {
      pending.emplace_back(component);
    }
  }
  std::reverse(pending.begin() + first, pending.end());
}

Answer<void> check_path(std::string_view path) noexcept {
  if (path.empty()) {
    return std::unexpected(Errno::noent);
  }
  if (path.find('\0') != std::string_view::npos) {
    return std::unexpected(Errno::inval);
  }
  if (path.front() == '/') {
    return std::unexpected(Errno::notcapable);
  }
  return {};
}

class Walk {
 public:
  Walk(FileSystem& filesystem, FileSystem::Node start, std::string_view path)
      : filesystem_(filesystem), entered_{start}, slash_(path.ends_with('/')) {
    push_components(pending_, path);
  }

  Answer<VirtualPlace> run(bool follow) {
    while (!pending_.empty()) {
      std::string const component = std::move(pending_.back());
      pending_.pop_back();
      if (component == ".") {
        continue;
      }
      if (component == "..") {
        if (entered_.size() == 1) {
          return std::unexpected(Errno::notcapable);
        }
        entered_.pop_back();
        continue;
      }
      if (component.size() > max_name_bytes) {
        return std::unexpected(Errno::nametoolong);
      }
      bool const last = pending_.empty();
      auto const found = look_up(component);
      if (!found.has_value()) {
        return last && found.error() == Errno::noent ? place(component, nullptr)
                                                     : Answer<VirtualPlace>{std::unexpected(found.error())};
      }
      if (found->stat.type == FileType::symbolic_link && (follow || !last)) {
        if (auto const expanded = expand(found->node); !expanded.has_value()) {
          return std::unexpected(expanded.error());
        }
        continue;
      }
      if (last) {
        return place(component, &*found);
      }
      if (found->stat.type != FileType::directory) {
        return std::unexpected(Errno::notdir);
      }
      entered_.push_back(found->node);
    }
    auto const self = filesystem_.stat(entered_.back());
    if (!self.has_value()) {
      return std::unexpected(self.error());
    }
    Found const found{entered_.back(), *self};
    return place(".", &found);
  }

 private:
  struct Found {
    FileSystem::Node node;
    FileStat stat;
  };

  Answer<Found> look_up(std::string const& name) {
    auto const node = filesystem_.lookup(entered_.back(), name);
    if (!node.has_value()) {
      return std::unexpected(node.error());
    }
    auto const stat = filesystem_.stat(*node);
    if (!stat.has_value()) {
      return std::unexpected(stat.error());
    }
    return Found{*node, *stat};
  }

  Answer<void> expand(FileSystem::Node link) {
    if (++links_ > max_links) {
      return std::unexpected(Errno::loop);
    }
    auto const target = filesystem_.read_link(link);
    if (!target.has_value()) {
      return std::unexpected(target.error());
    }
    if (auto const good = check_path(*target); !good.has_value()) {
      return good;
    }
    slash_ = slash_ || (pending_.empty() && target->ends_with('/'));
    push_components(pending_, *target);
    return {};
  }

  Answer<VirtualPlace> place(std::string name, Found const* found) {
    VirtualPlace result;
    result.directory = entered_.back();
    result.name = std::move(name);
    result.slash = slash_;
    if (found != nullptr) {
      result.node = found->node;
      result.stat = found->stat;
    }
    result.above = std::move(entered_);
    return result;
  }

  FileSystem& filesystem_;
  std::vector<FileSystem::Node> entered_;
  std::vector<std::string> pending_;
  unsigned links_ = 0;
  bool slash_;
};

} // namespace

Answer<VirtualPlace> find_virtual_place(FileSystem& filesystem, FileSystem::Node start, std::string_view path,
                                        bool follow) {
  if (auto const good = check_path(path); !good.has_value()) {
    return std::unexpected(good.error());
  }
  return Walk{filesystem, start, path}.run(follow);
}

bool leads_out(std::string_view target, std::string_view path) noexcept {
  std::int64_t depth = 0;
  auto const stays_inside = [&](std::string_view text) {
    while (!text.empty()) {
      auto const component = text.substr(0, text.find('/'));
      text.remove_prefix(std::min(component.size() + 1, text.size()));
      if (component == ".." && --depth < 0) {
        return false;
      }
      if (!component.empty() && component != "." && component != "..") {
        ++depth;
      }
    }
    return true;
  };
  auto const named = path.substr(0, path.find_last_not_of('/') + 1);
  return !stays_inside(named.substr(0, named.rfind('/') + 1)) || !stays_inside(target);
}

} // namespace weir::wasi
