#include "core/store.h"

namespace carrel {

Store::Store(const std::filesystem::path& file, std::size_t readers_max)
    : writer_(file, {.synchronous_full = true}), readers_(file, readers_max) {}

DatabasePool::Lease Store::read() { return readers_.acquire(); }

}  // namespace carrel
