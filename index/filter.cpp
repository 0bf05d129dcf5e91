// The filter language of search: names and values, quoted where they hold spaces.
#include <algorithm>
#include <array>

#include "core/config.h"
#include "core/error.h"
#include "core/text.h"
#include "core/utf8.h"
#include "index/types.h"

namespace carrel::index {
namespace {

constexpr std::size_t kFilterBytesMax = 2048;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::invalid_argument, "filter: " + what);
}

bool is_date(std::string_view text) {
  static constexpr std::string_view kShape = "dddd-dd-dd";
  if (text.size() != 4 && text.size() != 7 && text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != '-') return false;
  }
  return true;
}

std::string date_value(std::string_view name, std::string value) {
  if (!is_date(value))
    refuse(std::string(name) + " takes a date such as 2024, 2024-06 or 2024-06-30");
  return value;
}

void apply(DocumentFilter& filter, std::string_view name, std::string value) {
  if (name == "collection") {
    filter.collections.push_back(std::move(value));
  } else if (name == "type") {
    filter.types.push_back(Analyzer::fold(value));
  } else if (name == "label") {
    filter.labels.push_back(std::move(value));
  } else if (name == "author") {
    filter.author = std::move(value);
  } else if (name == "title") {
    filter.title = std::move(value);
  } else if (name == "uri") {
    filter.uri = std::move(value);
  } else if (name == "after") {
    filter.after = date_value(name, std::move(value));
  } else if (name == "before") {
    filter.before = date_value(name, std::move(value));
  } else {
    const std::vector<std::string> known = {"collection", "type", "label", "author",
                                            "title",      "uri",  "after", "before"};
    const auto nearest = nearest_name(name, known);
    refuse("'" + std::string(name) + "' is not a filter" +
           (nearest ? "; did you mean '" + *nearest + "'?"
                    : "; there are collection, type, label, "
                      "author, title, uri, after, before"));
  }
}

}  // namespace

bool DocumentFilter::is_empty() const {
  return collections.empty() && types.empty() && labels.empty() && author.empty() &&
         title.empty() && uri.empty() && after.empty() && before.empty();
}

DocumentFilter parse_filter(std::string_view expression) {
  if (expression.size() > kFilterBytesMax) refuse("longer than 2048 bytes");
  DocumentFilter filter;
  std::size_t at = 0;
  while (true) {
    at = expression.find_first_not_of(" \t\n", at);
    if (at == std::string_view::npos) return filter;
    const std::size_t colon = expression.find(':', at);
    const std::size_t space = expression.find_first_of(" \t\n", at);
    if (colon == std::string_view::npos || (space != std::string_view::npos && space < colon))
      refuse("write NAME:VALUE, as in type:pdf");
    const std::string_view name = expression.substr(at, colon - at);
    std::string value;
    at = colon + 1;
    if (at < expression.size() && expression[at] == '"') {
      const std::size_t close = expression.find('"', at + 1);
      if (close == std::string_view::npos) refuse("a quote is not closed");
      value = expression.substr(at + 1, close - at - 1);
      at = close + 1;
    } else {
      const std::size_t end = std::min(expression.find_first_of(" \t\n", at), expression.size());
      value = expression.substr(at, end - at);
      at = end;
    }
    if (value.empty()) refuse(std::string(name) + " has no value");
    apply(filter, name, std::move(value));
  }
}

}  // namespace carrel::index
