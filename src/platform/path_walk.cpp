#include "platform/path_walk.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace weir::platform {

namespace {

class Walk {
 public:
  explicit Walk(int directory) noexcept : base_(directory) {}

  SystemResult<PathPlace> run(std::string_view path, bool follow) {
    push_components(path);
    slash_ = path.ends_with('/');
    while (!pending_.empty()) {
      std::string const component = std::move(pending_.back());
      pending_.pop_back();
      bool const last = pending_.empty();
      if (component == ".") {
        continue;
      }
      if (component == "..") {
        if (auto const left = leave(); !left.has_value()) {
          return std::unexpected(left.error());
        }
        continue;
      }
      if (!last) {
        if (auto const entered = enter(component); !entered.has_value()) {
          return std::unexpected(entered.error());
        }
        continue;
      }
      if (follow) {
        auto const expanded = expand_link(component);
        if (!expanded.has_value()) {
          return std::unexpected(expanded.error());
        }
        if (*expanded) {
          continue;
        }
      }
      return place(component);
    }
    return place(".");
  }

 private:
  int current() const noexcept { return entered_.empty() ? base_ : entered_.back().get(); }

  PathPlace place(std::string name) {
    PathPlace result;
    result.directory = current();
    result.name = std::move(name);
    result.slash = slash_;
    if (!entered_.empty()) {
      result.opened = std::move(entered_.back());
    }
    return result;
  }

  // The next component is at the end.
  void push_components(std::string_view path) {
    std::size_t end = path.size();
    while (end > 0) {
      auto const slash = path.rfind('/', end - 1);
      std::size_t const begin = slash == std::string_view::npos ? 0 : slash + 1;
      if (begin < end) {
        pending_.emplace_back(path.substr(begin, end - begin));
      }
      end = slash == std::string_view::npos ? 0 : slash;
    }
  }

  SystemResult<void> leave() noexcept {
    if (entered_.empty()) {
      return std::unexpected(outside_sandbox);
    }
    entered_.pop_back();
    // The base does not stand for a directory that was let go of.
    return entered_.empty() && has_forgotten_ ? SystemResult<void>{std::unexpected(ENAMETOOLONG)}
                                              : SystemResult<void>{};
  }

  SystemResult<void> enter(std::string const& component) {
    FileDescriptor opened{::openat(current(), component.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (opened) {
      if (entered_.size() == max_held) {
        entered_.pop_front();
        has_forgotten_ = true;
      }
      entered_.push_back(std::move(opened));
      return {};
    }
    int const reason = errno;
    if (reason != ENOTDIR && reason != ELOOP) {
      return std::unexpected(reason);
    }
    auto const expanded = expand_link(component);
    if (!expanded.has_value()) {
      return std::unexpected(expanded.error());
    }
    if (!*expanded) {
      return std::unexpected(ENOTDIR);
    }
    return {};
  }

  // Puts a link's target in its place. False: it is no link (or not there).
  SystemResult<bool> expand_link(std::string const& component) {
    std::array<char, PATH_MAX> target;
    auto const length = ::readlinkat(current(), component.c_str(), target.data(), target.size());
    if (length < 0) {
      return false;
    }
    if (++links_ > max_links) {
      return std::unexpected(ELOOP);
    }
    std::string_view const text{target.data(), static_cast<std::size_t>(length)};
    if (text.empty()) {
      return std::unexpected(ENOENT);
    }
    if (text.size() == target.size()) {
      return std::unexpected(ENAMETOOLONG);
    }
    if (text.front() == '/') {
      return std::unexpected(outside_sandbox);
    }
    if (pending_.empty() && text.ends_with('/')) {
      slash_ = true;
    }
    push_components(text);
    return true;
  }

  int base_;
  std::deque<FileDescriptor> entered_; // below the base, so that `..` never asks the file system; the last ones
  bool has_forgotten_ = false;         // entered_ has lost its first ones
  std::vector<std::string> pending_;
  unsigned links_ = 0;
  bool slash_ = false;
};

} // namespace

SystemResult<void> check_path(std::string_view path) noexcept {
  if (path.empty()) {
    return std::unexpected(ENOENT);
  }
  if (path.size() >= PATH_MAX) {
    return std::unexpected(ENAMETOOLONG);
  }
  if (path.find('\0') != std::string_view::npos) {
    return std::unexpected(EINVAL);
  }
  if (path.front() == '/') {
    return std::unexpected(outside_sandbox);
  }
  return {};
}

SystemResult<PathPlace> walk_to_place(int directory, std::string_view path, bool follow) {
  if (auto const good = check_path(path); !good.has_value()) {
    return std::unexpected(good.error());
  }
  return Walk{directory}.run(path, follow);
}

} // namespace weir::platform
