// access/detail/names.h
//
// How principals are written and compared. A name is stored as it was given and compared by its
// folded form (Unicode NFKC with case folding, UAX #15 and UTS #46's mapping data in ICU), so that
// "Ana", "ANA" and a decomposed accent name one person, while "andre" and "André" stay two.
//
// Any thread.
#pragma once

#include <string>
#include <string_view>

#include "access/access_control.h"

namespace carrel::access::detail {

inline constexpr std::size_t kNameBytesMax = 128;

std::string fold_name(std::string_view name);

// As parse_principal(), but a name without a kind ("ana") is taken for one of kind `bare`.
PrincipalName principal_of(std::string_view text, PrincipalKind bare);

// "user", "group", "role" or "everyone".
std::string_view word_for(PrincipalKind kind) noexcept;

// "; did you mean 'finance'?", or nothing when no candidate is near.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace carrel::access::detail
