/**
 * What a program may say in code; what it leaves out comes from the environment, then from the configuration file, then from the
 * defaults given here, which are Go Machinery's wherever it has one. In a file the same names are written in `snake_case`.
 */
export interface ConfigOptions {
  /** The configuration file. Defaults to `MACHINERY_CONFIG`, then to `machinery.yml` in the working directory, if there is one. */
  readonly configFile?: string;
  /**
   * Where tasks are queued, as a URL. Defaults to the embedded store `file:.machinery`, or, where only `resultBackend` is set and
   * keeps anything, to the same URL.
   */
  readonly broker?: string;
  /** Where task states and results are kept, as a URL; `null` keeps none. Defaults to `broker`. */
  readonly resultBackend?: string;
  /** Where periodic tasks take their lock, as a URL. Defaults to none: each process for itself. */
  readonly lock?: string;
  /** Splits `broker` into several AMQP URLs, tried in turn. Defaults to none: one URL. */
  readonly multipleBrokerSeparator?: string;
  /** The queue of tasks that name none, 1 to 255 characters. Defaults to `machinery_tasks`. */
  readonly defaultQueue?: string;
  /** How long states and results are kept, in seconds; 0 means the default. Defaults to 3,600. */
  readonly resultsExpireIn?: number;
  /** Workers leave SIGINT and SIGTERM to the program. Defaults to false: a signal stops them gracefully. */
  readonly noUnixSignals?: boolean;
  /**
   * Where a task's results go among the arguments of its OnSuccess tasks: after their own, or, as Machinery did before 1.0.5, before
   * them. All workers of a queue should agree. Defaults to `append`.
   */
  readonly callbackArgs?: "append" | "prepend";
  /**
   * Workers of Go Machinery run members of chords, too: on backends where these leave no mark of their own, members are counted by
   * their states as well, as Go does. Without any, `false` saves that. Defaults to true.
   */
  readonly mixedFleet?: boolean;
  /** How many tasks a worker runs at once, unless it is told otherwise; 1 to 10,000. Defaults to 10. */
  readonly concurrency?: number;
  /**
   * Larger messages are put aside unparsed, as dead letters, and senders refuse to send them; in bytes, 1,024 to 16,777,216. Defaults
   * to 1,048,576.
   */
  readonly maxMessageBytes?: number;
  /**
   * Messages in which an object names a key twice are put aside as dead letters. Defaults to false: the last one counts, as in Go.
   */
  readonly uniqueKeys?: boolean;
  /**
   * How long a worker's claim on its tasks outlives the worker's last sign of life, in milliseconds, 300 to 86,400,000. Shorter:
   * the tasks of a dead worker are taken up sooner, but a worker that hangs for a moment more easily loses its own. Defaults to 30,000.
   */
  readonly leaseMs?: number;
  /** How often a worker gives that sign of life, in milliseconds; at most a third of the lease. Defaults to 5,000, or that third. */
  readonly heartbeatMs?: number;
  /** Accept any certificate of a server; for tests only. Defaults to false. */
  readonly insecureTls?: boolean;
  readonly tls?: TlsConfig;
  readonly amqp?: AmqpConfig;
  readonly redis?: RedisConfig;
  readonly mongodb?: MongodbConfig;
}

/** For `amqps:`, `rediss:` and TLS on MongoDB. Each is the path of a PEM file (from a file: relative to it), or PEM text. */
export interface TlsConfig {
  /** The authorities to trust instead of the system's. */
  readonly ca?: string;
  /** The client's own certificate. */
  readonly cert?: string;
  /** The key of that certificate. */
  readonly key?: string;
}

/** Arguments of RabbitMQ's own, such as `x-max-priority`. */
export type AmqpArguments = Readonly<Record<string, string | number | boolean>>;

export interface AmqpConfig {
  /** The exchange that tasks are published to. Defaults to `machinery_exchange`. */
  readonly exchange?: string;
  /** How it chooses queues. Defaults to `direct`: by routing key. */
  readonly exchangeType?: string;
  /** Binds the default queue to the exchange. Defaults to `machinery_task`. */
  readonly bindingKey?: string;
  /** Further arguments of that binding. Defaults to none. */
  readonly queueBindingArgs?: AmqpArguments;
  /** Further arguments of declaring a queue. Defaults to none. */
  readonly queueDeclareArgs?: AmqpArguments;
  /**
   * How many messages Go's worker is sent before it has acknowledged one, 0 to 65,535, 0 for no limit; here a worker is sent as many as
   * it runs at once (`concurrency`). Defaults to 3.
   */
  readonly prefetchCount?: number;
  /**
   * One queue for all delayed tasks, instead of one for each delay. They leave it in the order in which they came: a short delay waits
   * behind a long one. Defaults to none.
   */
  readonly delayedQueue?: string;
  /**
   * Where delayed tasks wait. `ladder`: in quorum queues for powers of two of 0.1 s, at most 31 whatever the delays (rounded up to 0.1 s,
   * from one minute on to 1.6 s), which hand them on with confirmation; RabbitMQ 3.10 or newer. `machinery`: as Go has them, in a classic
   * queue for each delay that there is (rounded up to 0.1 s, from one minute on to a second); a RabbitMQ that is killed may lose those
   * that have just fallen due. Defaults to `ladder`.
   */
  readonly delayStrategy?: "ladder" | "machinery";
  /**
   * What to do where a queue or exchange is there already with other arguments: `strict` refuses to work with it, and says what differs;
   * `accept` takes it as it is. Defaults to `strict`.
   */
  readonly existingQueues?: "strict" | "accept";
  /**
   * How results come to who waits, where RabbitMQ is the result backend. `client`: on a queue of each process, whose name travels with its
   * tasks; Go Machinery knows nothing of it. `task`: as Go has them, on a queue of each task that goes with its reader, for fleets that Go
   * is part of; a RabbitMQ that restarts loses what is in it, and from 4.3 on refuses such queues unless it is told otherwise. Defaults to
   * `client`.
   */
  readonly resultQueues?: "client" | "task";
  /** Queues go with their last consumer. Defaults to false. */
  readonly autoDelete?: boolean;
}

/** `maxIdle`, `maxActive`, `maxIdleTimeout` and `wait` size Go's pool of connections; here one connection serves many tasks. */
export interface RedisConfig {
  /** Connections kept open in that pool. Defaults to 3. */
  readonly maxIdle?: number;
  /** Connections that it opens at most. Defaults to 0: no limit. */
  readonly maxActive?: number;
  /** When it closes one that is not used, in seconds. Defaults to 240. */
  readonly maxIdleTimeout?: number;
  /** Wait for a connection where all are in use. Defaults to false. */
  readonly wait?: boolean;
  /**
   * How long the server may keep silent while it owes an answer, in seconds: the connection then counts as broken, and is made anew.
   * 0 means the default. Longer: a busy or distant server is borne with; shorter: a connection that broke without a word is noticed
   * sooner. Defaults to 4 (Machinery's is 15).
   */
  readonly readTimeout?: number;
  /** Accepted; `readTimeout` covers it. Defaults to 15. */
  readonly writeTimeout?: number;
  /** How long connecting may take, in seconds; 0 means the default. Defaults to 4 (Machinery's is 15). */
  readonly connectTimeout?: number;
  /** How often queues are looked at where nothing announces a task, in milliseconds. Defaults to 1,000. */
  readonly normalTasksPollPeriod?: number;
  /** How often delayed tasks are looked at, in milliseconds. Defaults to 500. */
  readonly delayedTasksPollPeriod?: number;
  /** The sorted set that holds delayed tasks. Defaults to `delayed_tasks`. */
  readonly delayedTasksKey?: string;
  /** The master's name, behind Sentinel. Defaults to none. */
  readonly masterName?: string;
  /** A cluster, even where the URL names one host. Defaults to false. */
  readonly clusterMode?: boolean;
  /**
   * Use the server although its maxmemory-policy lets it delete keys when its memory is full, and with them queued tasks and states.
   * Defaults to false: such a server is refused.
   */
  readonly allowEviction?: boolean;
}

export interface MongodbConfig {
  /** Where results are kept, if the URL names no database. Defaults to `machinery`. */
  readonly database?: string;
}
