// A chunk's number is not a class's number.
// expect: (could not convert|cannot convert).*Chunk
#include "access/visibility.h"

bool shows(const carrel::access::Visibility& visible, carrel::ChunkId chunk) {
  return visible.permits(chunk);
}
