// The trained encoder as bytes, little-endian:
//
//   "CARRLSA1"                  magic
//   u32 version (1), u32 dim
//   u64 terms, u64 trained_on, u64 term_bytes
//   f32 unknown_idf, f32 idf[terms]
//   u32 ends[terms]             where each term ends in:
//   u8  bytes[term_bytes]       all terms, one after the other
//   f16 basis[terms * dim]
//   u64 checksum                core checksum64 of all before it
//
// The checksum finds accidents only, so every length is compared with what is there before memory
// is taken, and every value is checked before it is used.
#include <bit>
#include <cmath>
#include <cstring>

#include "core/error.h"
#include "core/half.h"
#include "core/hash.h"
#include "embed/detail/lsa_state.h"
#include "embed/lsa_erasure.h"

namespace carrel::embed {
namespace {

static_assert(std::endian::native == std::endian::little, "the stored form is little-endian");

constexpr std::string_view kMagic = "CARRLSA1";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = kMagic.size() + 2 * 4 + 3 * 8 + 4;
constexpr std::size_t kChecksumBytes = 8;
constexpr std::uint64_t kTrainedOnLimit = std::uint64_t{1} << 48;
constexpr float kIdfLimit = 64;  // log of more chunks than there are

[[noreturn]] void refuse(const char* what) {
  throw Error(ErrorCode::corrupt, std::string("the stored lsa encoder ") + what +
                                      "; train it again with 'carrel model train'");
}

template <class Value>
void append(std::string& out, const Value& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class Value>
void append_all(std::string& out, const std::vector<Value>& values) {
  out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value));
}

// Reads front to back. The caller has checked that there are enough bytes.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::string_view take(std::size_t count) {
    CARREL_ASSERT(count <= rest_.size());
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  template <class Value>
  Value value() {
    Value result;
    std::memcpy(&result, take(sizeof result).data(), sizeof result);
    return result;
  }
  template <class Value>
  std::vector<Value> values(std::size_t count) {
    std::vector<Value> result(count);
    if (count > 0)
      std::memcpy(result.data(), take(count * sizeof(Value)).data(), count * sizeof(Value));
    return result;
  }

 private:
  std::string_view rest_;
};

bool is_weight(float idf) { return std::isfinite(idf) && idf >= 0 && idf <= kIdfLimit; }

void read_terms(Reader& reader, std::size_t count, std::size_t term_bytes,
                detail::TermTable& terms) {
  const std::vector<std::uint32_t> ends = reader.values<std::uint32_t>(count);
  const std::string_view all = reader.take(term_bytes);
  std::size_t begin = 0;
  for (const std::uint32_t end : ends) {
    if (end <= begin || end > term_bytes || end - begin > kTermBytesMax)
      refuse("has a term of a wrong length");
    const std::size_t number = terms.size();
    if (terms.add(all.substr(begin, end - begin)) != number) refuse("has a term twice");
    begin = end;
  }
  if (begin != term_bytes) refuse("has bytes that belong to no term");
}

}  // namespace

namespace {

std::string bytes_of_state(const LsaEncoder::State& state) {
  const std::uint64_t terms = state.terms.size();
  const std::string& term_bytes = state.terms.bytes();
  std::string out;
  out.reserve(kHeaderBytes + terms * (8 + 2 * state.dim) + term_bytes.size() + kChecksumBytes);
  out += kMagic;
  append(out, kVersion);
  append(out, static_cast<std::uint32_t>(state.dim));
  append(out, terms);
  append(out, state.trained_on);
  append(out, static_cast<std::uint64_t>(term_bytes.size()));
  append(out, state.unknown_idf);
  append_all(out, state.idf);
  std::uint32_t end = 0;
  for (std::uint32_t term = 0; term < terms; ++term) {
    end += static_cast<std::uint32_t>(state.terms.term(term).size());
    append(out, end);
  }
  out += term_bytes;
  append_all(out, state.basis);
  append(out, checksum64(bytes_of(out)));
  return out;
}

std::unique_ptr<LsaEncoder::State> state_from(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes + kChecksumBytes) refuse("is cut short");
  Reader reader(bytes);
  if (reader.take(kMagic.size()) != kMagic) refuse("does not begin as one");
  if (reader.value<std::uint32_t>() != kVersion) refuse("has a version this program does not know");
  const std::uint32_t dim = reader.value<std::uint32_t>();
  const std::uint64_t terms = reader.value<std::uint64_t>();
  const std::uint64_t trained_on = reader.value<std::uint64_t>();
  const std::uint64_t term_bytes = reader.value<std::uint64_t>();
  if (dim == 0 || dim > detail::kDimLimit || terms == 0 || terms > detail::kTermsLimit ||
      term_bytes > terms * kTermBytesMax || trained_on > kTrainedOnLimit)
    refuse("has sizes that cannot be");
  const std::uint64_t needed =
      kHeaderBytes + terms * (8 + 2 * std::uint64_t{dim}) + term_bytes + kChecksumBytes;
  if (bytes.size() != needed) refuse("has the wrong length");
  const std::string_view content = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (Reader(bytes.substr(content.size())).value<std::uint64_t>() != checksum64(bytes_of(content)))
    refuse("fails its checksum");

  auto state = std::make_unique<LsaEncoder::State>();
  state->dim = dim;
  state->trained_on = trained_on;
  state->unknown_idf = reader.value<float>();
  state->idf = reader.values<float>(terms);
  if (!is_weight(state->unknown_idf)) refuse("has a weight that is none");
  for (const float idf : state->idf)
    if (!is_weight(idf)) refuse("has a weight that is none");
  read_terms(reader, terms, term_bytes, state->terms);
  state->basis = reader.values<std::uint16_t>(terms * dim);
  for (const std::uint16_t value : state->basis)
    if ((value & 0x7C00U) == 0x7C00U) refuse("has a value that is not a number");
  return state;
}

}  // namespace

std::string LsaEncoder::to_bytes() const { return bytes_of_state(*state_); }

std::unique_ptr<LsaEncoder> LsaEncoder::from_bytes(std::string_view bytes) {
  return std::make_unique<LsaEncoder>(state_from(bytes));
}

std::optional<std::string> lsa_bytes_without(std::string_view bytes,
                                             const std::function<bool(std::string_view)>& is_gone,
                                             std::size_t& dropped) {
  const auto all = state_from(bytes);
  LsaEncoder::State kept;
  kept.dim = all->dim;
  kept.trained_on = all->trained_on;
  kept.unknown_idf = all->unknown_idf;
  for (std::uint32_t term = 0; term < all->terms.size(); ++term) {
    if (is_gone(all->terms.term(term))) continue;
    kept.terms.add(all->terms.term(term));
    kept.idf.push_back(all->idf[term]);
    const auto row = all->basis.begin() + static_cast<std::ptrdiff_t>(term * all->dim);
    kept.basis.insert(kept.basis.end(), row, row + static_cast<std::ptrdiff_t>(all->dim));
  }
  dropped = all->terms.size() - kept.terms.size();
  if (kept.terms.size() == 0) return std::nullopt;
  return bytes_of_state(kept);
}

}  // namespace carrel::embed
