// Package collector measures Collector processors side by side: where a secret
// gets through (TestSideBySide keeps the tables) and what each costs
// (BenchmarkTraces, BenchmarkLogs). The rival is contrib's redactionprocessor.
package collector
