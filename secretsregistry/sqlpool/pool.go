// Package sqlpool replaces a database/sql pool when its credential rotates.
//
// The new pool takes over only after a connection with the new credential has
// worked; until then, and as long as the database refuses it, the old pool goes
// on. What runs on the old pool finishes there, and then it is closed. No
// request fails because of a rotation as long as the old credential works until
// the new one does.
package sqlpool

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// Open makes a pool of a credential. It does not connect: sql.Open and
// sql.OpenDB do not either.
type Open func(*secretsregistry.Value) (*sql.DB, error)

// A Pool is a *sql.DB that follows a secret. It is safe for concurrent use.
type Pool struct {
	open    Open
	failed  func(error)
	ctx     context.Context
	stop    context.CancelFunc
	cancel  func() // of the hook
	newest  chan *secretsregistry.Value
	running sync.WaitGroup

	mu  sync.Mutex
	now *generation
}

// A generation is one pool and those who use it.
type generation struct {
	db      *sql.DB
	users   int
	retired bool
}

const (
	pingTimeout = 5 * time.Second
	firstRetry  = time.Second
	lastRetry   = 30 * time.Second
)

// New opens a pool with the secret of the path and follows its rotations until
// Close. failed, if not nil, is told of each attempt with a new credential that
// did not work; what drivers say can hold a DSN, so log it through a redacting
// logger.
func New(ctx context.Context, c *secretsregistry.Cache, path string, open Open, failed func(error)) (*Pool, error) {
	if failed == nil {
		failed = func(error) {}
	}
	p := &Pool{open: open, failed: failed, newest: make(chan *secretsregistry.Value, 1)}
	p.ctx, p.stop = context.WithCancel(context.Background())
	// The hook comes first: a rotation during the first connect is not missed.
	p.cancel = c.OnRotate(path, func(_, v *secretsregistry.Value) {
		for {
			select {
			case p.newest <- v:
				return
			default:
			}
			select {
			case <-p.newest: // overtaken
			default:
			}
		}
	})
	v, err := c.Get(ctx, path)
	if err == nil {
		err = p.switchTo(ctx, v)
	}
	if err != nil {
		p.cancel()
		p.stop()
		return nil, fmt.Errorf("sqlpool: %w", err)
	}
	p.running.Go(p.follow)
	return p, nil
}

// Do calls f with the present pool, which stays open until f returns. f must
// not keep it, or rows and statements of it.
func (p *Pool) Do(f func(*sql.DB) error) error {
	p.mu.Lock()
	g := p.now
	if g == nil {
		p.mu.Unlock()
		return sql.ErrConnDone
	}
	g.users++
	p.mu.Unlock()
	defer p.release(g, -1)
	return f(g.db)
}

// release gives a use back, and closes a pool that nobody uses any more.
func (p *Pool) release(g *generation, n int) {
	p.mu.Lock()
	g.users += n
	done := g.retired && g.users == 0
	p.mu.Unlock()
	if done {
		g.db.Close()
	}
}

// switchTo makes a pool of v current if it can connect.
func (p *Pool) switchTo(ctx context.Context, v *secretsregistry.Value) error {
	db, err := p.open(v)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return err
	}
	p.mu.Lock()
	old := p.now
	p.now = &generation{db: db}
	if old != nil {
		old.retired = true
	}
	p.mu.Unlock()
	if old != nil {
		p.release(old, 0)
	}
	return nil
}

// follow switches to each new credential, trying until it works or a newer one
// comes.
func (p *Pool) follow() {
	for {
		var v *secretsregistry.Value
		select {
		case <-p.ctx.Done():
			return
		case v = <-p.newest:
		}
		for wait := firstRetry; v != nil; wait = min(2*wait, lastRetry) {
			err := p.switchTo(p.ctx, v)
			if err == nil || p.ctx.Err() != nil {
				break
			}
			p.failed(err)
			t := time.NewTimer(wait)
			select {
			case <-p.ctx.Done():
				t.Stop()
				return
			case v = <-p.newest:
				wait = firstRetry
			case <-t.C:
			}
			t.Stop()
		}
	}
}

// Close ends the pool. What is under way finishes first on its connection.
func (p *Pool) Close() error {
	p.cancel()
	p.stop()
	p.running.Wait()
	p.mu.Lock()
	g := p.now
	p.now = nil
	if g != nil {
		g.retired = true
	}
	p.mu.Unlock()
	if g != nil {
		p.release(g, 0)
	}
	return nil
}
