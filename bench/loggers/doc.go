// Package loggers measures what the log adapters cost: each beside the bare
// logger and beside what people write for themselves. It holds nothing but
// benchmarks; results are kept in results.
//
//	go test ./bench/loggers -run NONE -bench . -cpu 1 -count 6
//
// Wall time on a shared machine says little, so a logger and its bare twin are
// timed in turns of some hundred records within one benchmark, and the figures
// are medians of turns. "x-bare" is the ratio: what the others beside it are
// compared by. "allocs-added" is per record, over the bare logger. BenchmarkParts
// splits a clean record into logger, adapter and engine.
package loggers
