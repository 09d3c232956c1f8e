import { readFile } from "node:fs/promises";
import { ts } from "ts-morph";

/** The doc comments of a source's interfaces and constant objects, one line each, by `Interface.member`. */
export async function documented(path: string): Promise<ReadonlyMap<string, string>> {
  const source = ts.createSourceFile(path, await readFile(path, "utf8"), ts.ScriptTarget.ES2023, true);
  const docs = new Map<string, string>();
  for (const statement of source.statements) {
    for (const [name, members] of membersOf(statement)) {
      for (const member of members) docs.set(`${name}.${member.name?.getText()}`, docOf(member));
    }
  }
  return docs;
}

type Member = ts.TypeElement | ts.ObjectLiteralElementLike;

function membersOf(statement: ts.Statement): [string, readonly Member[]][] {
  if (ts.isInterfaceDeclaration(statement)) return [[statement.name.text, statement.members]];
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name, initializer }): [string, readonly Member[]][] => {
    const value = initializer !== undefined && ts.isAsExpression(initializer) ? initializer.expression : initializer;
    return value !== undefined && ts.isObjectLiteralExpression(value) ? [[name.getText(), value.properties]] : [];
  });
}

function docOf(node: ts.Node): string {
  const text = ts
    .getJSDocCommentsAndTags(node)
    .map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? "")
    .join(" ");
  return text.replace(/\s+/g, " ").trim();
}
