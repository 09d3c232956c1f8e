import test from "ava";
import { count } from "../chaos/profile.js";
import { filePlaces } from "./stage.js";
import { hostileSuite } from "./suite.js";

hostileSuite(test, "file", count(300, 10_000), filePlaces);
