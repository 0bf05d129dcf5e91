#include "index/repair.h"

#include <mutex>

#include "index/library_state.h"

namespace carrel::index {

std::vector<std::string> repair(Library& library, ProgressSink& progress) {
  Library::State& state = library.state();
  std::vector<std::string> done;
  const auto db = state.store.write();
  state.rebuild_keywords(progress);
  done.push_back("keywords: made anew from " + std::to_string(state.keywords->chunks().size()) +
                 " chunks");
  state.classes.clear();
  state.load_classes();
  done.push_back("rights and counts: read anew for " + std::to_string(state.classes.chunk_count()) +
                 " chunks");
  {
    Transaction transaction(*db);
    db->execute(
        "DELETE FROM vector WHERE length(data) <> "
        "(SELECT 2 * dim FROM embedding_model m WHERE m.id = model_id)");
    if (const auto bad = db->changes(); bad > 0)
      done.push_back("vectors: " + std::to_string(bad) + " of a wrong size removed");
    db->execute("DELETE FROM graph; DELETE FROM graph_page;");
    transaction.commit();
  }
  state.load_spaces();
  for (const auto& [model, space] : state.spaces) {
    state.save_space(*space);
    done.push_back("vectors: the graph of model " + std::to_string(model.value) +
                   " made anew from " + std::to_string(space->index.size()) + " embeddings");
  }
  const std::size_t stray = state.originals.remove_unneeded(
      [&](const Digest& digest) { return catalogue::is_original_needed(*db, digest); });
  if (stray > 0)
    done.push_back("originals: " + std::to_string(stray) + " that no document needs removed");
  return done;
}

}  // namespace carrel::index
