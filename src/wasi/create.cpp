// Makes a guest's state from its Config.
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "platform/alloc_guard.hpp"
#include "wasi/context.hpp"
#include "wasi/host_directory.hpp"
#include "wasi/host_file.hpp"
#include "wasi/host_socket.hpp"
#include "wasi/memory_streams.hpp"
#include "wasi/utf8.hpp"
#include "wasi/virtual_file.hpp"

namespace weir::wasi {

namespace detail {

// Reads a Config.
struct ConfigAccess {
  using Stream = Config::Stream;
  using Preopen = Config::Preopen;

  static Result<std::unique_ptr<Context::State>> make(Config const& config);

 private:
  static Result<void> add_strings(Config const& config, Context::State& state);
  static void add_streams(Config const& config, DescriptorTable& table);
  static Result<void> add_sockets(Config const& config, DescriptorTable& table);
  static Result<void> add_preopen(Preopen const& preopen, PathResolver resolver, DescriptorTable& table);
};

} // namespace detail

namespace {

using detail::ConfigAccess;

Error usage(std::string message) { return {ErrorKind::usage, std::move(message)}; }

bool has_nul(std::string_view text) noexcept { return text.find('\0') != std::string_view::npos; }

std::unique_ptr<Descriptor> inherited(int descriptor, Rights base) {
  return borrow_host_file(descriptor, base | rights::fd_seek | rights::fd_tell | rights::fd_advise);
}

std::unique_ptr<Descriptor> output_stream(ConfigAccess::Stream mode, int descriptor,
                                          std::shared_ptr<Capture> const& capture) {
  auto stream = mode == ConfigAccess::Stream::inherited ? inherited(descriptor, stream_out) : nullptr;
  if (stream == nullptr) { // also when the host has closed its own
    stream = std::make_unique<OutputCapture>(mode == ConfigAccess::Stream::memory ? capture : nullptr);
  }
  return stream;
}

} // namespace

Result<void> detail::ConfigAccess::add_strings(Config const& config, Context::State& state) {
  std::uint64_t bytes = 0;
  for (auto const& each : config.args_) {
    if (has_nul(each)) {
      return std::unexpected(usage(fmt::format("argument {} of the guest contains a NUL", state.args.size())));
    }
    bytes += each.size() + 1;
    state.args.push_back(each + '\0');
  }
  for (auto const& [name, value] : config.env_) {
    if (name.empty() || has_nul(name) || has_nul(value) || name.find('=') != std::string::npos) {
      return std::unexpected(
          usage(fmt::format("\"{}\" cannot be an environment variable: a name is not empty and has "
                            "no \"=\", and neither name nor value has a NUL",
                            name.substr(0, name.find('\0')))));
    }
    bytes += name.size() + value.size() + 2;
    state.environment.push_back(fmt::format("{}={}", name, value) + '\0');
  }
  if (bytes > std::numeric_limits<std::int32_t>::max()) {
    return std::unexpected(usage(fmt::format("arguments and environment of {} bytes do not fit a guest", bytes)));
  }
  return {};
}

void detail::ConfigAccess::add_streams(Config const& config, DescriptorTable& table) {
  auto in = config.stdin_mode_ == Stream::inherited ? inherited(STDIN_FILENO, stream_in) : nullptr;
  if (in == nullptr) {
    in = std::make_unique<InputBytes>(config.stdin_mode_ == Stream::memory ? config.stdin_bytes_ : std::string{});
  }
  (void)table.add(std::move(in));
  (void)table.add(output_stream(config.stdout_mode_, STDOUT_FILENO, config.stdout_capture_));
  (void)table.add(output_stream(config.stderr_mode_, STDERR_FILENO, config.stderr_capture_));
}

Result<void> detail::ConfigAccess::add_sockets(Config const& config, DescriptorTable& table) {
  for (int const each : config.sockets_) {
    auto socket = HostSocket::duplicate(each);
    if (!socket.has_value()) {
      return std::unexpected(
          Error{ErrorKind::io, fmt::format("descriptor {} cannot be a socket of the guest: {}", each,
                                           socket.error() == Errno::notsock ? "it is not a socket"
                                                                            : "it is not open, or cannot be copied")});
    }
    (void)table.add(*std::move(socket));
  }
  return {};
}

Result<void> detail::ConfigAccess::add_preopen(Preopen const& preopen, PathResolver resolver, DescriptorTable& table) {
  if (preopen.guest.empty() || has_nul(preopen.guest) || !is_utf8(preopen.guest)) {
    return std::unexpected(
        usage(fmt::format("the folder {} needs a name in the guest, in UTF-8 and without a NUL", preopen.host)));
  }
  auto const all = preopen.access == Access::read_only ? ~rights::changing : ~Rights{0};
  Rights const base = rights::directory & all;
  Rights const inheriting = (rights::directory | rights::file) & all;
  std::unique_ptr<Descriptor> directory;
  if (preopen.filesystem != nullptr) {
    directory = std::make_unique<VirtualDirectory>(preopen.filesystem, preopen.filesystem->root(), base, inheriting,
                                                   std::uint16_t{0});
  } else {
    if (preopen.host.empty() || has_nul(preopen.host)) {
      return std::unexpected(
          usage(fmt::format("what shall be {} in the guest has no name of the host's, or one with "
                            "a NUL, or no file system",
                            preopen.guest)));
    }
    platform::FileDescriptor opened{::open(preopen.host.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!opened) {
      return std::unexpected(Error{ErrorKind::io, fmt::format("cannot open the folder {} for the guest: {}",
                                                              preopen.host, std::strerror(errno))});
    }
    directory = std::make_unique<HostDirectory>(
        std::move(opened),
        resolver == PathResolver::components ? platform::PathResolver::components : platform::PathResolver::automatic,
        base, inheriting, std::uint16_t{0});
  }
  directory->set_preopen(preopen.guest);
  (void)table.add(std::move(directory));
  return {};
}

Result<std::unique_ptr<Context::State>> detail::ConfigAccess::make(Config const& config) {
  constexpr std::size_t streams = 3;
  auto const needed = streams + config.sockets_.size() + config.preopens_.size();
  if (config.max_descriptors_ < needed) {
    return std::unexpected(
        usage(fmt::format("the guest may have {} descriptors, but its standard streams, sockets and "
                          "folders alone are {}; raise Config::max_descriptors",
                          config.max_descriptors_, needed)));
  }
  auto state = std::make_unique<Context::State>(config.max_descriptors_);
  state->clock = config.clock_;
  state->random = config.random_;
  if (auto good = add_strings(config, *state); !good.has_value()) {
    return std::unexpected(std::move(good).error());
  }
  add_streams(config, state->descriptors);
  if (auto good = add_sockets(config, state->descriptors); !good.has_value()) {
    return std::unexpected(std::move(good).error());
  }
  for (auto const& each : config.preopens_) {
    if (auto good = add_preopen(each, config.resolver_, state->descriptors); !good.has_value()) {
      return std::unexpected(std::move(good).error());
    }
  }
  return state;
}

Context::Context(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

Result<Context> Context::create(Config const& config) {
  return platform::guard_allocation(
      [&]() -> Result<Context> {
        auto state = detail::ConfigAccess::make(config);
        if (!state.has_value()) {
          return std::unexpected(std::move(state).error());
        }
        return Context{*std::move(state)};
      },
      []() -> Result<Context> { return std::unexpected(Error{ErrorKind::out_of_memory, "out of memory"}); });
}

} // namespace weir::wasi
