#include "index/repair.h"

#include <mutex>

#include "index/library_state.h"

namespace carrel::index {
namespace {

// Stored embeddings that the graph, which has just been made from them, could not take.
std::size_t remove_unfit(Database& db, const VectorSpace& space) {
  std::vector<ChunkId> unfit;
  Statement read(db, "SELECT chunk_id FROM vector WHERE model_id = ?");
  read.bind(1, space.model.value);
  while (read.step()) {
    const ChunkId chunk{read.integer(0)};
    if (!space.index.contains(chunk)) unfit.push_back(chunk);
  }
  read.reset();
  Transaction transaction(db);
  for (const ChunkId chunk : unfit) {
    db.statement("DELETE FROM vector WHERE model_id = ? AND chunk_id = ?")
        .bind(1, space.model.value)
        .bind(2, chunk.value)
        .run();
  }
  transaction.commit();
  return unfit.size();
}

}  // namespace

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
    db->execute("DELETE FROM graph; DELETE FROM graph_page;");
    transaction.commit();
  }
  state.load_spaces();
  for (const auto& [model, space] : state.spaces) {
    if (const std::size_t unfit = remove_unfit(*db, *space); unfit > 0) {
      done.push_back("vectors: " + std::to_string(unfit) + " damaged ones removed");
    }
  }
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
