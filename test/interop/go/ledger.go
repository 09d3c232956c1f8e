package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/RichardKnop/machinery/v2/tasks"
)

// ledger is this process's line to the judge of test/chaos, whose tasks it runs as test/chaos/worker.ts does: a run is told before
// anything else, and its effect before its result can be anywhere.
type ledger struct {
	lock    sync.Mutex
	lines   *json.Encoder
	replies map[int]chan json.RawMessage
	asked   int
}

func openLedger(path string) (*ledger, error) {
	connection, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	l := &ledger{lines: json.NewEncoder(connection), replies: map[int]chan json.RawMessage{}}
	go func() {
		answers := bufio.NewScanner(connection)
		for answers.Scan() {
			var line struct {
				Reply  int
				Answer json.RawMessage
			}
			if json.Unmarshal(answers.Bytes(), &line) != nil {
				continue
			}
			l.lock.Lock()
			l.replies[line.Reply] <- line.Answer
			delete(l.replies, line.Reply)
			l.lock.Unlock()
		}
	}()
	return l, nil
}

func (l *ledger) tell(line map[string]any) error {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.lines.Encode(line)
}

func (l *ledger) ask(line map[string]any) (json.RawMessage, error) {
	answer := make(chan json.RawMessage, 1)
	l.lock.Lock()
	l.asked++
	line["reply"] = l.asked
	l.replies[l.asked] = answer
	err := l.lines.Encode(line)
	l.lock.Unlock()
	if err != nil {
		return nil, err
	}
	return <-answer, nil
}

func (l *ledger) run(ctx context.Context, args []int64, body func(run int) error) error {
	uuid := tasks.SignatureFromContext(ctx).UUID
	start := map[string]any{"op": "start", "uuid": uuid}
	if args != nil {
		start["args"] = args
	}
	answer, err := l.ask(start)
	if err != nil {
		return err
	}
	defer l.tell(map[string]any{"op": "end", "uuid": uuid})
	if err := l.tell(map[string]any{"op": "note", "uuid": uuid, "note": "Go"}); err != nil {
		return err
	}
	var run int
	if err := json.Unmarshal(answer, &run); err != nil {
		return err
	}
	if err := body(run); err != nil {
		return err
	}
	_, err = l.ask(map[string]any{"op": "effect", "uuid": uuid})
	return err
}

// tasks are those of test/chaos/worker.ts that a Go worker has a part in.
func (l *ledger) tasks() map[string]interface{} {
	nap := func(ms int64) func(int) error {
		return func(int) error {
			time.Sleep(time.Duration(ms) * time.Millisecond)
			return nil
		}
	}
	return map[string]interface{}{
		"work": func(ctx context.Context, ms int64) error { return l.run(ctx, nil, nap(ms)) },
		"member": func(ctx context.Context, number, ms int64) (int64, error) {
			return number, l.run(ctx, nil, nap(ms))
		},
		"callback": func(ctx context.Context, numbers ...int64) (int64, error) {
			return int64(len(numbers)), l.run(ctx, numbers, nap(0))
		},
		"flaky": func(ctx context.Context) error {
			return l.run(ctx, nil, func(run int) error {
				if run == 1 {
					return errors.New("not yet")
				}
				return nil
			})
		},
	}
}
