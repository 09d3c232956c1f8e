// Go Machinery as a program to be measured: `machinery-go <broker> <result backend> <queue>`, the one a Redis or a RabbitMQ, the other a
// Redis. A line of JSON in, a line of JSON out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/RichardKnop/machinery/v2"
	redisbackend "github.com/RichardKnop/machinery/v2/backends/redis"
	backendresult "github.com/RichardKnop/machinery/v2/backends/result"
	amqpbroker "github.com/RichardKnop/machinery/v2/brokers/amqp"
	brokersiface "github.com/RichardKnop/machinery/v2/brokers/iface"
	redisbroker "github.com/RichardKnop/machinery/v2/brokers/redis"
	"github.com/RichardKnop/machinery/v2/config"
	eagerlock "github.com/RichardKnop/machinery/v2/locks/eager"
	"github.com/RichardKnop/machinery/v2/log"
	"github.com/RichardKnop/machinery/v2/tasks"
	"github.com/gomodule/redigo/redis"
	amqp "github.com/rabbitmq/amqp091-go"
)

type request struct {
	Command  string
	Count    int
	InFlight int
	Slots    int
	Size     int
	Length   int
	Bytes    int
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

var (
	ended  atomic.Int64
	lastAt atomic.Int64
	// How often each task was run, by its number.
	runs [1 << 17]atomic.Int32
)

func add(terms ...int64) (int64, error) {
	sum := int64(0)
	for _, term := range terms {
		sum += term
	}
	if len(terms) == 2 {
		runs[terms[1]].Add(1)
	}
	return sum, nil
}

func concat(parts []string) (string, error) {
	return strings.Join(parts, ""), nil
}

func ran(count int) []byte {
	taken := make([]byte, count)
	for i := range taken {
		taken[i] = byte(runs[i].Swap(0))
	}
	return taken
}

// The result is looked at: a rate of wrong answers is no rate. Go Machinery polls for it; its documentation does so every 5 ms.
func expect(result *backendresult.AsyncResult, right any, poll time.Duration) {
	values, err := result.GetWithTimeout(time.Minute, poll)
	check(err)
	if got := values[0].Interface(); got != right {
		panic(fmt.Sprintf("the result is %v, and should be %v", got, right))
	}
}

func signature(queue string, i int) *tasks.Signature {
	return &tasks.Signature{
		Name:       "add",
		RoutingKey: queue,
		Args:       []tasks.Arg{{Type: "int64", Value: int64(1)}, {Type: "int64", Value: int64(i)}},
	}
}

// A queue as its server sees it.
type queueView struct {
	count func() int
	purge func()
}

func queueAt(broker, queue string) queueView {
	if !isAMQP(broker) {
		keys, err := redis.Dial("tcp", strings.TrimPrefix(broker, "redis://"))
		check(err)
		return queueView{
			count: func() int {
				count, err := redis.Int(keys.Do("LLEN", queue))
				check(err)
				return count
			},
			purge: func() {
				_, err := keys.Do("DEL", queue)
				check(err)
			},
		}
	}
	connection, err := amqp.Dial(broker)
	check(err)
	channel, err := connection.Channel()
	check(err)
	return queueView{
		count: func() int {
			state, err := channel.QueueDeclarePassive(queue, true, false, false, false, nil)
			check(err)
			return state.Messages
		},
		purge: func() {
			_, err := channel.QueuePurge(queue, false)
			check(err)
		},
	}
}

func brokerAt(cnf *config.Config) brokersiface.Broker {
	if isAMQP(cnf.Broker) {
		return amqpbroker.New(cnf)
	}
	return redisbroker.New(cnf, strings.TrimPrefix(cnf.Broker, "redis://"), "", "", 0)
}

func isAMQP(url string) bool { return strings.HasPrefix(url, "amqp") }

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	broker, backend, queue := os.Args[1], strings.TrimPrefix(os.Args[2], "redis://"), os.Args[3]
	log.Set(silent{})
	cnf := &config.Config{
		Broker:          broker,
		DefaultQueue:    queue,
		ResultsExpireIn: 600,
		NoUnixSignals:   true,
		Redis:           &config.RedisConfig{MaxIdle: 100},
		AMQP:            &config.AMQPConfig{Exchange: queue, ExchangeType: "direct", BindingKey: queue},
	}
	messages := queueAt(broker, queue)
	server := machinery.NewServer(cnf, brokerAt(cnf), redisbackend.New(cnf, backend, "", "", 0), eagerlock.New())
	check(server.RegisterTask("add", add))
	check(server.RegisterTask("concat", concat))
	var sent []*backendresult.AsyncResult

	inLanes := func(count, inFlight int, work func(i int)) float64 {
		start := time.Now()
		var next atomic.Int64
		var lanes sync.WaitGroup
		for lane := 0; lane < inFlight; lane++ {
			lanes.Add(1)
			go func() {
				defer lanes.Done()
				for i := next.Add(1); i <= int64(count); i = next.Add(1) {
					work(int(i) - 1)
				}
			}()
		}
		lanes.Wait()
		return float64(time.Since(start)) / 1e6
	}

	sendOne := func(signature *tasks.Signature) *backendresult.AsyncResult {
		result, err := server.SendTask(signature)
		check(err)
		return result
	}

	send := func(count, inFlight int) float64 {
		sent = make([]*backendresult.AsyncResult, count)
		return inLanes(count, inFlight, func(i int) { sent[i] = sendOne(signature(queue, i)) })
	}

	roundTrip := func(i int, poll time.Duration) { expect(sendOne(signature(queue, i)), int64(i+1), poll) }

	work := func(slots int) {
		cnf.AMQP.PrefetchCount = slots
		worker := server.NewWorker("bench", slots)
		// Called once the state is stored.
		worker.SetPostTaskHandler(func(*tasks.Signature) {
			ended.Add(1)
			lastAt.Store(time.Now().UnixMilli())
		})
		worker.LaunchAsync(make(chan error, 1))
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
		case "queued":
			answer["count"] = messages.count()
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
			messages.purge()
		case "ended":
			answer["ended"], answer["lastAt"] = ended.Load(), lastAt.Load()
		case "ran":
			answer["ran"] = ran(r.Count)
		case "results":
			for i, result := range sent {
				expect(result, int64(i+1), time.Millisecond)
			}
			answer["count"] = len(sent)
		case "roundTrips":
			times := make([]float64, r.Count)
			for i := range times {
				times[i] = inLanes(1, 1, func(int) { roundTrip(i, time.Millisecond) })
			}
			answer["times"] = times
		case "flights":
			answer["ms"] = inLanes(r.Count, r.InFlight, func(i int) { roundTrip(i, 5*time.Millisecond) })
		case "chord":
			members := make([]*tasks.Signature, r.Size)
			for i := range members {
				members[i] = signature(queue, i)
			}
			answer["ms"] = inLanes(1, 1, func(int) {
				group, err := tasks.NewGroup(members...)
				check(err)
				chord, err := tasks.NewChord(group, &tasks.Signature{Name: "add", RoutingKey: queue})
				check(err)
				result, err := server.SendChord(chord, 0)
				check(err)
				values, err := result.GetWithTimeout(time.Minute, time.Millisecond)
				check(err)
				if right := int64(r.Size + r.Size*(r.Size-1)/2); values[0].Int() != right {
					panic(fmt.Sprintf("the sum is %v, and should be %v", values[0], right))
				}
			})
		case "chain":
			links := make([]*tasks.Signature, r.Length)
			for i := range links {
				links[i] = signature(queue, 0)
				if i > 0 {
					links[i].Args = links[i].Args[:1]
				}
			}
			answer["ms"] = inLanes(1, 1, func(int) {
				chain, err := tasks.NewChain(links...)
				check(err)
				result, err := server.SendChain(chain)
				check(err)
				values, err := result.GetWithTimeout(time.Minute, time.Millisecond)
				check(err)
				if values[0].Int() != int64(r.Length) {
					panic(fmt.Sprintf("the sum is %v, and should be %v", values[0], r.Length))
				}
			})
		case "echoes":
			text := strings.Repeat("x", r.Bytes)
			answer["ms"] = inLanes(r.Count, r.InFlight, func(int) {
				expect(sendOne(&tasks.Signature{
					Name:       "concat",
					RoutingKey: queue,
					Args:       []tasks.Arg{{Type: "[]string", Value: []string{text}}},
				}), text, 5*time.Millisecond)
			})
		default:
			answer["error"] = "unknown command " + r.Command
		}
		text, err := json.Marshal(answer)
		check(err)
		fmt.Println(string(text))
	}
}
