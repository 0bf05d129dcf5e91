#include "access/detail/audit_format.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "access/detail/merkle.h"
#include "core/error.h"
#include "core/file.h"

namespace carrel::access {
namespace detail {
namespace {

constexpr std::size_t kSecretBytes = 64;
constexpr std::size_t kPublicBytes = 32;
constexpr std::size_t kKeyFileBytesMax = 4096;
constexpr std::string_view kKeyMark = "carrel audit key 1";

void append_number(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, text.size());
  out += text;
}

[[noreturn]] void refuse_key(const std::filesystem::path& file) {
  throw Error(ErrorCode::corrupt, file.string() +
                                      " is not an audit key of this program; restore it "
                                      "from its backup");
}

AuditKey parse_key(std::string_view text, const std::filesystem::path& file) {
  const std::size_t signing_chars = kSecretBytes * 2;
  AuditKey key;
  const std::size_t mac_chars = key.mac.size() * 2;
  const std::size_t first = kKeyMark.size() + 1;
  if (text.size() != first + signing_chars + 1 + mac_chars + 1 || !text.starts_with(kKeyMark))
    refuse_key(file);
  const auto secret = from_hex(text.substr(first, signing_chars));
  const auto mac = from_hex(text.substr(first + signing_chars + 1, mac_chars));
  if (!secret || !mac) refuse_key(file);
  key.signing = {*secret, secret->substr(kSecretBytes - kPublicBytes)};
  std::copy(mac->begin(), mac->end(), key.mac.begin());
  if (!verify_signature(key.signing.public_key, kKeyMark, sign(key.signing, kKeyMark)))
    refuse_key(file);
  return key;
}

}  // namespace

AuditKey open_audit_key(const std::filesystem::path& file, bool may_create, SecretSource& secrets) {
  std::error_code ec;
  if (std::filesystem::exists(file, ec)) return parse_key(read_file(file, kKeyFileBytesMax), file);
  if (!may_create)
    throw Error(ErrorCode::unavailable, "the audit log has records, but its key " + file.string() +
                                            " is missing; restore the key from its backup");
  AuditKey key;
  key.signing = make_signing_key(secrets);
  secrets.fill(key.mac);
  write_file_atomically(file, std::string(kKeyMark) + "\n" + to_hex(bytes_of(key.signing.secret)) +
                                  "\n" + to_hex(key.mac) + "\n");
  return key;
}

Digest leaf_of(const AuditRow& row, std::uint64_t id) {
  std::string text = "carrel audit record 1\n";
  append_number(text, id);
  append_number(text, static_cast<std::uint64_t>(row.time.value));
  append_number(text, static_cast<std::uint64_t>(row.record.intent.value));
  for (const std::string* field : {&row.record.actor, &row.record.os_user, &row.record.via,
                                   &row.record.action, &row.record.phase, &row.record.details})
    append_text(text, *field);
  append_text(text, row.commitment);
  return leaf_hash(text);
}

Digest seal_of(const AuditKey& key, const Digest& leaf) {
  return hmac_sha256(key.mac, "carrel audit seal 1\n" + std::string(text_of(leaf)));
}

Digest commitment_of(const AuditKey& key, std::string_view salt, std::string_view words) {
  std::string text = "carrel audit words 1\n";
  append_text(text, salt);
  append_text(text, words);
  return hmac_sha256(key.mac, text);
}

Digest erasure_of(const AuditKey& key, std::uint64_t id, std::int64_t erased_at) {
  std::string text = "carrel audit erasure 1\n";
  append_number(text, id);
  append_number(text, static_cast<std::uint64_t>(erased_at));
  return hmac_sha256(key.mac, text);
}

std::string signed_text(const AuditHead& head) {
  std::string text = "carrel audit head 1\n";
  append_number(text, head.size);
  text += text_of(head.root);
  append_number(text, static_cast<std::uint64_t>(head.time.value));
  append_text(text, head.public_key);
  return text;
}

AuditHead make_head(const AuditKey& key, std::uint64_t size, const Digest& root, UnixMillis time) {
  AuditHead head{.size = size, .root = root, .time = time, .public_key = key.signing.public_key};
  head.signature = sign(key.signing, signed_text(head));
  return head;
}

bool is_signature_valid(const AuditHead& head) {
  return verify_signature(head.public_key, signed_text(head), head.signature);
}

bool is_json_object(std::string_view text) {
  return text.starts_with('{') && nlohmann::json::accept(text);
}

}  // namespace detail

namespace {

constexpr std::size_t kHeadJsonBytesMax = 4096;

[[noreturn]] void refuse_head() {
  throw Error(ErrorCode::invalid_argument,
              "this is not an exported audit head; give the file that 'carrel audit head' wrote");
}

std::string hex_field(const nlohmann::json& json, const char* name, std::size_t bytes) {
  const auto value = from_hex(json.at(name).get<std::string>());
  if (!value || value->size() != bytes) refuse_head();
  return *value;
}

}  // namespace

std::string to_json(const AuditHead& head) {
  return nlohmann::json{{"size", head.size},
                        {"root", to_hex(head.root)},
                        {"time_ms", head.time.value},
                        {"public_key", to_hex(bytes_of(head.public_key))},
                        {"signature", to_hex(bytes_of(head.signature))}}
      .dump();
}

AuditHead head_from_json(std::string_view json) {
  if (json.size() > kHeadJsonBytesMax) refuse_head();
  try {
    const auto parsed = nlohmann::json::parse(json);
    if (!parsed.at("size").is_number_unsigned() || !parsed.at("time_ms").is_number_integer())
      refuse_head();
    AuditHead head{.size = parsed.at("size").get<std::uint64_t>(),
                   .time = {parsed.at("time_ms").get<std::int64_t>()},
                   .public_key = hex_field(parsed, "public_key", 32),
                   .signature = hex_field(parsed, "signature", 64)};
    const std::string root = hex_field(parsed, "root", head.root.size());
    std::copy(root.begin(), root.end(), head.root.begin());
    return head;
  } catch (const nlohmann::json::exception&) {
    refuse_head();
  }
}

}  // namespace carrel::access
