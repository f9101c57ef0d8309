package main

import (
	"time"

	"github.com/seed-00b494d3/tagout/httpmw"
)

// secrets adapts the registry to the status page, which does not know it.
func (s *service) secrets() []httpmw.SecretStatus {
	now := time.Now()
	hits := make(map[[2]string][]httpmw.Hits)
	for _, h := range s.reg.Hits() {
		id := [2]string{h.Name, h.Version}
		hits[id] = append(hits[id], httpmw.Hits{Sink: h.Sink, Form: string(h.Form), Count: h.Count})
	}
	var rows []httpmw.SecretStatus
	for _, e := range s.reg.List() {
		rows = append(rows, httpmw.SecretStatus{
			Name: e.Name, Version: e.Version, State: e.State.String(), Since: now.Add(-e.StateAge),
			NextRefresh: e.NextRefresh, Expires: e.Expires, Stale: e.Stale, Hits: hits[[2]string{e.Name, e.Version}],
		})
	}
	return rows
}
