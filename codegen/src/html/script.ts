/** What the page does: it hides what a search does not find, and `/` goes to the search. */
export const script = `
const search = document.getElementById("search");
const entries = [...document.querySelectorAll("section.entry")];
const links = new Map([...document.querySelectorAll("nav li a")].map((a) => [a.hash.slice(1), a.parentElement]));
const nothing = document.getElementById("nothing");
function filter() {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let found = 0;
  for (const entry of entries) {
    const hit = words.every((word) => entry.dataset.search.includes(word));
    entry.hidden = !hit;
    const link = links.get(entry.id);
    if (link) link.hidden = !hit;
    if (hit) found++;
  }
  for (const heading of document.querySelectorAll("[data-of]"))
    heading.hidden = !entries.some((entry) => !entry.hidden && entry.id.startsWith(heading.dataset.of));
  nothing.hidden = found > 0;
}
search.addEventListener("input", filter);
addEventListener("hashchange", () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target || !target.hidden) return;
  search.value = "";
  filter();
  target.scrollIntoView();
});
addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target !== search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && event.target === search) {
    search.value = "";
    filter();
  }
});
`;
