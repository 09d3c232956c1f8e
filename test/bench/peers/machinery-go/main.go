// Go Machinery as a program to be measured: `machinery-go <url> <queue>`; a line of JSON in, a line of JSON out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/RichardKnop/machinery/v2"
	redisbackend "github.com/RichardKnop/machinery/v2/backends/redis"
	redisbroker "github.com/RichardKnop/machinery/v2/brokers/redis"
	"github.com/RichardKnop/machinery/v2/config"
	eagerlock "github.com/RichardKnop/machinery/v2/locks/eager"
	"github.com/RichardKnop/machinery/v2/log"
	"github.com/RichardKnop/machinery/v2/tasks"
	"github.com/gomodule/redigo/redis"
)

type request struct {
	Command  string
	Count    int
	InFlight int
	Slots    int
}

type silent struct{}

func (silent) Print(...interface{})          {}
func (silent) Printf(string, ...interface{}) {}
func (silent) Println(...interface{})        {}
func (silent) Fatal(v ...interface{})        { panic(fmt.Sprint(v...)) }
func (silent) Fatalf(f string, v ...interface{}) {
	panic(fmt.Sprintf(f, v...))
}
func (silent) Fatalln(v ...interface{})          { panic(fmt.Sprint(v...)) }
func (silent) Panic(v ...interface{})            { panic(fmt.Sprint(v...)) }
func (silent) Panicf(f string, v ...interface{}) { panic(fmt.Sprintf(f, v...)) }
func (silent) Panicln(v ...interface{})          { panic(fmt.Sprint(v...)) }

var ended atomic.Int64

func add(terms ...int64) (int64, error) {
	sum := int64(0)
	for _, term := range terms {
		sum += term
	}
	ended.Add(1)
	return sum, nil
}

func signature(queue string, i int) *tasks.Signature {
	return &tasks.Signature{
		Name:       "add",
		RoutingKey: queue,
		Args:       []tasks.Arg{{Type: "int64", Value: int64(1)}, {Type: "int64", Value: int64(i)}},
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	address, queue := os.Args[1], os.Args[2]
	log.Set(silent{})
	cnf := &config.Config{DefaultQueue: queue, ResultsExpireIn: 600, NoUnixSignals: true, Redis: &config.RedisConfig{MaxIdle: 100}}
	server := machinery.NewServer(cnf,
		redisbroker.New(cnf, address, "", "", 0),
		redisbackend.New(cnf, address, "", "", 0),
		eagerlock.New())
	check(server.RegisterTask("add", add))
	keys, err := redis.Dial("tcp", address)
	check(err)

	send := func(count, inFlight int) float64 {
		start := time.Now()
		var next atomic.Int64
		var lanes sync.WaitGroup
		for lane := 0; lane < inFlight; lane++ {
			lanes.Add(1)
			go func() {
				defer lanes.Done()
				for i := next.Add(1); i <= int64(count); i = next.Add(1) {
					_, err := server.SendTask(signature(queue, int(i)))
					check(err)
				}
			}()
		}
		lanes.Wait()
		return float64(time.Since(start)) / 1e6
	}

	work := func(slots int) {
		server.NewWorker("bench", slots).LaunchAsync(make(chan error, 1))
	}

	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var r request
		check(json.Unmarshal(lines.Bytes(), &r))
		answer := map[string]any{}
		switch r.Command {
		case "send":
			answer["ms"] = send(r.Count, r.InFlight)
		case "sendBulk": // It knows no batches.
			answer["ms"] = send(r.Count, 50)
		case "drain":
			ended.Store(0)
			start := time.Now()
			work(r.Slots)
			for ended.Load() < int64(r.Count) {
				time.Sleep(time.Millisecond)
			}
			answer["ms"] = float64(time.Since(start)) / 1e6
		case "work":
			work(r.Slots)
		case "stop": // Its worker goes with the process.
		case "clear":
			_, err := keys.Do("DEL", queue)
			check(err)
		case "roundTrips":
			times := make([]float64, r.Count)
			for i := range times {
				start := time.Now()
				result, err := server.SendTask(signature(queue, i))
				check(err)
				_, err = result.Get(time.Millisecond)
				check(err)
				times[i] = float64(time.Since(start)) / 1e6
			}
			answer["times"] = times
		default:
			answer["error"] = "unknown command " + r.Command
		}
		text, err := json.Marshal(answer)
		check(err)
		fmt.Println(string(text))
	}
}
