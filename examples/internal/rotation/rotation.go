// Package rotation is what the examples share: a database whose password
// rotates, and whose errors quote it.
package rotation

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// A DB stands in for a database and the client that knows its password.
type DB struct {
	password atomic.Pointer[string]
}

// Start registers a first password and rotates it until ctx ends. Each version
// is registered before it is used: that order is what keeps it out of the log.
func Start(ctx context.Context, reg *secretsregistry.Registry, every time.Duration) (*DB, error) {
	db := &DB{}
	version := 0
	rotate := func() error {
		version++
		password := "pg-" + rand.Text()
		if err := reg.Put(redact.NewSecret("payments/db/password", fmt.Sprint("v", version), []byte(password))); err != nil {
			return err
		}
		db.password.Store(&password)
		return nil
	}
	if err := rotate(); err != nil {
		return nil, err
	}
	go func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = rotate() // the version before stays good
			}
		}
	}()
	return db, nil
}

// Password returns the current password.
func (db *DB) Password() string { return *db.password.Load() }

// DSN returns the connection string, password included.
func (db *DB) DSN() string { return "postgres://app:" + db.Password() + "@db:5432/payments" }

// Query fails as clients do: with the connection string in the error.
func (db *DB) Query() error {
	return fmt.Errorf("query: dial %s: %w", db.DSN(), context.DeadlineExceeded)
}
