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

export interface AskSources { conversation_id: Id; sources: Source[] }
export interface AskDone { answer: string; abstained: boolean; engine: string; citations: Citation[] }

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
