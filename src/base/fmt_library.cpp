// What of fmt is no template of its caller, compiled once: in every file that formats it would take as long as the rest
// of the file. cmake/options.cmake has fmt's names in a namespace of the library's own, so that a program may link
// another fmt beside it.
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {

template auto dragonbox::to_decimal(float x) noexcept -> dragonbox::decimal_fp<float>;
template auto dragonbox::to_decimal(double x) noexcept -> dragonbox::decimal_fp<double>;
template auto thousands_sep_impl(locale_ref locale) -> thousands_sep_result<char>;
template auto decimal_point_impl(locale_ref locale) -> char;

} // namespace detail
FMT_END_NAMESPACE
