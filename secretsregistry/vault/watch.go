package vault

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// Watch calls changed whenever the secret at path may have changed, until ctx
// ends or watching turns out to be impossible. It uses the server's events, or
// reads the secret's metadata at an interval. changed is called from this
// goroutine only, at least once after every (re)connect, so that nothing that
// happened in between is lost. Secrets without versions of their own (dynamic
// ones, static roles, KV version 1 without events) end it at once with
// [secretsregistry.ErrWatchUnsupported].
func (p *Provider) Watch(ctx context.Context, path string, changed func()) error {
	path = strings.Trim(path, "/")
	if err := checkPath(path); err != nil {
		return &Error{Op: "watch", Path: path, Reason: "path not usable", class: secretsregistry.ErrNotFound}
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.life, cancel)() // Close ends it too
	err := p.watch(inner, path, changed)
	if ctx.Err() == nil && p.life.Err() != nil {
		return p.closed(request{op: "watch", label: path})
	}
	return err
}

func (p *Provider) watch(ctx context.Context, path string, changed func()) error {
	l, err := p.locateRetry(ctx, path)
	if err != nil {
		return err
	}
	if l.kind == plain {
		return errNoWatch(path)
	}
	s, remove := p.events.add(l)
	defer remove()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.hint:
			changed()
		case <-s.off:
			if l.kind != kv2 {
				return errNoWatch(path)
			}
			return p.pollMetadata(ctx, path, l, changed)
		}
	}
}

// locateRetry waits for the server: a watch that begins during an outage must
// not be lost.
func (p *Provider) locateRetry(ctx context.Context, path string) (place, error) {
	pause := firstPause
	for {
		l, err := p.locate(ctx, path)
		if err == nil || errors.Is(err, secretsregistry.ErrDenied) {
			return l, err
		}
		if err := sleep(ctx, pause/2+rand.N(pause/2)); err != nil {
			return place{}, err
		}
		pause = min(2*pause, lastPause)
	}
}

func errNoWatch(path string) error {
	return &Error{Op: "watch", Path: path, Reason: "this kind of secret cannot be watched", class: secretsregistry.ErrWatchUnsupported}
}

// pollMetadata compares the metadata of the secret with what it was. It reads
// no values.
func (p *Provider) pollMetadata(ctx context.Context, path string, l place, changed func()) error {
	var last metadata
	for first := true; ; {
		m, err := p.metadata(ctx, path, l)
		switch {
		case errors.Is(err, secretsregistry.ErrDenied):
			p.tell("no policy allows to read metadata; changes are found when values are fetched again")
			return errNoWatch(path)
		case err != nil && !errors.Is(err, secretsregistry.ErrNotFound):
			// An outage: compare again after it.
		case first || m != last:
			first, last = false, m
			changed()
		}
		// A tenth of jitter keeps replicas apart.
		if err := sleep(ctx, p.poll-p.poll/20+rand.N(p.poll/10+1)); err != nil {
			return err
		}
	}
}

// metadata is what changes when the current version of a secret does: a write,
// a deletion, an undeletion, a destruction. The zero value is a secret that is
// not there.
type metadata struct {
	version, updated, deleted string
	destroyed                 bool
}

func (p *Provider) metadata(ctx context.Context, path string, l place) (metadata, error) {
	s, _, err := p.do(ctx, request{op: "poll", label: path, path: l.metadata()})
	if err != nil {
		return metadata{}, err
	}
	var m metadata
	num, _ := s.Data["current_version"].(json.Number)
	m.version = num.String()
	m.updated, _ = s.Data["updated_time"].(string)
	versions, _ := s.Data["versions"].(map[string]any)
	current, _ := versions[m.version].(map[string]any)
	m.deleted, _ = current["deletion_time"].(string)
	m.destroyed, _ = current["destroyed"].(bool)
	return m, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
