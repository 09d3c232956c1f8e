// Command interop is Go Machinery at the other end of a queue, for the tests beside it: a sender and a worker that take
// commands as JSON lines on stdin and answer, each command by its id, on file descriptor 3 (Machinery logs to stdout). It ends when
// stdin does.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"sync"
	"time"
)

// command is one line of stdin. Do is "send", "typed", "get", "state", "pending", "work", "release" or "stop".
type command struct {
	ID int
	Do string

	// send: what becomes of Tasks, "task", "group", "chord" or "chain", and a chord's callback: signatures as Machinery writes them.
	Kind     string
	Tasks    []json.RawMessage
	Callback json.RawMessage

	// typed: the name of a fixed call through generated senders.
	Call string

	// get: the results of an earlier send, or those of a task that somebody else has sent; state: of the latter.
	Of   int
	UUID string

	// work: the queue, if not the default one, and how many tasks at once.
	Queue       string
	Concurrency int
}

// answer is one line: to a command, or, with Event, about a task that the worker begins.
type answer struct {
	ID      int            `json:"id,omitempty"`
	Event   string         `json:"event,omitempty"`
	Error   string         `json:"error,omitempty"`
	UUIDs   []string       `json:"uuids,omitempty"`
	Results [][]typedValue `json:"results,omitempty"`
	State   any            `json:"state,omitempty"`
	Task    string         `json:"task,omitempty"`
	UUID    string         `json:"uuid,omitempty"`
	Headers map[string]any `json:"headers,omitempty"`
	Names   []string       `json:"names,omitempty"`
}

// typedValue is a result: its Go type, and its value as JSON, in a string so that whoever reads it loses no digit.
type typedValue struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// waiting is what there is to wait for after a send: Machinery's AsyncResult, ChainAsyncResult or ChordAsyncResult.
type waiting interface {
	Get(sleep time.Duration) ([]reflect.Value, error)
}

// sent is what a send has led to: the tasks, and what to wait for.
type sent struct {
	uuids []string
	waits []waiting
}

// library is one major version of Go Machinery.
type library interface {
	send(command) (sent, error)
	typed(call string) (sent, error)
	result(uuid string) waiting
	state(uuid string) (any, error)
	pending(queue string) ([]string, error)
	// work starts a worker; begun is called before each task. It returns what stops the worker and waits until it has ended.
	work(queue string, concurrency int, begun func(name, uuid string, headers map[string]any)) (stop func())
}

const pollEvery = 5 * time.Millisecond

// awkward is text that one JSON writer or another escapes: < > & " \\ U+2028, and a character beyond 16 bits.
const awkward = "<a href=\"x\">&amp;</a> \\ \u2028 é 𝄞"

var (
	answers     = os.NewFile(3, "answers")
	output      sync.Mutex
	sends       sync.Map
	versions    = map[string]func(configFile string) (library, error){"v1": newV1, "v2": newV2}
	errNothing  = errors.New("nothing was sent under this id")
	errNoWorker = errors.New("there is no worker")
)

func main() {
	version := flag.String("machinery", "v2", "which major version of Machinery, v1 or v2")
	configFile := flag.String("config", "config.yml", "Machinery's configuration file")
	judge := flag.String("ledger", "", "the ledger of test/chaos, whose tasks are to be run, too")
	flag.Parse()
	if *judge != "" {
		told, err := openLedger(*judge)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		own = told.tasks()
	}
	connected, err := versions[*version](*configFile)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var stop func()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var given command
		if err := json.Unmarshal(lines.Bytes(), &given); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		switch given.Do {
		case "work":
			stop = connected.work(given.Queue, given.Concurrency, func(name, uuid string, headers map[string]any) {
				write(answer{Event: "begun", Task: name, UUID: uuid, Headers: headers})
			})
			write(answer{ID: given.ID})
		case "stop":
			if stop == nil {
				write(answer{ID: given.ID, Error: errNoWorker.Error()})
				continue
			}
			stop()
			stop = nil
			write(answer{ID: given.ID})
		case "get":
			// Waiting holds up no other command.
			go func() { write(carryOut(connected, given)) }()
		default:
			write(carryOut(connected, given))
		}
	}
	if stop != nil {
		stop()
	}
}

func carryOut(connected library, given command) answer {
	reply, err := attempt(connected, given)
	reply.ID = given.ID
	if err != nil {
		reply.Error = err.Error()
	}
	return reply
}

func attempt(connected library, given command) (answer, error) {
	switch given.Do {
	case "send":
		return remember(given.ID)(connected.send(given))
	case "typed":
		return remember(given.ID)(connected.typed(given.Call))
	case "get":
		return get(connected, given)
	case "state":
		state, err := connected.state(given.UUID)
		return answer{State: state}, err
	case "pending":
		names, err := connected.pending(given.Queue)
		return answer{Names: names}, err
	case "release":
		release()
		return answer{}, nil
	}
	return answer{}, fmt.Errorf("no such command: %q", given.Do)
}

func remember(id int) func(sent, error) (answer, error) {
	return func(one sent, err error) (answer, error) {
		sends.Store(id, one)
		return answer{UUIDs: one.uuids}, err
	}
}

func get(connected library, given command) (answer, error) {
	waits := []waiting{}
	if given.UUID != "" {
		waits = append(waits, connected.result(given.UUID))
	} else if earlier, ok := sends.Load(given.Of); ok {
		waits = earlier.(sent).waits
	} else {
		return answer{}, errNothing
	}
	reply := answer{Results: make([][]typedValue, len(waits))}
	for i, wait := range waits {
		values, err := wait.Get(pollEvery)
		if err != nil {
			return answer{}, err
		}
		reply.Results[i] = make([]typedValue, len(values))
		for j, value := range values {
			text, err := json.Marshal(value.Interface())
			if err != nil {
				return answer{}, err
			}
			reply.Results[i][j] = typedValue{Type: value.Type().String(), Value: string(text)}
		}
	}
	return reply, nil
}

// decodeNumbers is json.Unmarshal as Machinery does it: numbers keep all their digits.
func decodeNumbers(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// ownNumbers has Go's own numbers in headers, as a Go program would put them there.
func ownNumbers(headers map[string]interface{}) map[string]interface{} {
	for name, value := range headers {
		if number, ok := value.(json.Number); ok {
			headers[name], _ = number.Int64()
		}
	}
	return headers
}

func write(line answer) {
	output.Lock()
	defer output.Unlock()
	if err := json.NewEncoder(answers).Encode(line); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
