import test from "ava";
import { filePlaces } from "./stage.js";
import { hostileSuite } from "./suite.js";

hostileSuite(test, filePlaces);
