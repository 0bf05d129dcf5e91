// The conversation of this page: questions asked, what came back, and the request under way.
// It outlives the Ask screen, so that one can look something up and return; it is forgotten
// when the person changes. Views listen; nothing here touches the page.

import * as api from "./api";
import { me, onPersonChange } from "./session";
import { AskDone, Citation, Id, Sentence, Source } from "./types";

export type TurnState = "looking" | "reading" | "done" | "stopped" | "failed";

export interface TurnListener {
  changed(): void;
  sentence(sentence: Sentence): void;
}

export class Turn {
  state: TurnState = "looking";
  sources: Source[] = [];
  sentences: Sentence[] = [];
  result: AskDone | null = null;
  problem: unknown = null;
  listener: TurnListener | null = null;
  private readonly controller = new AbortController();

  constructor(readonly question: string) {}

  get running(): boolean {
    return this.state === "looking" || this.state === "reading";
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
    try {
      await api.ask(this.question, conversation.id, {
        sources: (value) => {
          if (value.conversation_id !== undefined) conversation.id = value.conversation_id;
          this.sources = value.sources ?? [];
          this.to("reading");
        },
        sentence: (value) => {
          const sentence = { text: value.text, citations: value.citations ?? [] };
          this.sentences.push(sentence);
          this.listener?.sentence(sentence);
        },
        done: (value) => {
          this.result = { ...value, citations: value.citations ?? [] };
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
  unasked: { asker: string; question: string } | null = null;

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
onPersonChange(() => conversation.forget());
