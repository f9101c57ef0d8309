package vault

import (
	"context"
	"errors"
	"strings"
)

// kind is how the secrets engine at a path answers.
type kind int

const (
	plain kind = iota // the data is the secret: databases, static roles, unknown engines
	kv1               // the data is the secret, without version and without lease
	kv2               // the data and its version lie under data/, their history under metadata/
)

// A place is a path split at its mount.
type place struct {
	kind  kind
	mount string // "secret"
	rel   string // "payments/db", without data/
}

func (l place) read() string {
	if l.kind == kv2 {
		return l.mount + "/data/" + l.rel
	}
	return join(l.mount, l.rel)
}

func (l place) metadata() string { return l.mount + "/metadata/" + l.rel }

func join(mount, rel string) string {
	if mount == "" {
		return rel
	}
	return mount + "/" + rel
}

// locate finds the mount of a path. Vault tells it to every token that may read
// something there; where it does not, the path's own shape decides. Both
// spellings of a KV version 2 path are taken, secret/payments/db and
// secret/data/payments/db; so a secret whose own name begins with "data/" needs
// the second.
func (p *Provider) locate(ctx context.Context, path string) (place, error) {
	p.mu.Lock()
	m, ok := p.mounts[mountOf(p.mounts, path)]
	p.mu.Unlock()
	if !ok {
		s, _, err := p.do(ctx, request{op: "locate", label: path, path: "sys/internal/ui/mounts/" + path})
		var e *Error
		switch {
		case errors.As(err, &e) && (e.Status == 403 || e.Status == 404 || e.Status == 405):
			return byShape(path), nil
		case err != nil:
			return place{}, err
		}
		m = mountInfo{}
		m.path, _ = s.Data["path"].(string)
		m.path = strings.Trim(m.path, "/")
		if m.path == "" || !under(path, m.path) {
			return byShape(path), nil
		}
		m.kind = plain
		if t, _ := s.Data["type"].(string); t == "kv" || t == "generic" {
			m.kind = kv1
			options, _ := s.Data["options"].(map[string]any)
			if v, _ := options["version"].(string); v == "2" {
				m.kind = kv2
			}
		}
		p.mu.Lock()
		p.mounts[m.path] = m
		p.mu.Unlock()
	}
	l := place{kind: m.kind, mount: m.path, rel: strings.TrimPrefix(strings.TrimPrefix(path, m.path), "/")}
	if l.kind == kv2 {
		l.rel = strings.TrimPrefix(l.rel, "data/")
	}
	return l, nil
}

type mountInfo struct {
	path string
	kind kind
}

// forget makes the next fetch ask for the mount again: it may have been
// replaced, or upgraded from version 1 to 2.
func (p *Provider) forget(l place) {
	p.mu.Lock()
	delete(p.mounts, l.mount)
	p.mu.Unlock()
}

// mountOf returns the longest known mount that holds path.
func mountOf(mounts map[string]mountInfo, path string) string {
	best := ""
	for m := range mounts {
		if len(m) > len(best) && under(path, m) {
			best = m
		}
	}
	return best
}

func under(path, mount string) bool { return strings.HasPrefix(path, mount+"/") }

// byShape takes the first segment for the mount when data/ follows it.
func byShape(path string) place {
	if mount, rel, ok := strings.Cut(path, "/data/"); ok && !strings.Contains(mount, "/") {
		return place{kind: kv2, mount: mount, rel: rel}
	}
	return place{kind: plain, rel: path}
}

var errPath = errors.New("vault: path not usable")

// checkPath refuses what would read another path than the one named: the
// client joins and cleans paths, so "a/../b" would be "b".
func checkPath(path string) error {
	if path == "" {
		return errPath
	}
	for seg := range strings.SplitSeq(path, "/") {
		if seg == "" || seg == "." || seg == ".." {
			return errPath
		}
	}
	for i := 0; i < len(path); i++ {
		if c := path[i]; c < ' ' || c == 0x7f || c == '?' || c == '#' || c == '%' {
			return errPath
		}
	}
	return nil
}
