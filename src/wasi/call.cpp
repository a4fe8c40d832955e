#include <poll.h>

#include "platform/stream_io.hpp"
#include "wasi/context.hpp"
#include "wasi/utf8.hpp"

namespace weir::wasi {

namespace {

// The caller's exported "memory", by the cache if it is the same caller as before.
Memory const* memory_of(Caller& caller, Context::State& state) {
  auto const instance = caller.instance();
  if (!instance.has_value()) {
    return nullptr;
  }
  if (state.last_caller == *instance) {
    return &state.last_memory;
  }
  auto const memory = caller.get_memory("memory");
  if (!memory.has_value()) {
    return nullptr;
  }
  state.last_caller = *instance;
  state.last_memory = *memory;
  return &state.last_memory;
}

} // namespace

Call::Call(Caller& caller, Context::State& state, Abi abi, char const* who)
    : caller_(caller), state_(state), log_(caller, who), abi_(abi) {
  auto const* const memory = memory_of(caller, state);
  if (memory == nullptr) {
    return;
  }
  if (auto const bytes = memory->unsafe_bytes(caller); bytes.has_value()) {
    log_.set_memory(*memory);
    memory_ = GuestMemory{bytes->data(), bytes->size(), &log_};
  }
}

bool Call::should_stop() {
  if (stopped_.has_value()) {
    return true;
  }
  auto go_on = caller_.check_interrupt();
  if (!go_on.has_value()) {
    stopped_ = std::move(go_on).error();
  }
  return stopped_.has_value();
}

Answer<Descriptor*> Call::descriptor(Fd fd, Rights wanted) const noexcept {
  auto* const found = state_.descriptors.find(fd);
  if (found == nullptr) {
    return std::unexpected(Errno::badf);
  }
  if (!found->has(wanted)) {
    return std::unexpected(Errno::notcapable);
  }
  return found;
}

Answer<Directory*> Call::directory(Fd fd, Rights wanted) const noexcept {
  auto const found = descriptor(fd, 0);
  if (!found.has_value()) {
    return std::unexpected(found.error());
  }
  auto* const directory = (*found)->directory();
  if (directory == nullptr) {
    return std::unexpected(Errno::notdir);
  }
  if (!directory->has(wanted)) {
    return std::unexpected(Errno::notcapable);
  }
  return directory;
}

Answer<Socket*> Call::socket(Fd fd, Rights wanted) const noexcept {
  auto const found = descriptor(fd, 0);
  if (!found.has_value()) {
    return std::unexpected(found.error());
  }
  auto* const socket = (*found)->socket();
  if (socket == nullptr) {
    return std::unexpected(Errno::notsock);
  }
  if (!socket->has(wanted)) {
    return std::unexpected(Errno::notcapable);
  }
  return socket;
}

Answer<std::string_view> Call::path(std::uint32_t address, std::uint32_t length) const noexcept {
  if (!memory_.contains(address, length)) {
    return std::unexpected(Errno::fault);
  }
  auto const text = memory_.text(address, length);
  if (length > max_path_bytes) {
    return std::unexpected(Errno::nametoolong);
  }
  if (!is_utf8(text)) {
    return std::unexpected(Errno::ilseq);
  }
  return text;
}

Errno wait_for(Call& call, int system_descriptor, short events) {
  while (!platform::wait_ready(system_descriptor, events, wait_slice_ms)) {
    if (call.should_stop()) {
      return Errno::intr;
    }
  }
  return Errno::success;
}

} // namespace weir::wasi
