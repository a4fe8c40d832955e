// Paths in a FileSystem of the embedder's: resolved here, component by component, beneath the directory they start
// from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <weir/wasi.hpp>

namespace weir::wasi {

struct VirtualPlace {
  FileSystem::Node directory = 0;
  std::string name; // one component; "." for the directory itself
  bool slash = false;
  // What stands there, if anything does.
  std::optional<FileSystem::Node> node;
  FileStat stat; // of the node
  // The directories from the start down to `directory`.
  std::vector<FileSystem::Node> above;
};

// `notcapable` for absolute paths and links, and for `..` above the start. `follow`: the last component too.
Answer<VirtualPlace> find_virtual_place(FileSystem& filesystem, FileSystem::Node start, std::string_view path,
                                        bool follow);

// By its text alone, whether a link at `path` with this target leads above the place that `path` starts from.
bool leads_out(std::string_view target, std::string_view path) noexcept;

} // namespace weir::wasi
