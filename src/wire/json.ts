export { JsonNumber, type JsonValue } from "./json-value.js";
