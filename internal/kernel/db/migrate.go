package db

import (
	"context"
	"embed"
	"io/fs"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations says where the schema stands.
type Migrations struct {
	Have, Want int64 // version of the database, and of this program
}

func (d *DB) provider() (*goose.Provider, error) {
	filled := fstest.MapFS{}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		filled[name[len("migrations/"):]] = &fstest.MapFile{Data: []byte(d.blanks.Replace(string(text))), Mode: 0o444}
	}
	if d.engine == SQLite {
		return goose.NewProvider(goose.DialectSQLite3, d.pool, filled)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, d.pool, filled, goose.WithSessionLocker(locker))
}

// Schema tells the version the database has and the one this program wants.
func (d *DB) Schema(ctx context.Context) (Migrations, error) {
	p, err := d.provider()
	if err != nil {
		return Migrations{}, err
	}
	have, want, err := p.GetVersions(ctx)
	return Migrations{have, want}, err
}

// Migrate brings the schema to what this program wants and tells how many steps that took.
func (d *DB) Migrate(ctx context.Context) (int, error) {
	p, err := d.provider()
	if err != nil {
		return 0, err
	}
	done, err := p.Up(ctx)
	return len(done), d.fail(err)
}
