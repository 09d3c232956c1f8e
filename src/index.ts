export { type ErrorCode, errorCodes, MachineryError } from "./errors.js";
