// Package http measures httpmw beside chi's logger, httplog and a logger by hand, and
// tells what they leak. It holds tests only:
//
//	go test ./bench/http                    what leaks
//	go test -run NONE -bench . ./bench/http what it costs
//
// Dated figures are in results.
package http
