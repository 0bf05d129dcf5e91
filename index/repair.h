// index/repair.h
//
// Everything that is derived, made anew from the truth.
#pragma once

#include <string>
#include <vector>

#include "core/progress.h"
#include "index/library.h"

namespace carrel::index {

// Makes the keyword index, the rights and counts in memory and the graphs anew, damaged or not;
// removes originals that no document needs and embeddings that cannot be right, which the next
// embedding run makes again. What was done, a sentence each. Errors: unavailable, corrupt (the
// truth itself is damaged).
std::vector<std::string> repair(Library& library, ProgressSink& progress);

}  // namespace carrel::index
