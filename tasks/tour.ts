import { errorCodes } from "machinery-ts";

console.log(Object.keys(errorCodes).length);
