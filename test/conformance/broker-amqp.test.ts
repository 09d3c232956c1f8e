import { brokerConformance } from "machinery-ts/testing/conformance";
import { service } from "../services/service.js";
import { amqpSubject } from "./amqp-subject.js";

const { test, url } = await service("rabbitmq");

// One after the other: the suite's delays are short, and a RabbitMQ that does seventy things at once is not.
brokerConformance(test.serial, amqpSubject("amqp", url, {}));
brokerConformance(test.serial, amqpSubject("amqp with priorities", url, { queueDeclareArgs: { "x-max-priority": 10 } }));
brokerConformance(test.serial, amqpSubject("amqp on quorum queues", url, { queueDeclareArgs: { "x-queue-type": "quorum" } }));
