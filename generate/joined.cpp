#include "generate/joined.h"

namespace carrel::generate {
namespace {

constexpr std::size_t kGapBytesMax = 4;  // white space between two chunks

// The units of each passage, [first, end).
struct Run {
  std::size_t first = 0, end = 0;
};

std::vector<Run> runs_of(std::span<const retrieve::Passage> passages,
                         const std::vector<Unit>& units) {
  std::vector<Run> out(passages.size());
  for (std::size_t i = 0; i < units.size(); ++i) {
    Run& run = out[units[i].passage];
    if (run.end == 0) run.first = i;
    run.end = i + 1;
  }
  return out;
}

bool runs_on(const retrieve::Passage& one, const retrieve::Passage& next) {
  return one.document == next.document && one.section == next.section &&
         next.span.begin > one.span.begin && next.span.end > one.span.end &&
         next.span.begin <= one.span.end + kGapBytesMax;
}

// The first unit of `run` that does not stand in `before` already; kNoUnit: none.
std::size_t first_new(const retrieve::Passage& before, const retrieve::Passage& passage, Run run,
                      const std::vector<Unit>& units) {
  for (std::size_t i = run.first; i < run.end; ++i)
    if (passage.place_of(units[i].span.begin) + 1 >= before.span.end) return i;
  return kNoUnit;
}

void join(std::size_t last, std::size_t first, Run run, std::vector<Unit>& units) {
  units[last].after = first;
  units[first].before = last;
  const std::size_t item = units[last].item == kNoUnit ? last : units[last].item;
  const bool is_cut = units[item].kind == UnitKind::list_item &&
                      units[first].kind == UnitKind::list_item &&
                      units[first].introduced_by == kNoUnit;
  const bool is_announced = units[last].text.ends_with(':') &&
                            units[first].kind == UnitKind::list_item &&
                            units[first].introduced_by == kNoUnit;
  if (!is_cut && !is_announced) return;
  const std::size_t list = is_cut ? units[item].list : units[first].list;
  const std::size_t introduction = is_cut ? units[item].introduced_by : item;
  const std::size_t own = units[first].list;
  for (std::size_t i = first; i < run.end && units[i].list == own; ++i) {
    units[i].list = list;
    if (units[i].item == kNoUnit) units[i].introduced_by = introduction;
  }
}

}  // namespace

void join_units(std::span<const retrieve::Passage> passages, std::vector<Unit>& units) {
  const std::vector<Run> runs = runs_of(passages, units);
  for (std::size_t p = 0; p < passages.size(); ++p)
    for (std::size_t q = 0; q < passages.size(); ++q) {
      if (p == q || runs[p].end == 0 || !runs_on(passages[p], passages[q])) continue;
      const std::size_t first = first_new(passages[p], passages[q], runs[q], units);
      if (first != kNoUnit) join(runs[p].end - 1, first, runs[q], units);
    }
}

}  // namespace carrel::generate
