# shellcheck shell=bash disable=SC2034 # its variables are for the scripts that source it
# Shared by the scripts: where the project is, and how missing Debian packages get installed.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build

CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$(nproc)}
# Paths relative to the project, so that a fresh clone finds in the compiler cache what another has built.
CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root}
CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
export CMAKE_BUILD_PARALLEL_LEVEL CTEST_PARALLEL_LEVEL CCACHE_BASEDIR CCACHE_NOHASHDIR

# What a build needs; the guests of examples and tests; the checks; the slow legs of scripts/test --full.
packages_build=(cmake ninja-build ccache g++ clang-19 libclang-rt-19-dev libfmt-dev libcli11-dev)
packages_guests=(rustc libstd-rust-dev-wasm32 librust-bincode-dev librust-serde-dev lld-14)
packages_test=(git libgtest-dev googletest nlohmann-json3-dev pkg-config python3 clang-format-19 shellcheck llvm-19 lld-19
    wasi-libc libclang-rt-19-dev-wasm32 libc++-19-dev-wasm32 libc++abi-19-dev-wasm32 zsh fish groff-base)
packages_full=(clang-tidy-19 clang-tools-19 g++-aarch64-linux-gnu qemu-user)

say() { printf '\033[1m== %s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[01]m//g'; fi; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Prints those of the named packages that are not installed.
missing_packages() {
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
        sed -n 's/^installed //p' | sort -u | comm -13 - <(printf '%s\n' "$@" | sort -u)
}

# Installs what is missing, as root or through sudo; without either, names the packages and stops.
# When all is there, it takes no time and no network.
need_packages() {
    command -v dpkg-query >/dev/null || die "this is not a Debian system; install the equivalents of: $*"
    local missing become=()
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
            become=(sudo)
        else
            die "these Debian packages are missing, and neither root nor sudo is at hand to install them:
  apt-get install --no-install-recommends ${missing[*]}"
        fi
    fi
    say "installing ${missing[*]}"
    local apt=("${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
    "${apt[@]}" update || die "apt-get update failed (is the network there?)"
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null ||
        die "apt-get could not install: ${missing[*]}"
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -eq 0 ] || die "still missing after the installation: ${missing[*]}"
}
