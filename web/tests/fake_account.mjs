// For developing the UI only: canned answers about one's account, people and the record.

const at = "2026-03-02T09:30:00Z";

export function canned(path, person, documents) {
  const [first] = documents;
  const source = { n: 1, document_id: first.document_id, chunk_id: first.document_id + "c0", title: first.title, uri: first.uri, page: 3, section: first.section, mime_type: first.mime_type };
  switch (path) {
    case "/suggestions":
      return { suggestions: ["What does Travel policy 2026 say about Journeys abroad?", "What does Fire safety in the reading rooms say about Assembly points?"] };
    case "/conversations":
      return { days_kept: 180, conversations: [{ conversation_id: 7, title: "Who approves business trips abroad?", started_at: at, updated_at: at }] };
    case "/conversations/7":
      return {
        conversation_id: 7, title: "Who approves business trips abroad?", started_at: at, updated_at: at, messages: [
          message(11, "Who approves business trips abroad?", true, [{ text: "Business trips abroad are approved by the head of department.", citations: [1] }], [source]),
          message(12, "And for the board?", false, [], []),
        ],
      };
    case "/me/sessions":
      return { sessions: [{ id: "a1", created_at: at, last_seen_at: at, is_current: true }, { id: "b2", created_at: at, last_seen_at: at, is_current: false }] };
    case "/me/keys":
      return { keys: [{ key_id: 3, name: "nightly report", prefix: "carrel_1f2e3d4c", scopes: ["search"], created_at: at, expires_at: at, last_used_at: null }] };
    case "/me/activity":
      return { activity: [{ time: at, action: "ask", via: "web", words: "Who approves business trips abroad?" }, { time: at, action: "sign_in", via: "web", words: null }] };
    case "/people":
      return {
        labels: ["public", "internal", "confidential", "restricted"], roles: ["reader", "editor", "curator", "administrator", "auditor"],
        people: [{ ...person, is_disabled: false }, { ...person, name: "m.okafor", display_name: "Miriam Okafor", roles: ["reader"], is_disabled: true }],
      };
    case "/groups":
      return { groups: [{ name: "finance", members: ["user:ana"] }, { name: "works-council", members: [] }] };
    case "/settings":
      return { settings: [{ key: "conversations.days_kept", value: 180 }, { key: "server.host_names", value: [] }, { key: "server.upload_bytes_max", value: 67108864 }] };
    case "/feedback":
      return { next: null, feedback: [{ feedback_id: 1, given_at: at, user: "ana", verdict: "down", reason: "outdated", comment: "There is a newer one.", question: "What is the daily rate?", engine: "extractive", abstained: false, answer_hmac_sha256: "", citations: [source] }] };
    case "/audit":
      return { next: null, records: [{ id: 144, time: at, actor: "user:ana", os_user: "", via: "web", action: "ask", phase: "intent", intent: 0, leaf: "ab".repeat(32), details: { documents: [1, 2] } }] };
    default:
      return /^\/documents\/\w+\/versions$/.test(path) ? { versions: [{ version: 2, accepted_at: at }, { version: 1, accepted_at: at }] } : undefined;
  }
}

function message(id, question, whole, sentences, citations) {
  return { message_id: id, asked_at: at, question, searched_for: question, engine: "extractive", abstained: false, is_whole: whole, sentences, citations, verdict: null };
}
