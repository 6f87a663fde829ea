/** The entry by which code-hosting sites that use Linguist know `.dro` files and colour them. */
export function generateLinguist(): string {
  return `# The entry for Linguist's languages.yml; its grammar is editor/dro.tmLanguage.json.
Dro:
  type: programming
  color: "#1f6f8b"
  extensions:
    - ".dro"
  tm_scope: source.dro
  ace_mode: text
`;
}
