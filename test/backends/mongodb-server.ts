import { MongoClient } from "mongodb";
import { capabilitiesOfFerretdb, capabilitiesOfReplicaSets, mongodbBackendCapabilities } from "../../src/backends/mongodb.js";

/** What the backend on this server is to declare: the tests run on MongoDB and on FerretDB. */
export async function capabilitiesOn(url: string) {
  if (url === "") return mongodbBackendCapabilities;
  await using client = new MongoClient(url);
  const { ferretdbVersion } = await client.db("admin").command({ buildInfo: 1 });
  const { setName, msg } = await client.db("admin").command({ hello: 1 });
  if (ferretdbVersion !== undefined) return capabilitiesOfFerretdb;
  return setName !== undefined || msg === "isdbgrid" ? capabilitiesOfReplicaSets : mongodbBackendCapabilities;
}
