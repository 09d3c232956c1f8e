import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ava from "ava";
import { htmlDocument } from "machinery-ts-codegen";
import { modelOf } from "../../codegen/emit/project.js";
import { findChromium } from "../../services/chromium.js";
import { skipping } from "../../services/service.js";
import { removeFolder, temporaryFolder } from "../../services/temporary-folder.js";
import { Browser } from "./browser.js";

const program = await findChromium();
const test = program === undefined ? skipping({ missing: "no Chromium here: install chromium" }) : ava;

const nasty = `</code></style></script><script>fail()</script><img src=x onerror="fail()"> --> '"&lt; \`<b>\` \u202ereversed`;

/** What a page shows must be text, wherever it comes from. */
const hostile = {
  contract: "1",
  package: "hostile",
  tasks: {
    add: {
      description: nasty,
      args: [{ name: "terms", type: "int64", variadic: true, description: nasty }],
      returns: [{ name: "sum", type: "int64", description: nasty }],
      policy: { queue: `<img/src=x>&"'`, run: "thread", retry: { count: 2, timeout: "5s" }, timeout: "90s", result_ttl: "1h" },
    },
    old: {
      aliases: ["older"],
      args: [{ name: "box", type: { $ref: "#/$defs/Box" } }],
      versions: [{ args: [{ name: "n", type: "int" }] }],
    },
    nothing: {},
  },
  $defs: {
    Box: {
      type: "object",
      description: nasty,
      deprecated: true,
      required: ["<b>"],
      properties: {
        "<b>": { type: "string", enum: ["</script>", "<!--"], description: nasty },
        inner: { type: "object", properties: { deep: { type: ["array", "null"], items: { $ref: "#/$defs/Box" }, maxItems: 3 } } },
        code: { type: "string", pattern: "^<a>[&]$", maxLength: 9 },
      },
    },
  },
};

const folder = await temporaryFolder();
const pages = {
  tutorial: pathToFileURL(join(folder, "tutorial.html")).href,
  hostile: pathToFileURL(join(folder, "hostile.html")).href,
};

test.before("the browser and the pages", async () => {
  browser = await Browser.start(program!);
  await writeFile(join(folder, "tutorial.html"), await htmlDocument(modelOf(await readFile("schema/tasks.yaml", "utf8"))));
  await writeFile(join(folder, "hostile.html"), await htmlDocument(modelOf(hostile)));
});

test.after.always(async () => {
  await browser?.close();
  await removeFolder(folder);
});

let browser: Browser;

/** Every text whose colour stands out too little from what is behind it: the contrast that WCAG asks for is 4.5. */
const faint = `
(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => channels(color).slice(0, 3)
    .map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const { backgroundColor } = getComputedStyle(e);
      if ((channels(backgroundColor)[3] ?? 1) > 0) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  document.querySelectorAll("details").forEach((details) => (details.open = true));
  const texts = [...document.querySelectorAll("body *")].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && e.tagName !== "SCRIPT");
  return texts.flatMap((e) => {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return contrast >= 4.5 ? [] : [e.tagName + "." + e.className + " " + contrast.toFixed(2)];
  });
})()`;

test.serial("the page loads nothing, complains of nothing, and every link leads to what it names", async (t) => {
  await browser.open(pages.tutorial);
  const dangling = `[...document.querySelectorAll("a")].map((a) => a.getAttribute("href")).filter((href) => !document.getElementById(href.slice(1)))`;
  t.deepEqual(await browser.evaluate(dangling), []);
  t.is(await browser.evaluate(`document.querySelectorAll("section.entry").length`), 18);
  await browser.evaluate(`document.querySelector('nav a[href="#task-resize"]').click()`);
  t.is(await browser.evaluate("location.hash"), "#task-resize");
  const top = await browser.evaluate(`document.getElementById("task-resize").getBoundingClientRect().top`);
  t.true(top >= 0 && top < 100, String(top));
  t.is(await browser.evaluate(`document.title`), "Tasks of example");
  t.deepEqual(
    browser.requests.filter((url) => !url.startsWith("data:")).map((url) => url.replace(/#.*/, "")),
    [pages.tutorial],
  );
  t.deepEqual(browser.complaints, []);
});

test.serial("the search hides what it does not find; / leads to it, Escape out of it", async (t) => {
  await browser.open(pages.tutorial);
  const key = (name: string, target: string) =>
    `${target}.dispatchEvent(new KeyboardEvent("keydown", { key: ${JSON.stringify(name)}, bubbles: true, cancelable: true }))`;
  const shown = `[...document.querySelectorAll("section.entry, nav li")].filter((e) => e.checkVisibility()).map((e) => e.id || e.textContent)`;
  await browser.evaluate(key("/", "document.body"));
  t.is(await browser.evaluate("document.activeElement.id"), "search");
  await browser.call("Input.insertText", { text: "SUM integers" });
  t.deepEqual(await browser.evaluate(shown), ["sum_ints", "task-sum_ints"]);
  await browser.call("Input.insertText", { text: " nowhere" });
  t.deepEqual(await browser.evaluate(shown), []);
  t.true(await browser.evaluate(`document.getElementById("nothing").checkVisibility()`));
  await browser.evaluate(key("Escape", "document.activeElement"));
  t.is((await browser.evaluate(shown)).length, 36);
});

test.serial("what a contract says is text and nothing else, wherever it stands", async (t) => {
  await browser.open(pages.hostile);
  t.deepEqual(await browser.evaluate(`[...document.querySelectorAll("img, b, script, style")].map((e) => e.tagName)`), [
    "STYLE",
    "SCRIPT",
  ]);
  const text: string = await browser.evaluate(`document.body.innerText`);
  t.true(text.split("<script>fail()</script>").length >= 6, text);
  t.true(text.includes(`<img/src=x>&"'`));
  t.false(text.includes("\u202e"));
  t.deepEqual(
    browser.requests.filter((url) => !url.startsWith("data:")),
    [pages.hostile],
  );
  t.deepEqual(browser.complaints, []);
});

for (const scheme of ["light", "dark"]) {
  test.serial(`every text can be read, in ${scheme} colours`, async (t) => {
    await browser.open(pages.tutorial);
    await browser.call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    const [red] = (await browser.evaluate(`getComputedStyle(document.body).backgroundColor`)).match(/\d+/g).map(Number);
    t.is(red < 128, scheme === "dark");
    t.deepEqual(await browser.evaluate(faint), []);
  });
}

test.serial("on a telephone nothing is wider than the screen", async (t) => {
  await browser.open(pages.tutorial);
  await browser.call("Emulation.setDeviceMetricsOverride", { width: 390, height: 800, deviceScaleFactor: 2, mobile: true });
  t.is(await browser.evaluate("document.scrollingElement.scrollWidth"), 390);
});
