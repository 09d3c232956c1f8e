package main

import (
	"context"
	"fmt"
	"math"

	machinery "github.com/RichardKnop/machinery/v1"
	"github.com/RichardKnop/machinery/v1/backends/result"
	"github.com/RichardKnop/machinery/v1/config"
	"github.com/RichardKnop/machinery/v1/tasks"

	example "interop/examplev1"
)

// v1 is github.com/RichardKnop/machinery/v1. It differs from v2.go in the imports and in how a server is made.
type v1 struct {
	server *machinery.Server
}

func newV1(configFile string) (library, error) {
	cnf, err := config.NewFromYaml(configFile, false)
	if err != nil {
		return nil, err
	}
	server, err := machinery.NewServer(cnf)
	if err != nil {
		return nil, err
	}
	if err := example.RegisterTasks(server, handlersV1{}); err != nil {
		return nil, err
	}
	return v1{server}, server.RegisterTasks(own)
}

type handlersV1 struct{ handlers }

func (handlersV1) Resize(_ context.Context, request example.ResizeRequest) (example.Size, error) {
	return request.Box, nil
}

func (m v1) send(given command) (sent, error) {
	signatures := make([]*tasks.Signature, len(given.Tasks))
	for i, text := range given.Tasks {
		if err := decodeNumbers(text, &signatures[i]); err != nil {
			return sent{}, err
		}
		signatures[i].Headers = ownNumbers(signatures[i].Headers)
	}
	switch given.Kind {
	case "task":
		return m.one(m.server.SendTask(signatures[0]))
	case "chain":
		chain, err := tasks.NewChain(signatures...)
		if err != nil {
			return sent{}, err
		}
		wait, err := m.server.SendChain(chain)
		return sent{uuidsV1(signatures...), []waiting{wait}}, err
	case "group":
		group, err := tasks.NewGroup(signatures...)
		if err != nil {
			return sent{}, err
		}
		results, err := m.server.SendGroup(group, 0)
		waits := make([]waiting, len(results))
		for i, one := range results {
			waits[i] = one
		}
		return sent{uuidsV1(signatures...), waits}, err
	case "chord":
		group, err := tasks.NewGroup(signatures...)
		if err != nil {
			return sent{}, err
		}
		callback := new(tasks.Signature)
		if err := decodeNumbers(given.Callback, callback); err != nil {
			return sent{}, err
		}
		chord, err := tasks.NewChord(group, callback)
		if err != nil {
			return sent{}, err
		}
		wait, err := m.server.SendChord(chord, 0)
		return sent{append(uuidsV1(signatures...), callback.UUID), []waiting{wait}}, err
	}
	return sent{}, fmt.Errorf("no such kind: %q", given.Kind)
}

// typed sends through the generated package, with values that are Go's own.
func (m v1) typed(call string) (sent, error) {
	switch call {
	case "least":
		return m.one(example.SendEvery(m.server, false, math.MinInt, math.MinInt8, math.MinInt16, math.MinInt32, math.MinInt64, 0, 0, 0, 0,
			0, -math.MaxFloat32, -math.MaxFloat64, ""))
	case "greatest":
		return m.one(example.SendEvery(m.server, true, math.MaxInt, math.MaxInt8, math.MaxInt16, math.MaxInt32, math.MaxInt64,
			math.MaxUint, math.MaxUint8, math.MaxUint16, math.MaxUint32, math.MaxUint64, math.MaxFloat32, math.MaxFloat64, awkward))
	case "smallest":
		return m.one(example.SendEvery(m.server, true, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, math.SmallestNonzeroFloat32,
			math.SmallestNonzeroFloat64, "\x00"))
	case "slices":
		return m.one(example.SendSlices(m.server, []bool{true, false}, []int{math.MinInt, math.MaxInt}, []int8{math.MinInt8, math.MaxInt8},
			[]int16{math.MinInt16, math.MaxInt16}, []int32{math.MinInt32, math.MaxInt32}, []int64{math.MinInt64, math.MaxInt64},
			[]uint{0, math.MaxUint}, []uint8{0, math.MaxUint8}, []uint16{0, math.MaxUint16}, []uint32{0, math.MaxUint32},
			[]uint64{0, math.MaxUint64}, []float32{0.1, math.MaxFloat32}, []float64{0.1, math.MaxFloat64}, []string{"", awkward}))
	case "empty":
		return m.one(example.SendSlices(m.server, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil))
	case "signed":
		return m.one(m.server.SendTask(&tasks.Signature{Name: "signed", Args: []tasks.Arg{
			{Type: "bool", Value: true}, {Type: "int", Value: math.MaxInt}, {Type: "int8", Value: math.MaxInt8},
			{Type: "int16", Value: math.MaxInt16}, {Type: "int32", Value: math.MaxInt32}, {Type: "int64", Value: math.MaxInt64},
			{Type: "float32", Value: float32(math.MaxFloat32)}, {Type: "float64", Value: math.MaxFloat64},
			{Type: "string", Value: awkward}, {Type: "[]bool", Value: []bool{true, false}},
			{Type: "[]int", Value: []int{math.MinInt, math.MaxInt}}, {Type: "[]int8", Value: []int8{math.MinInt8, math.MaxInt8}},
			{Type: "[]int16", Value: []int16{math.MinInt16, math.MaxInt16}},
			{Type: "[]int32", Value: []int32{math.MinInt32, math.MaxInt32}},
			{Type: "[]int64", Value: []int64{math.MinInt64, math.MaxInt64}},
			{Type: "[]float32", Value: []float32{0.1, math.MaxFloat32}}, {Type: "[]float64", Value: []float64{0.1, math.MaxFloat64}},
			{Type: "[]string", Value: []string{"", awkward}},
		}}))
	case "add":
		return m.one(example.SendAdd(m.server, 1, 2, math.MaxInt32))
	case "resize":
		size := example.Size{Width: 4000, Height: 3000}
		return m.one(example.SendResize(m.server, example.ResizeRequest{
			Image: example.ResizeRequestImage{Id: math.MaxInt64, Size: size},
			Box:   example.Size{Width: 640, Height: 480},
			Fit:   "fill",
		}))
	}
	return sent{}, fmt.Errorf("no such call: %q", call)
}

func (v1) one(wait *result.AsyncResult, err error) (sent, error) {
	if err != nil {
		return sent{}, err
	}
	return sent{[]string{wait.Signature.UUID}, []waiting{wait}}, nil
}

func (m v1) result(uuid string) waiting {
	return result.NewAsyncResult(&tasks.Signature{UUID: uuid}, m.server.GetBackend())
}

func (m v1) state(uuid string) (any, error) {
	return m.server.GetBackend().GetState(uuid)
}

func (m v1) pending(queue string) ([]string, error) {
	signatures, err := m.server.GetBroker().GetPendingTasks(queue)
	names := make([]string, len(signatures))
	for i, signature := range signatures {
		names[i] = signature.Name
	}
	return names, err
}

func (m v1) work(queue string, concurrency int, begun func(string, string, map[string]any)) func() {
	worker := m.server.NewCustomQueueWorker("interop", concurrency, queue)
	worker.SetPreTaskHandler(func(signature *tasks.Signature) { begun(signature.Name, signature.UUID, signature.Headers) })
	ended := make(chan error, 2)
	worker.LaunchAsync(ended)
	return func() {
		worker.Quit()
		<-ended
	}
}

func uuidsV1(signatures ...*tasks.Signature) []string {
	uuids := make([]string, len(signatures))
	for i, signature := range signatures {
		uuids[i] = signature.UUID
	}
	return uuids
}
