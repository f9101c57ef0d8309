package main

import (
	"strings"
	"time"

	"github.com/seed-00b494d3/tagout/httpmw"
)

// secrets adapts the registry and the cache to the status page, which knows
// neither.
func (s *service) secrets() []httpmw.SecretStatus {
	now := time.Now()
	hits := make(map[[2]string][]httpmw.Hits)
	for _, h := range s.reg.Hits() {
		id := [2]string{h.Name, h.Version}
		hits[id] = append(hits[id], httpmw.Hits{Sink: h.Sink, Form: string(h.Form), Count: h.Count})
	}
	stale, next := map[string]bool{}, map[string]time.Time{}
	for _, p := range s.cache.Health().Paths {
		stale[p.Path+"@"+p.Version] = p.Stale
		next[p.Path+"@"+p.Version] = now.Add(ttl - p.Age)
	}
	var rows []httpmw.SecretStatus
	for _, e := range s.reg.List() {
		path := e.Name[:max(0, strings.LastIndexByte(e.Name, '/'))] + "@" + e.Version
		rows = append(rows, httpmw.SecretStatus{
			Name: e.Name, Version: e.Version, State: e.State.String(), Since: now.Add(-e.StateAge),
			NextRefresh: next[path], Stale: stale[path], Hits: hits[[2]string{e.Name, e.Version}],
		})
	}
	return rows
}
