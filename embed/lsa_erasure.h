// embed/lsa_erasure.h
//
// Words that a trained encoder must forget. Any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace carrel::embed {

// The stored form of an LSA encoder without the terms for which `is_gone` holds; to texts without
// them it gives the same embeddings. None: no term is left, so it is no encoder any more. `dropped`
// counts them. Errors: corrupt (`bytes` are no stored encoder).
std::optional<std::string> lsa_bytes_without(std::string_view bytes,
                                             const std::function<bool(std::string_view)>& is_gone,
                                             std::size_t& dropped);

}  // namespace carrel::embed
