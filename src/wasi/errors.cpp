#include <array>
#include <cerrno>

#include "platform/sandboxed_path.hpp"
#include "wasi/abi.hpp"

namespace weir::wasi {

namespace {

struct Row {
  int system;
  Errno wasi;
};

constexpr std::array rows{
    Row{0, Errno::success},
    Row{platform::outside_sandbox, Errno::notcapable},
    Row{E2BIG, Errno::toobig},
    Row{EACCES, Errno::acces},
    Row{EAGAIN, Errno::again},
    Row{EBADF, Errno::badf},
    Row{EBUSY, Errno::busy},
    Row{ECONNABORTED, Errno::connaborted},
    Row{ECONNREFUSED, Errno::connrefused},
    Row{ECONNRESET, Errno::connreset},
    Row{EDQUOT, Errno::dquot},
    Row{EEXIST, Errno::exist},
    Row{EFAULT, Errno::fault},
    Row{EFBIG, Errno::fbig},
    Row{EILSEQ, Errno::ilseq},
    Row{EINPROGRESS, Errno::inprogress},
    Row{EINTR, Errno::intr},
    Row{EINVAL, Errno::inval},
    Row{EISCONN, Errno::isconn},
    Row{EISDIR, Errno::isdir},
    Row{ELOOP, Errno::loop},
    Row{EMFILE, Errno::mfile},
    Row{EMLINK, Errno::mlink},
    Row{EMSGSIZE, Errno::msgsize},
    Row{ENAMETOOLONG, Errno::nametoolong},
    Row{ENETDOWN, Errno::netdown},
    Row{ENETRESET, Errno::netreset},
    Row{ENETUNREACH, Errno::netunreach},
    Row{ENFILE, Errno::nfile},
    Row{ENOBUFS, Errno::nobufs},
    Row{ENODEV, Errno::nodev},
    Row{ENOENT, Errno::noent},
    Row{ENOLCK, Errno::nolck},
    Row{ENOMEM, Errno::nomem},
    Row{ENOSPC, Errno::nospc},
    Row{ENOSYS, Errno::nosys},
    Row{ENOTCONN, Errno::notconn},
    Row{ENOTDIR, Errno::notdir},
    Row{ENOTEMPTY, Errno::notempty},
    Row{ENOTSOCK, Errno::notsock},
    Row{EOPNOTSUPP, Errno::notsup},
    Row{ENOTTY, Errno::notty},
    Row{ENXIO, Errno::nxio},
    Row{EOVERFLOW, Errno::overflow},
    Row{EPERM, Errno::perm},
    Row{EPIPE, Errno::pipe},
    Row{ERANGE, Errno::range},
    Row{EROFS, Errno::rofs},
    Row{ESPIPE, Errno::spipe},
    Row{ESTALE, Errno::stale},
    Row{ETIMEDOUT, Errno::timedout},
    Row{ETXTBSY, Errno::txtbsy},
    Row{EXDEV, Errno::xdev},
};

} // namespace

Errno to_errno(int system_error) noexcept {
  for (auto const& row : rows) {
    if (row.system == system_error) {
      return row.wasi;
    }
  }
  return Errno::io;
}

} // namespace weir::wasi
