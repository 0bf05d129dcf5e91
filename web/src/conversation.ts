// The conversation of this page: questions asked, what came back, and the request under way.
// It outlives the Ask screen, so that one can look something up and return; it is forgotten
// when the person changes. The server keeps it, too, and says what may still be shown when it
// is opened again. Views listen; nothing here touches the page.

import * as api from "./api";
import { me, onPersonChange } from "./session";
import { AskDone, Citation, Id, KeptConversation, KeptMessage, Sentence, Source, Verdict } from "./types";

export type TurnState = "looking" | "reading" | "done" | "stopped" | "failed";

export interface TurnListener {
  changed(): void;
  sentence(sentence: Sentence): void;
}

export class Turn {
  state: TurnState = "looking";
  searchedFor = "";      // the question as it was understood
  sources: Source[] = [];
  sentences: Sentence[] = [];
  result: AskDone | null = null;
  isWhole = true;        // false: kept, but some of it cannot be shown now
  isKept = false;        // came from the server's keeping, not from this page's asking
  messageId: Id | null = null;
  verdict: Verdict | null = null;
  problem: unknown = null;
  listener: TurnListener | null = null;
  private readonly controller = new AbortController();

  constructor(readonly question: string, private readonly asWritten = false) {}

  static kept(message: KeptMessage): Turn {
    const turn = new Turn(message.question);
    turn.state = "done";
    turn.isKept = true;
    turn.searchedFor = message.searched_for;
    turn.sources = message.citations;
    turn.sentences = message.sentences;
    turn.isWhole = message.is_whole;
    turn.messageId = message.message_id;
    turn.verdict = message.verdict;
    turn.result = {
      answer: "", abstained: message.abstained, engine: message.engine, citations: [],
      message_id: message.message_id,
    };
    return turn;
  }

  get running(): boolean {
    return this.state === "looking" || this.state === "reading";
  }

  get suggestions(): string[] {
    return this.result?.suggestions ?? [];
  }

  // The source with this number, with the quote where the answer's end has brought one.
  source(n: number): Source | Citation | null {
    return this.sources.find((s) => s.n === n) ?? this.result?.citations.find((c) => c.n === n) ?? null;
  }

  stop(): void {
    this.controller.abort();
  }

  async run(): Promise<void> {
    const asker = me()?.name ?? "";
    const asking = {
      question: this.question, conversation: conversation.id ?? "new", collections: conversation.collections,
      asWritten: this.asWritten,
    };
    try {
      await api.ask(asking, {
        sources: (value) => {
          this.sources = value.sources ?? [];
          this.searchedFor = value.searched_for ?? this.question;
          this.to("reading");
        },
        sentence: (value) => {
          const sentence = { text: value.text, citations: value.citations ?? [] };
          this.sentences.push(sentence);
          this.listener?.sentence(sentence);
        },
        done: (value) => {
          this.result = { ...value, citations: value.citations ?? [] };
          this.messageId = value.message_id ?? null;
          if (value.conversation_id !== undefined && conversation.turns.includes(this)) conversation.begun(value.conversation_id);
          if (!value.abstained && this.sentences.length === 0 && value.answer) {
            const sentence = { text: value.answer, citations: this.result.citations.map((c) => c.n) };
            this.sentences.push(sentence);
            this.listener?.sentence(sentence);
          }
          this.to("done");
        },
      }, this.controller.signal);
    } catch (error) {
      if (api.isAbort(error)) this.to("stopped");
      else {
        if (api.asProblem(error).status === 401) conversation.unasked = { asker, question: this.question };
        this.problem = error;
        this.to("failed");
      }
    }
  }

  private to(state: TurnState): void {
    this.state = state;
    this.listener?.changed();
  }
}

class Conversation {
  id: Id | null = null;
  turns: Turn[] = [];
  collections: string[] = [];  // where to look; none: everywhere
  unasked: { asker: string; question: string } | null = null;
  onBegun: (id: Id) => void = () => undefined;

  begun(id: Id): void {
    if (this.id === id) return;
    this.id = id;
    this.onBegun(id);
  }

  open(kept: KeptConversation): void {
    this.forget();
    this.id = kept.conversation_id;
    this.turns = kept.messages.map((message) => Turn.kept(message));
  }

  // The question that met an ended session, once, and for the one who asked it only.
  takeUnasked(): string {
    const { unasked } = this;
    this.unasked = null;
    return unasked !== null && unasked.asker === me()?.name ? unasked.question : "";
  }

  forget(): void {
    this.turns.forEach((turn) => turn.stop());
    this.turns = [];
    this.id = null;
  }
}

export const conversation = new Conversation();
onPersonChange(() => {
  conversation.forget();
  conversation.collections = [];
});
