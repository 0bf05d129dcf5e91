// generate/joined.h
//
// Units of neighbouring chunks made neighbours: a list, steps, a table or a sentence that leans on
// the one before is read on across the border that the chunker drew. What chunks overlap by is
// stepped over.
//
// Any thread; pure functions.
#pragma once

#include <span>
#include <vector>

#include "generate/units.h"

namespace carrel::generate {

// `units` are of `passages`, in whose order and numbers they stand. Where one passage runs on into
// another of its document, the last unit of the one and the first new unit of the other become
// neighbours, and the items of a list that the border cut become one list under its introduction.
void join_units(std::span<const retrieve::Passage> passages, std::vector<Unit>& units);

}  // namespace carrel::generate
