// index/chunk_classes.h
//
// Which ACL class each chunk is of, from memory: for work in the background that reads for nobody
// and must yet tell texts apart by who may read them.
//
// Any thread.
#pragma once

#include <span>
#include <vector>

#include "core/ids.h"
#include "index/library.h"

namespace carrel::index {

// In the order asked; 0 for a chunk that is gone.
std::vector<AclClassId> classes_of(const Library& library, std::span<const ChunkId> chunks);

}  // namespace carrel::index
