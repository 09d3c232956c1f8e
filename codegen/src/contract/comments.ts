import { Lexer } from "yaml";

export interface Comment {
  /** With its `#`. */
  readonly text: string;
  readonly offset: number;
  /** Nothing stands before it in its line. */
  readonly alone: boolean;
}

/** Marks of the lexer's own, which stand for nothing in the text: of a document, of the end of a flow, of a scalar. */
const marks = new Set(["\u0002", "\u0018", "\u001f"]);

/** The comments of a text, as YAML's lexer sees them: what stands after a # in a string is none. */
export function* commentsIn(text: string): Generator<Comment> {
  let offset = 0;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (marks.has(lexeme)) {
      isScalar = lexeme === "\u001f";
      continue;
    }
    if (lexeme.startsWith("#") && !isScalar) {
      const before = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
      yield { text: lexeme.trimEnd(), offset, alone: before.trim() === "" };
    }
    isScalar = false;
    offset += lexeme.length;
  }
}
