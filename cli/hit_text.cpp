#include "cli/hit_text.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

namespace carrel::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kSnippetCharacters = 240;
constexpr std::size_t kLeadCharacters = 40;  // shown before the first highlight

using Span = std::pair<std::size_t, std::size_t>;  // of code points

// The bytes of each code point, so that spans of code points can be cut out.
std::vector<std::string_view> code_points(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

bool is_control(std::string_view one) {
  const auto first = static_cast<unsigned char>(one.front());
  if (one.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && one.size() == 2 && static_cast<unsigned char>(one[1]) < 0xA0;  // C1
}

std::string cleaned(std::string_view text, bool keeps_lines) {
  std::string out;
  for (const std::string_view one : code_points(text)) {
    if (keeps_lines && one == "\n") {
      out += '\n';
    } else if (is_control(one) || one == " ") {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += one;
    }
  }
  return out;
}

std::vector<Span> spans_of(const json& hit, std::size_t size) {
  std::vector<Span> out;
  for (const json& one : hit.value("highlights", json::array()))
    if (one.is_array() && one.size() == 2 && one[0].is_number_integer() &&
        one[1].is_number_integer()) {
      const Span span{one[0].get<std::size_t>(), one[1].get<std::size_t>()};
      if (span.first < span.second && span.second <= size) out.push_back(span);
    }
  return out;
}

// Where the window with the most highlights begins, at the start of a word.
std::size_t window_start(const std::vector<std::string_view>& text,
                         const std::vector<Span>& spans) {
  std::size_t best = 0, most = 0;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    std::size_t here = 0;
    for (std::size_t j = i;
         j < spans.size() &&
         spans[j].second <= spans[i].first + kSnippetCharacters - kLeadCharacters;
         ++j)
      ++here;
    if (here > most) {
      most = here;
      best = spans[i].first;
    }
  }
  if (best <= kLeadCharacters) return 0;
  std::size_t start = best - kLeadCharacters;
  while (start < best && text[start - 1] != " " && text[start - 1] != "\n") ++start;
  return start;
}

}  // namespace

std::string plain_line(std::string_view text) { return cleaned(text, false); }
std::string plain_text(std::string_view text) { return cleaned(text, true); }

std::string place_of(const json& hit) {
  const std::string title = hit.value("title", std::string());
  std::string section = hit.value("section", std::string());
  std::string place = title;
  if (section.starts_with(title)) {
    section.erase(0, title.size());
    if (section.starts_with(" > ")) section.erase(0, 3);
  }
  if (!section.empty()) place += (place.empty() ? "" : " > ") + section;
  if (hit.contains("page") && hit["page"].is_number())
    place += ", page " + std::to_string(hit["page"].get<int>());
  return plain_line(place);
}

std::string short_uri(const std::string& uri) {
  if (uri.find("://") != std::string::npos) return plain_line(uri);
  const std::filesystem::path path(uri);
  const std::filesystem::path folder = path.parent_path().filename();
  return plain_line((folder / path.filename()).string());
}

std::string snippet(const json& hit, bool terminal) {
  const std::string whole = hit.value("text", std::string());
  const std::vector<std::string_view> text = code_points(whole);
  const std::vector<Span> spans = spans_of(hit, text.size());
  const std::size_t start = window_start(text, spans);
  const std::size_t end = std::min(text.size(), start + kSnippetCharacters);
  const std::string_view opens = terminal ? "\x1b[1m" : "*";
  const std::string_view closes = terminal ? "\x1b[0m" : "*";
  std::string out = start > 0 ? "... " : "";
  for (std::size_t i = start; i < end;) {
    const auto span = std::find_if(spans.begin(), spans.end(),
                                   [&](const Span& s) { return s.first == i && s.second <= end; });
    const std::size_t stop = span != spans.end() ? span->second : i + 1;
    if (span != spans.end()) out += opens;
    for (; i < stop; ++i) {
      if (!is_control(text[i]) && text[i] != " ")
        out += text[i];
      else if (!out.empty() && out.back() != ' ')
        out += ' ';
    }
    if (span != spans.end()) out += closes;
  }
  return out + (end < text.size() ? " ..." : "");
}

}  // namespace carrel::cli
