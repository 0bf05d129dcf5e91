#include "index/chunk_classes.h"

#include "index/library_state.h"

namespace carrel::index {

std::vector<AclClassId> classes_of(const Library& library, std::span<const ChunkId> chunks) {
  std::vector<AclClassId> out;
  out.reserve(chunks.size());
  for (const ChunkId chunk : chunks) out.push_back(library.state().classes.class_of(chunk));
  return out;
}

}  // namespace carrel::index
