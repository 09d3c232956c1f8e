import { MachineryError } from "../errors.js";
import { tlsFailure } from "../util/tls-failure.js";

/** What RabbitMQ or the connection to it said, for people. */
interface Diagnosis {
  readonly what: string;
  readonly hint?: string;
}

/**
 * An error of the client library as one of ours.
 *
 * @param place where the RabbitMQ is, without secrets
 */
export function amqpFailure(error: unknown, place: string): MachineryError {
  if (error instanceof MachineryError) return error;
  const { what, hint } = diagnose(error);
  return new MachineryError("ERR_BROKER", what, { at: place, ...(hint !== undefined && { hint }), cause: error });
}

/** RabbitMQ's reply code, where the error carries one: 404, 406. */
export function replyCode(error: unknown): number | undefined {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === "number") return code;
  // During the handshake it stands only in the text.
  const digits = /\b(\d{3}) \([A-Z_-]+\)/.exec(String(message))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function diagnose(error: unknown): Diagnosis {
  const { message = "", code } = (error ?? {}) as { message?: string; code?: unknown };
  const said = saidBy(message);
  if (/transient_nonexcl_queues/.test(said)) return noTransientQueues;
  switch (replyCode(error)) {
    case 402:
    case 403:
      if (/login was refused|authentication/i.test(message)) {
        return {
          what: "RabbitMQ refuses the user name or the password.",
          hint: "Check them in the URL (in it write / as %2F, @ as %40); `guest` may connect from the server's own machine only.",
        };
      }
      return { what: `RabbitMQ refuses it: ${said}.`, hint: "Give the user permissions with `rabbitmqctl set_permissions`." };
    case 404:
      return { what: `RabbitMQ does not find it: ${said}.` };
    case 405:
      return { what: `another connection has it for itself: ${said}.` };
    case 406:
      return inequivalence(said);
    case 530:
      return noVhost;
  }
  switch (code) {
    case "ECONNREFUSED":
      return { what: "nothing listens there.", hint: "Start RabbitMQ, or check host and port in the URL." };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return { what: "the host's name is not known.", hint: "Check the host in the URL." };
  }
  const tls = tlsFailure(error);
  if (tls !== undefined) return tls;
  if (/Expected ConnectionOpenOk; got <ConnectionClose/.test(message)) return noVhost;
  if (/ETIMEDOUT/.test(message)) return { what: "no answer in time.", hint: "Check host, port and firewall." };
  if (/Socket closed abruptly during opening handshake/.test(message)) {
    return {
      what: "the server closed the connection before it was open.",
      hint: "Is it RabbitMQ's AMQP port (5672; with TLS 5671 and amqps:)? RabbitMQ also does so to a wrong password.",
    };
  }
  return { what: said.endsWith(".") ? said : `${said}.` };
}

const noVhost: Diagnosis = {
  what: "RabbitMQ refuses the virtual host: it is not there, or not for this user.",
  hint: "It is the URL's path (amqp://host/name, and amqp://host for /). Make it with `rabbitmqctl add_vhost`, and give the user permissions there.",
};

/** From 4.3 on, where the configuration does not permit it. Of ours these are only the queues that Go Machinery keeps results in. */
const noTransientQueues: Diagnosis = {
  what: "RabbitMQ refuses transient queues, in which Go Machinery keeps results.",
  hint: "Permit them in rabbitmq.conf (deprecated_features.permit.transient_nonexcl_queues = true), or leave out amqp.result_queues, or keep results elsewhere.",
};

/** RabbitMQ's own words within a message of amqplib's. */
function saidBy(message: string): string {
  const quoted = /with message "(.*)"$/s.exec(message)?.[1] ?? message;
  return quoted.replace(/^[A-Z_-]+ - /, "").slice(0, 400);
}

/** `inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received 'quorum' but current is 'classic'` */
function inequivalence(said: string): Diagnosis {
  const found = /inequivalent arg '(.+?)' for (\w+) '(.*?)'.*?: received (.+?) but current is (.+)$/s.exec(said);
  if (found === null) return { what: `RabbitMQ refuses it: ${said}.` };
  const [, argument, kind, name, wanted, current] = found;
  return {
    what: `the ${kind} ${name} is there with other arguments: of ${argument} wanted ${plain(wanted!)}, found ${plain(current!)}.`,
    hint: "Set the same in amqp.queue_declare_args (or exchange_type, auto_delete) as where it was declared, take it as it is with amqp.existing: accept, or delete it.",
  };
}

const plain = (text: string): string =>
  text === "none" ? "nothing" : text.replace(/^the value /, "").replace(/ of type '\w+'$/, "");
