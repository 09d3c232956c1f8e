import type { Handlers } from "../generated/index.js";

export const resize: Handlers["resize"] = ({ image: { size }, box, fit, enlarge = false }) => {
  if (fit === "fill") return box;
  const ratios = [box.width / size.width, box.height / size.height];
  const ratio = fit === "contain" ? Math.min(...ratios) : Math.max(...ratios);
  const scale = enlarge ? ratio : Math.min(ratio, 1);
  return { width: pixels(size.width * scale), height: pixels(size.height * scale) };
};

/** A side has one pixel at least, and as many as the contract allows at most. */
function pixels(side: number): number {
  return Math.min(Math.max(Math.round(side), 1), 65_535);
}
