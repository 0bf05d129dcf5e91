// The shapes of requests and answers, for the OpenAPI document.
#include "server/openapi.h"

namespace carrel::server {

const std::string_view kOpenApiSchemas = R"json({
"Problem": {"type":"object","required":["title","detail","code","status","request_id"],"properties":{
  "title":{"type":"string"},"detail":{"type":"string"},"code":{"type":"string"},
  "status":{"type":"integer"},"request_id":{"type":"string"}}},
"Credentials": {"type":"object","required":["user","password"],"properties":{
  "user":{"type":"string"},"password":{"type":"string"}}},
"Session": {"type":"object","required":["user"],"properties":{
  "user":{"$ref":"#/components/schemas/Me"}}},
"Me": {"type":"object","required":["name","display_name","roles","groups","clearance","actions","labels"],
  "properties":{"name":{"type":"string"},"display_name":{"type":"string"},
  "roles":{"$ref":"#/components/schemas/Strings"},"groups":{"$ref":"#/components/schemas/Strings"},
  "clearance":{"type":"string"},"actions":{"$ref":"#/components/schemas/Strings"},
  "labels":{"$ref":"#/components/schemas/Strings"}}},
"Strings": {"type":"array","items":{"type":"string"}},
"Spans": {"type":"array","description":"Half-open, in code points of the text beside it.",
  "items":{"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":2}},
"Page": {"type":["integer","null"],"minimum":1},
"Collections": {"type":"object","required":["collections"],"properties":{"collections":{"type":"array",
  "items":{"type":"object","properties":{"name":{"type":"string"},"documents":{"type":"integer"}}}}}},
"SearchRequest": {"type":"object","required":["query"],"properties":{"query":{"type":"string"},
  "top":{"type":"integer","minimum":1,"maximum":100,"default":10},
  "filter":{"type":"string","description":"collection:hr type:pdf label:internal author:\"Ana O\" after:2024-01-01"}}},
"SearchAnswer": {"type":"object","required":["query","hits"],"properties":{
  "query":{"type":"string"},"took_ms":{"type":"number","description":"for administrators"},
  "hits":{"type":"array","items":{"$ref":"#/components/schemas/Hit"}}}},
"Passage": {"type":"object","properties":{"document_id":{"type":"integer"},"chunk_id":{"type":"integer"},
  "title":{"type":"string"},"uri":{"type":"string"},"page":{"$ref":"#/components/schemas/Page"},
  "section":{"type":"string"},"text":{"type":"string"},
  "highlights":{"$ref":"#/components/schemas/Spans"},"mime_type":{"type":"string"}}},
"Hit": {"allOf":[{"$ref":"#/components/schemas/Passage"},{"type":"object","properties":{
  "rank":{"type":"integer"},"score":{"type":"number","description":"From the rank alone."},
  "external_id":{"type":"string"},"collection":{"type":"string"},"label":{"type":"string"}}}]},
"AskRequest": {"type":"object","required":["question"],"properties":{"question":{"type":"string"},
  "conversation_id":{"type":["integer","string","null"]}}},
"Answer": {"type":"object","required":["answer","abstained","engine","citations"],"properties":{
  "answer":{"type":"string"},"abstained":{"type":"boolean"},"engine":{"type":"string"},
  "citations":{"type":"array","items":{"type":"object","properties":{"n":{"type":"integer"},
    "document_id":{"type":"integer"},"chunk_id":{"type":"integer"},"title":{"type":"string"},
    "uri":{"type":"string"},"page":{"$ref":"#/components/schemas/Page"},"quote":{"type":"string"}}}},
  "usage":{"type":"object","properties":{"prompt_tokens":{"type":"integer"},
    "completion_tokens":{"type":"integer"}}},
  "timings_ms":{"type":"object","description":"for administrators","additionalProperties":{"type":"number"}}}},
"DocumentRow": {"type":"object","properties":{"document_id":{"type":"integer"},"title":{"type":"string"},
  "uri":{"type":"string"},"external_id":{"type":"string"},"mime_type":{"type":"string"},
  "collection":{"type":"string"},"label":{"type":"string"},"owner":{"type":"string"},
  "version":{"type":"integer"},"pages":{"type":"integer"},"chunks":{"type":"integer"},
  "bytes":{"type":"integer"},"state":{"type":"string"},
  "created_at":{"type":"string","format":"date-time"},
  "updated_at":{"type":"string","format":"date-time"},"may_manage":{"type":"boolean"}}},
"Documents": {"type":"object","required":["documents","next"],"properties":{
  "documents":{"type":"array","items":{"$ref":"#/components/schemas/DocumentRow"}},
  "next":{"type":["string","null"]}}},
"Document": {"allOf":[{"$ref":"#/components/schemas/DocumentRow"},{"type":"object","properties":{
  "access":{"$ref":"#/components/schemas/Access"},"language":{"type":"string"},
  "author":{"type":"string"},"page_count":{"type":"integer"},"has_pages":{"type":"boolean"}}}]},
"Access": {"type":"object","required":["label"],"properties":{
  "allow":{"$ref":"#/components/schemas/Strings"},"deny":{"$ref":"#/components/schemas/Strings"},
  "label":{"type":"string"}}},
"Chunks": {"type":"object","required":["chunks"],"properties":{"chunks":{"type":"array",
  "items":{"type":"object","properties":{"chunk_id":{"type":"integer"},"ordinal":{"type":"integer"},
  "page":{"$ref":"#/components/schemas/Page"},"section":{"type":"string"},
  "text":{"type":"string"}}}}}},
"Text": {"type":"object","required":["text","highlights"],"properties":{"text":{"type":"string"},
  "highlights":{"$ref":"#/components/schemas/Spans"},"section":{"type":["string","null"]}}},
"JobAccepted": {"type":"object","required":["job_id"],"properties":{"job_id":{"type":"integer"}}},
"Job": {"type":"object","properties":{"job_id":{"type":"integer"},"name":{"type":"string"},
  "state":{"enum":["queued","running","done","failed","cancelled"]},"stage":{"type":"string"},
  "done":{"type":"integer"},"total":{"type":"integer"},
  "result":{"type":["object","null"],"description":"What was added, and why what failed did."}}},
"Jobs": {"type":"object","required":["jobs"],"properties":{"jobs":{"type":"array",
  "items":{"$ref":"#/components/schemas/Job"}}}},
"OpenApi": {"type":"object"}
})json";

}  // namespace carrel::server
