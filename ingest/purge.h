// ingest/purge.h
//
// Removes what deleted documents left behind, from every store that may hold a word of them: the
// encoder's vocabulary, the words of audited questions, people's histories, then the files of the
// keyword index, the graphs and the catalogue, which are written anew.
//
// A word goes only where no document of the library holds it any more; a question goes whole where
// it was shown such a document or quotes such a word. Interrupted anywhere, the next purge does it
// again. The audit log keeps its records, and verifies.
//
// Cost: the catalogue and the keyword index are copied once each; writers wait meanwhile.
// Threads: one at a time, beside readers. Ownership: borrows the library and the log.
#pragma once

#include "access/audit_log.h"
#include "core/progress.h"
#include "index/library.h"

namespace carrel::ingest {

struct PurgeReport {
  std::size_t documents = 0;  // that were deleted and are now gone
  std::size_t terms = 0;      // dropped from encoders
  std::size_t questions = 0;  // whose words were erased, in the audit log and in histories
};

// Nothing pending: nothing is done, unless `even_if_nothing_pending`, which rewrites the stores so
// that replaced versions leave no trace either. Errors: unavailable (says what to do), corrupt.
PurgeReport purge(index::Library& library, access::AuditLog& audit, bool even_if_nothing_pending,
                  ProgressSink& progress);

}  // namespace carrel::ingest
