#include <algorithm>
#include <string>
#include <utility>

#include <unistd.h>

#include <weir/wasi.hpp>

namespace weir::wasi {

Config& Config::arg(std::string value) {
  args_.push_back(std::move(value));
  return *this;
}

Config& Config::args(std::vector<std::string> values) {
  std::ranges::move(values, std::back_inserter(args_));
  return *this;
}

Config& Config::env(std::string_view name, std::string_view value) {
  auto const known = std::ranges::find(env_, name, &std::pair<std::string, std::string>::first);
  if (known != env_.end()) {
    known->second = value;
  } else {
    env_.emplace_back(name, value);
  }
  return *this;
}

Config& Config::inherit_env() {
  for (char** each = ::environ; each != nullptr && *each != nullptr; ++each) {
    std::string_view const text{*each};
    auto const equals = text.find('=', 1);
    if (equals != std::string_view::npos) {
      env(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return *this;
}

Config& Config::preopen(std::string host_folder, std::string guest_path, Access access) {
  preopens_.push_back({std::move(host_folder), nullptr, std::move(guest_path), access});
  return *this;
}

Config& Config::mount(std::shared_ptr<FileSystem> filesystem, std::string guest_path, Access access) {
  preopens_.push_back({{}, std::move(filesystem), std::move(guest_path), access});
  return *this;
}

Config& Config::socket(int descriptor) {
  sockets_.push_back(descriptor);
  return *this;
}

Config& Config::inherit_stdin() {
  stdin_mode_ = Stream::inherited;
  return *this;
}

Config& Config::stdin_bytes(std::string bytes) {
  stdin_mode_ = Stream::memory;
  stdin_bytes_ = std::move(bytes);
  return *this;
}

Config& Config::inherit_stdout() {
  stdout_mode_ = Stream::inherited;
  return *this;
}

Config& Config::inherit_stderr() {
  stderr_mode_ = Stream::inherited;
  return *this;
}

Config& Config::capture_stdout(std::shared_ptr<Capture> capture) {
  stdout_mode_ = Stream::memory;
  stdout_capture_ = std::move(capture);
  return *this;
}

Config& Config::capture_stderr(std::shared_ptr<Capture> capture) {
  stderr_mode_ = Stream::memory;
  stderr_capture_ = std::move(capture);
  return *this;
}

Config& Config::clock(std::shared_ptr<Clock> clock) {
  clock_ = std::move(clock);
  return *this;
}

Config& Config::random(Random random) {
  random_ = std::move(random);
  return *this;
}

Config& Config::max_descriptors(std::uint32_t count) {
  max_descriptors_ = count;
  return *this;
}

Config& Config::path_resolver(PathResolver resolver) {
  resolver_ = resolver;
  return *this;
}

} // namespace weir::wasi
