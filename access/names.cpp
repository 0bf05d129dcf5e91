#include "access/detail/names.h"

#include <array>

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "core/config.h"
#include "core/error.h"
#include "core/utf8.h"

namespace carrel::access {
namespace {

constexpr std::array<std::string_view, kActionCount> kActionNames = {
    "search", "ask", "read_original", "upload", "manage_collection", "administer", "audit"};

bool is_name_point(char32_t c) {
  if (c == U'.' || c == U'_' || c == U'-' || c == U'@') return true;
  const auto point = static_cast<UChar32>(c);
  if (u_isalnum(point)) return true;
  const auto type = u_charType(point);
  return type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
}

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > detail::kNameBytesMax || !is_valid_utf8(name)) return false;
  for (std::size_t at = 0; at < name.size();)
    if (!is_name_point(next_code_point(name, at))) return false;
  return true;
}

[[noreturn]] void refuse_principal() {
  throw Error(ErrorCode::invalid_argument,
              "a principal is written user:NAME, group:NAME, role:NAME or everyone, where NAME has "
              "1 to 128 bytes of letters, digits, '.', '_', '-' and '@'");
}

PrincipalName named(PrincipalKind kind, std::string_view name) {
  if (!is_name(name)) refuse_principal();
  return {kind, std::string(name)};
}

}  // namespace

std::string_view name_of(Action action) noexcept {
  return kActionNames[static_cast<std::size_t>(action)];
}

std::optional<Action> action_named(std::string_view name) {
  for (std::size_t i = 0; i < kActionNames.size(); ++i)
    if (kActionNames[i] == name) return static_cast<Action>(i);
  return std::nullopt;
}

std::vector<Action> ActionSet::list() const {
  std::vector<Action> out;
  for (int i = 0; i < kActionCount; ++i)
    if (contains(static_cast<Action>(i))) out.push_back(static_cast<Action>(i));
  return out;
}

PrincipalName parse_principal(std::string_view text) {
  const std::string_view trimmed = trim(text);
  if (trimmed == "everyone") return {};
  const std::size_t colon = trimmed.find(':');
  if (colon == std::string_view::npos) refuse_principal();
  const std::string_view name = trimmed.substr(colon + 1);
  for (const auto kind : {PrincipalKind::user, PrincipalKind::group, PrincipalKind::role})
    if (trimmed.substr(0, colon) == detail::word_for(kind)) return named(kind, name);
  refuse_principal();
}

std::string to_string(const PrincipalName& principal) {
  std::string out(detail::word_for(principal.kind));
  if (principal.kind != PrincipalKind::everyone) out += ":" + principal.name;
  return out;
}

namespace detail {

// Folding here keeps accents, unlike the fold of words in core/text.h: two people must never become
// one because their names look alike.
std::string fold_name(std::string_view name) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCCasefoldInstance(status);
  CARREL_ASSERT(U_SUCCESS(status));
  const auto text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(name.data(), static_cast<std::int32_t>(name.size())));
  std::string out;
  nfkc->normalize(text, status).toUTF8String(out);
  CARREL_ASSERT(U_SUCCESS(status));
  return out;
}

PrincipalName principal_of(std::string_view text, PrincipalKind bare) {
  const std::string_view trimmed = trim(text);
  if (trimmed.find(':') != std::string_view::npos) return parse_principal(trimmed);
  return named(bare, trimmed);
}

std::string_view word_for(PrincipalKind kind) noexcept {
  switch (kind) {
    case PrincipalKind::everyone:
      return "everyone";
    case PrincipalKind::user:
      return "user";
    case PrincipalKind::group:
      return "group";
    case PrincipalKind::role:
      return "role";
  }
  return "";
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  const auto nearest = nearest_name(word, candidates);
  return nearest ? "; did you mean '" + *nearest + "'?" : std::string();
}

}  // namespace detail
}  // namespace carrel::access
