// model/parallel.h
//
// Runs independent pieces of one piece of work on several threads. The pieces are cut by the caller
// from the work's shape alone, never from the number of threads, so that results have the same bits
// on one thread and on many.
#pragma once

#include <cstddef>
#include <functional>

namespace carrel::model {

// Processors this process may use (the affinity mask counts, a container's too), at least 1.
std::size_t usable_threads();

// Calls piece(i) once for every i < count, on at most `threads` threads (0: usable_threads()), the
// caller's among them, in no order; returns when all are done. What a piece throws is thrown here,
// after the others have stopped. Costs about 30 us a thread: for pieces of a millisecond and more.
void run_pieces(std::size_t count, std::size_t threads,
                const std::function<void(std::size_t)>& piece);

}  // namespace carrel::model
