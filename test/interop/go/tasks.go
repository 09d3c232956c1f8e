package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"
)

// handlers are the tasks of schema/tasks.yaml, those of Machinery's example as its own example has them. They satisfy the Handlers
// interface that is generated from that contract, but for the structured ones, whose types each generated package has its own of.
type handlers struct{}

func (handlers) Add(_ context.Context, terms ...int64) (int64, error) {
	sum := int64(0)
	for _, term := range terms {
		sum += term
	}
	return sum, nil
}

func (handlers) Multiply(_ context.Context, factors ...int64) (int64, error) {
	product := int64(1)
	for _, factor := range factors {
		product *= factor
	}
	return product, nil
}

func (handlers) SumInts(_ context.Context, numbers []int64) (int64, error) {
	var sum int64
	for _, number := range numbers {
		sum += number
	}
	return sum, nil
}

func (handlers) SumFloats(_ context.Context, numbers []float64) (float64, error) {
	var sum float64
	for _, number := range numbers {
		sum += number
	}
	return sum, nil
}

func (handlers) Concat(_ context.Context, strs []string) (string, error) {
	return strings.Join(strs, ""), nil
}

func (handlers) Split(_ context.Context, str string) ([]string, error) {
	return strings.Split(str, ""), nil
}

func (handlers) PanicTask(context.Context) (string, error) {
	panic(errors.New("oops"))
}

func (handlers) LongRunningTask(ctx context.Context) error {
	select {
	case <-time.After(10 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (handlers) Fail(_ context.Context, message string) (string, error) {
	return "", errors.New(message)
}

func (handlers) None(context.Context) error {
	return nil
}

func (handlers) Every(_ context.Context, b bool, i int, i8 int8, i16 int16, i32 int32, i64 int64, u uint, u8 uint8, u16 uint16,
	u32 uint32, u64 uint64, f32 float32, f64 float64, s string,
) (bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64, string, error) {
	return b, i, i8, i16, i32, i64, u, u8, u16, u32, u64, f32, f64, s, nil
}

func (handlers) Slices(_ context.Context, b []bool, i []int, i8 []int8, i16 []int16, i32 []int32, i64 []int64, u []uint, u8 []uint8,
	u16 []uint16, u32 []uint32, u64 []uint64, f32 []float32, f64 []float64, s []string,
) ([]bool, []int, []int8, []int16, []int32, []int64, []uint, []uint8, []uint16, []uint32, []uint64, []float32, []float64, []string,
	error,
) {
	return b, i, i8, i16, i32, i64, u, u8, u16, u32, u64, f32, f64, s, nil
}

// signed takes and returns what every and slices do, but for what is unsigned.
func signed(b bool, i int, i8 int8, i16 int16, i32 int32, i64 int64, f32 float32, f64 float64, s string, bs []bool, is []int,
	i8s []int8, i16s []int16, i32s []int32, i64s []int64, f32s []float32, f64s []float64, ss []string,
) (bool, int, int8, int16, int32, int64, float32, float64, string, []bool, []int, []int8, []int16, []int32, []int64, []float32,
	[]float64, []string, error,
) {
	return b, i, i8, i16, i32, i64, f32, f64, s, bs, is, i8s, i16s, i32s, i64s, f32s, f64s, ss, nil
}

var (
	held    = make(chan struct{})
	letHeld sync.Once
)

// own are the tasks of these tests alone, which no contract has.
var own = map[string]interface{}{"hold": hold, "signed": signed}

// hold ends when the command "release" is given.
func hold() (string, error) {
	<-held
	return "Go", nil
}

func release() {
	letHeld.Do(func() { close(held) })
}
