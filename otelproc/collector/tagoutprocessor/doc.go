// Package tagoutprocessor is a Collector processor that replaces the secrets of
// a registry, in whatever encoding they appear, by tags that say which secret
// and which version it was. It handles traces, logs, metrics and profiles, and in
// them every string and bytes field and every key.
//
// The secrets come from an extension, tagoutregistry as a rule, that several
// pipelines share. Data without a secret is not written to. Values keep their
// kind: bytes stay bytes and maps stay maps.
//
// The processor never fails on data: what it cannot handle it drops, counts and
// logs without content. It belongs before any processor or connector that shows
// data elsewhere, and behind the memory limiter.
package tagoutprocessor

//go:generate go tool mdatagen metadata.yaml
