// The resolution of sandboxed paths, one component after the other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "platform/sandboxed_path.hpp"

namespace weir::platform {

// A directory, and one component in it: neither empty nor "..". "." stands for the directory itself.
struct PathPlace {
  FileDescriptor opened; // none when the directory is the sandbox's own
  int directory = -1;
  std::string name;
  bool slash = false; // one or more slashes stood behind the component
};

// Walks to the last component of the path. `follow`: if that is a symbolic link, walks on to where it leads; the place
// then names something that is not a link, or nothing, or (changed meanwhile) a link that must not be followed.
SystemResult<PathPlace> walk_to_place(int directory, std::string_view path, bool follow);

// Whether the path may be resolved at all: not empty, not too long, without a NUL, relative.
SystemResult<void> check_path(std::string_view path) noexcept;

// Symbolic links that one path may lead through.
inline constexpr unsigned max_links = 40;
// Directories on the way that are held open. A path that goes back by more steps is ENAMETOOLONG; a guest's path shall
// not take all the descriptors that the host may have.
inline constexpr std::size_t max_held = 128;

} // namespace weir::platform
