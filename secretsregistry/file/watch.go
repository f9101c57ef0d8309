package file

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Watch implements [secretsregistry.Watcher]. It watches directories, never
// files: a watch of a file dies with the first atomic replacement. It also
// looks by itself from time to time; where the system has no notifications that
// is all it does.
func (p *Provider) Watch(ctx context.Context, name string, changed func()) error {
	var events <-chan fsnotify.Event
	var errs <-chan error
	var watcher *fsnotify.Watcher
	if w, err := fsnotify.NewWatcher(); err == nil {
		defer w.Close()
		watcher, events, errs = w, w.Events, w.Errors
	}
	watched := map[string]bool{}
	arm := func() {
		if watcher == nil {
			return
		}
		for _, d := range p.dirs(name) {
			if !watched[d] && watcher.Add(d) == nil {
				watched[d] = true
			}
		}
	}
	arm()
	last := p.state(name)
	changed() // what happened before is not known
	tick := time.NewTicker(p.poll)
	defer tick.Stop()
	var quiet <-chan time.Time
	var timer *time.Timer
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case ev, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			if ev.Has(fsnotify.Remove) || ev.Has(fsnotify.Rename) {
				delete(watched, ev.Name)
			}
			if timer != nil {
				timer.Stop()
			}
			timer = time.NewTimer(p.debounce)
			quiet = timer.C
			continue
		case _, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			// Events were lost: look.
		case <-tick.C:
		case <-quiet:
			quiet = nil
		}
		arm()
		if now := p.state(name); now != last {
			last = now
			changed()
		}
	}
}

// dirs are the directories in which a change of the path shows.
func (p *Provider) dirs(name string) []string {
	real, err := p.find(name)
	if err != nil {
		return []string{p.dir}
	}
	full := filepath.Join(p.dir, filepath.FromSlash(real))
	if info, err := os.Stat(full); err == nil && info.IsDir() {
		return []string{full, filepath.Dir(full)}
	}
	return []string{filepath.Dir(full)}
}

// state is a signature of what Fetch would read, without reading it.
func (p *Provider) state(name string) string {
	real, err := p.find(name)
	if err != nil {
		return ""
	}
	info, err := p.root.Stat(real)
	if err != nil {
		return ""
	}
	if !info.IsDir() {
		return real + " " + signature(info)
	}
	target, _ := p.root.Readlink(path.Join(real, dataLink))
	s := real + " " + target
	d, err := p.root.Open(path.Join(real, target))
	if err != nil {
		return s
	}
	defer d.Close()
	entries, _ := d.ReadDir(maxFiles)
	sigs := map[string]string{} // printed in order
	for _, e := range entries {
		if info, err := p.root.Stat(path.Join(real, target, e.Name())); err == nil {
			sigs[e.Name()] = signature(info)
		}
	}
	return s + fmt.Sprint(sigs)
}
