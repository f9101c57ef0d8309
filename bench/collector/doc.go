// Package collector measures Collector processors side by side: where a secret
// gets through (TestSideBySide prints the table) and what each costs
// (BenchmarkTraces, BenchmarkLogs). The rival is contrib's redactionprocessor.
package collector
