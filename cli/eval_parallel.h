// cli/eval_parallel.h
//
// Runs one piece of work for each question on several threads. The first error stops the rest and
// is thrown to the caller.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "core/cancel.h"
#include "core/progress.h"

namespace carrel::cli {

// `work(i)` for every i below `count`, each once, on any of `threads` (0: one a processor, 16 at
// most). Errors: what `work` throws;
// cancelled.
void for_each_in_parallel(std::size_t count, unsigned threads, std::string_view stage,
                          ProgressSink& progress, const CancelToken& cancel,
                          const std::function<void(std::size_t)>& work);

}  // namespace carrel::cli
