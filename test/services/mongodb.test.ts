import { MongoClient } from "mongodb";
import { startMongodb } from "./mongodb.js";
import { namespace } from "./namespace.js";
import { ownServers, service } from "./service.js";

const { test: sharedTest, url } = await service("mongodb");
const ownTest = await ownServers("mongodb");

sharedTest("the shared MongoDB keeps a document", async (t) => {
  await using client = new MongoClient(url);
  const database = client.db(namespace(t));
  await database.collection<{ _id: string }>("tasks").insertOne({ _id: "one" });
  t.is(await database.collection("tasks").countDocuments(), 1);
  await database.dropDatabase();
});

ownTest("a MongoDB of the test's own can be killed and comes back with its data", async (t) => {
  const server = await startMongodb(t);
  {
    await using client = new MongoClient(server.url);
    await client.db().collection<{ _id: string }>("tasks").insertOne({ _id: "one" });
  }
  await server.restart("SIGKILL");
  await using client = new MongoClient(server.url);
  t.is(await client.db().collection("tasks").countDocuments(), 1);
});
