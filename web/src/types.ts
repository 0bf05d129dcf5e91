// The shapes that the HTTP API sends, as this UI reads them. One place, so that a change of
// the contract shows up as type errors. All strings in them are untrusted text: whoever wrote
// a document wrote its title, too.

export type Id = string | number;
export type Span = [number, number]; // half-open, in Unicode code points

export type Action =
  | "search" | "ask" | "read_original" | "upload" | "manage_collection" | "administer" | "audit";

export interface Me {
  name: string;
  display_name: string;
  roles: string[];
  groups: string[];
  clearance: string;
  actions: Action[];
  labels: string[];
}

// What is needed to open a document at a place; hits, sources and citations all carry it.
export interface Passage {
  document_id: Id;
  chunk_id: Id;
  title: string;
  uri: string;
  external_id?: string;
  page: number | null;
  section?: string | string[] | null;
  text?: string;
  highlights?: Span[];
  mime_type?: string;
  label?: string;
  quote?: string; // the words an answer rests on
}

export interface Hit extends Passage {
  rank: number;
  text: string;
  highlights: Span[];
  collection: string;
  label: string;
  modified?: string;
}

export interface Source extends Passage {
  n: number;
}

export interface Citation extends Passage {
  n: number;
  quote: string;
}

export interface Sentence {
  text: string;
  citations: number[];
}

export interface AskSources { conversation_id?: Id; searched_for?: string; sources: Source[] }
export interface AskDone {
  answer: string;
  abstained: boolean;
  engine: string;
  citations: Citation[];
  searched_for?: string;
  suggestions?: string[];
  conversation_id?: Id;
  message_id?: Id;
}

export type Verdict = "up" | "down";

export interface ConversationRow { conversation_id: Id; title: string; started_at: string; updated_at: string }
export interface Conversations { conversations: ConversationRow[]; days_kept: number }

// What was kept of a question and its answer, as far as it may be shown now.
export interface KeptMessage {
  message_id: Id;
  asked_at: string;
  question: string;
  searched_for: string;
  engine: string;
  abstained: boolean;
  is_whole: boolean;
  sentences: Sentence[];
  citations: Source[];
  verdict: Verdict | null;
}
export interface KeptConversation extends ConversationRow { messages: KeptMessage[] }

export type FacetName = "collection" | "type" | "label" | "year";
export interface FacetValue { value: string; documents: number }
export type Facets = Partial<Record<FacetName, FacetValue[]>>;
export interface Correction { written: string; read_as: string }
export interface SearchAnswer { hits: Hit[]; facets?: Facets; corrections?: Correction[] }

export interface SessionRow { id: string; created_at: string; last_seen_at: string; is_current: boolean }
export interface KeyRow {
  key_id: Id; name: string; prefix: string; scopes: string[];
  created_at: string; expires_at: string | null; last_used_at: string | null;
}
export interface ActivityRow { time: string; action: string; via: string; words: string | null }

export interface Person {
  name: string; display_name: string; clearance: string; groups: string[]; roles: string[];
  actions: Action[]; is_disabled: boolean;
}
export interface People { people: Person[]; labels: string[]; roles: string[] }
export interface Group { name: string; members: string[] }

export interface AuditRecord {
  id: number; time: string; actor: string; os_user: string; via: string; action: string; phase: string;
  intent: number; leaf: string; details: Record<string, unknown> | null; words?: string | null;
}
export interface AuditPage { records: AuditRecord[]; next: number | null }
export interface AuditVerdict {
  ok: boolean; records: number; against_exported_head: boolean; findings: { record: number; what: string }[];
}

export interface FeedbackRow {
  feedback_id: Id; given_at: string; user: string; verdict: Verdict; reason: string; comment: string;
  question: string; engine: string; abstained: boolean; answer_hmac_sha256: string; citations: Source[];
}
export interface FeedbackPage { feedback: FeedbackRow[]; next: number | null }
export interface Setting { key: string; value: unknown }
export interface DocumentVersion { version: number; accepted_at: string }

export interface Collection { name: string; documents: number }

export interface DocumentRow {
  document_id: Id;
  title: string;
  uri: string;
  external_id: string;
  mime_type: string;
  collection: string;
  label: string;
  owner: string;
  version: number;
  pages: number;
  chunks: number;
  bytes: number;
  state: string;
  created_at: string;
  updated_at: string;
  may_manage: boolean;
}

export interface Access { allow: string[]; deny: string[]; label: string }

export interface DocumentDetail extends DocumentRow {
  access?: Access;
  language: string;
  author: string;
  page_count: number;
  has_pages: boolean;
}

export interface Chunk {
  chunk_id: Id;
  ordinal: number;
  page: number | null;
  section: string | string[] | null;
  text: string;
}

export interface Job {
  job_id: Id;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  stage: string;
  done: number;
  total: number;
  result: JobResult | null;
}

export interface JobResult {
  added: number;
  updated: number;
  unchanged: number;
  failed: number;
  failures: { path: string; reason: string }[];
}
