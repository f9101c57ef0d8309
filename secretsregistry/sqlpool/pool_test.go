package sqlpool_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
	"github.com/seed-00b494d3/tagout/secretsregistry/devmock"
	"github.com/seed-00b494d3/tagout/secretsregistry/sqlpool"
)

// A database accepts some passwords, and ends connections whose password it no
// longer accepts when they are opened, not while they are in use.
type database struct {
	mu       sync.Mutex
	accepted map[string]bool
	open     int
}

func (d *database) accept(list ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.accepted = map[string]bool{}
	for _, p := range list {
		d.accepted[p] = true
	}
}

func (d *database) connector(v *secretsregistry.Value) (*sql.DB, error) {
	pw, _ := v.Field("password")
	return sql.OpenDB(connector{d, pw}), nil
}

type connector struct {
	d  *database
	pw string
}

func (c connector) Connect(context.Context) (driver.Conn, error) {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	if !c.d.accepted[c.pw] {
		return nil, fmt.Errorf("password authentication failed: %w", context.Canceled) // some drivers say so of themselves
	}
	c.d.open++
	return &conn{c.d}, nil
}
func (c connector) Driver() driver.Driver { return nil }

type conn struct{ d *database }

func (c *conn) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not here") }
func (c *conn) Begin() (driver.Tx, error)           { return nil, errors.New("not here") }
func (c *conn) Close() error {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	c.d.open--
	return nil
}
func (c *conn) QueryContext(ctx context.Context, _ string, _ []driver.NamedValue) (driver.Rows, error) {
	select {
	case <-time.After(100 * time.Millisecond): // a query takes a while
		return rows{}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type rows struct{}

func (rows) Columns() []string         { return nil }
func (rows) Close() error              { return nil }
func (rows) Next([]driver.Value) error { return io.EOF }

const path = "payments/db"

func password(t *testing.T, c *secretsregistry.Cache) string {
	v, err := c.Get(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	pw, _ := v.Field("password")
	return pw
}

// CACHE-SQL: requests go on over rotations without a failure, and a refused
// credential leaves the old pool in place until it is accepted.
func TestRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := devmock.New(devmock.WithPaths(path))
		c := secretsregistry.NewCache(m, secretsregistry.New())
		defer c.Close()
		d := &database{}
		d.accept(password(t, c))
		var refused atomic.Int32
		p, err := sqlpool.New(t.Context(), c, path, d.connector, func(error) { refused.Add(1) })
		if err != nil {
			t.Fatal(err)
		}
		stop := make(chan struct{})
		var wg sync.WaitGroup
		var done atomic.Int32
		for range 8 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					err := p.Do(func(db *sql.DB) error {
						rows, err := db.QueryContext(t.Context(), "SELECT 1")
						if err != nil {
							return err
						}
						return rows.Close()
					})
					if err != nil {
						t.Errorf("a request failed: %v", err)
					}
					done.Add(1)
				}
			})
		}
		for n := range 5 {
			time.Sleep(time.Second)
			old := password(t, c)
			m.Rotate(path)
			time.Sleep(10 * time.Second) // the database learns of it later
			before := refused.Load()
			if before == int32(0) {
				t.Errorf("rotation %d: the new credential was not tried", n)
			}
			d.accept(old, password(t, c))
			time.Sleep(time.Minute)
			d.accept(password(t, c)) // the old one is withdrawn
		}
		close(stop)
		wg.Wait()
		if done.Load() < 1000 {
			t.Errorf("%d requests", done.Load())
		}
		p.Close()
		p.Close()
		if err := p.Do(func(*sql.DB) error { return nil }); err == nil {
			t.Error("Do after Close")
		}
		synctest.Wait()
		if d.open != 0 {
			t.Errorf("%d connections are left", d.open)
		}
	})
}

// A pool that cannot connect at the start is an error.
func TestStart(t *testing.T) {
	m := devmock.New(devmock.WithPaths(path))
	c := secretsregistry.NewCache(m, secretsregistry.New())
	defer c.Close()
	d := &database{}
	if _, err := sqlpool.New(t.Context(), c, path, d.connector, nil); err == nil {
		t.Error("no error")
	}
	if _, err := sqlpool.New(t.Context(), c, "not/there", d.connector, nil); !errors.Is(err, secretsregistry.ErrNotFound) {
		t.Error(err)
	}
}

func ExampleNew() {
	mock := devmock.New(devmock.WithPaths(path))
	cache := secretsregistry.NewCache(mock, secretsregistry.New())
	defer cache.Close()

	d := &database{}
	v, _ := cache.Get(context.Background(), path)
	pw, _ := v.Field("password")
	d.accept(pw)

	pool, err := sqlpool.New(context.Background(), cache, path, func(v *secretsregistry.Value) (*sql.DB, error) {
		// With a real driver: user, password, host of v into its connector.
		return d.connector(v)
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	fmt.Println(pool.Do(func(db *sql.DB) error { return db.Ping() }))
	// Output: <nil>
}
